"""How the tasks of a design hang together: by edges, and by reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from domain.workflows.cycles import in_order
from domain.workflows.design import Edge


class Links:
    """The edges of a design, by their ends."""

    def __init__(self, edges: Mapping[Edge, None]) -> None:
        self.edges = edges

    @cached_property
    def feeding(self) -> Mapping[tuple[str | None, str], Sequence[Edge]]:
        """The edges of each input `(task, input)`, of each output `(None, output)`, in edge order."""
        found: dict[tuple[str | None, str], list[Edge]] = {}
        for edge in self.edges:
            if edge.input is not None:
                found.setdefault((edge.target, edge.input), []).append(edge)
        return found

    @cached_property
    def routing(self) -> Mapping[str, Sequence[Edge]]:
        """The route edges that lead to each task."""
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            if edge.route is not None and edge.target is not None:
                found.setdefault(edge.target, []).append(edge)
        return found

    @cached_property
    def touching(self) -> Mapping[str, Sequence[Edge]]:
        """All edges at each task, into it and out of it."""
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            if edge.source is not None:
                found.setdefault(edge.source, []).append(edge)
            if edge.target is not None and edge.target != edge.source:
                found.setdefault(edge.target, []).append(edge)
        return found


class Ways:
    """What leads to what: `reviews` names the tasks, and what each of them judges."""

    def __init__(self, links: Links, reviews: Mapping[str, str | None]) -> None:
        self.links = links
        self.reviews = reviews

    @cached_property
    def followers(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks that each task leads to directly, by an edge or by being reviewed."""
        found: dict[str, dict[str, None]] = {name: {} for name in self.reviews}
        for edge in self.links.edges:
            if edge.source in found and edge.target in found:
                found[edge.source][edge.target] = None
        for name, reviewed in self.reviews.items():
            if reviewed in found:
                found[reviewed][name] = None
        return {name: tuple(following) for name, following in found.items()}

    @cached_property
    def reviewers(self) -> Mapping[str, Sequence[str]]:
        """The tasks that review each task."""
        found: dict[str, list[str]] = {}
        for name, reviewed in self.reviews.items():
            if reviewed is not None:
                found.setdefault(reviewed, []).append(name)
        return found

    @cached_property
    def order(self) -> Sequence[str]:
        """The tasks, each after all that lead to it; those in or behind a cycle are left out."""
        return in_order(self.followers)
