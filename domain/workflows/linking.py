"""Proposes links for inputs that nothing feeds: by name and type, then by words of the names, then where only one type fits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.kinds.human_review import REVIEWED
from domain.refusals import Refusal
from domain.types import BooleanType, NumberType, TextType, ValueType, always_fits, fits
from domain.variables import Variable
from domain.workflows.cycles import in_drawn_order
from domain.workflows.design import Edge
from domain.workflows.operations import ConnectEdge
from domain.workflows.wiring import Wiring

Why = Literal["name_and_type", "name", "only_type"]

CANDIDATES_MAX = 50
"""So many variables with a word or type in common are compared with an input; where there are more, the nearest before it are."""
COMMON_TYPES = (TextType, NumberType, BooleanType)
"""Types that so many variables have that a type alone tells nothing."""


class NothingToLink(Refusal):
    """Expected an input that a variable of the same name and a fitting type can feed, but there is none."""


class LinkNotProposed(Refusal):
    """Expected a link that is proposed, but {edge} is not, or no longer; look at the proposals again."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edge that would feed an input, and what speaks for it."""

    edge: Edge
    why: Why

    @property
    def operation(self) -> ConnectEdge:
        """The edit that connects it."""
        return ConnectEdge(edge=self.edge)


def proposals(wiring: Wiring, tasks: Collection[str] | None = None) -> list[Proposal]:
    """At most one link for each input (of these tasks, or of all) that has no source, in the order of the tasks.

    What stands before the task is looked at, in the order that the edges give, and else the design, so that all links together lead in no circle.
    A reviewed task's outputs are never proposed, since they go on through its review.
    """
    order = in_drawn_order(wiring.followers)
    sources = _Sources(wiring, order)
    found: list[Proposal] = []
    for name in order:
        if tasks is not None and name not in tasks:
            continue
        wired = wiring.tasks[name]
        if wired.task.policy.compensates is not None:
            continue
        for variable in (wired.inputs or {}).values():
            setting = wired.task.settings.get(variable.name)
            is_given = setting is not None and setting.constant is not None
            if variable.name == REVIEWED or is_given or wiring.feeding.get((name, variable.name)):
                continue
            proposal = sources.best(name, variable)
            if proposal is not None:
                found.append(proposal)
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """A variable that could be linked: where it is, and how far on in the order of the tasks."""

    task: str | None
    variable: Variable
    place: int

    def edge(self, task: str, name: str) -> Edge:
        return Edge(source=self.task, path=(self.variable.name,), target=task, input=name)


class _Sources:
    """All variables that may be linked, by name, by word and by type, each list in the order of the tasks."""

    def __init__(self, wiring: Wiring, order: Sequence[str]) -> None:
        self._places = {name: number for number, name in enumerate(order)}
        self._by_name: dict[str, list[_Source]] = {}
        self._by_word: dict[str, list[_Source]] = {}
        self._by_type: dict[str, list[_Source]] = {}
        for source in _all(wiring, self._places):
            self._by_name.setdefault(source.variable.name, []).append(source)
            self._by_type.setdefault(source.variable.type.type, []).append(source)
            for word in _words(source.variable.name):
                self._by_word.setdefault(word, []).append(source)

    def best(self, task: str, variable: Variable) -> Proposal | None:
        """What is proposed for an input: of several as good, the nearest before its task."""
        place, wanted = self._places[task], variable.type
        named = [one for one in _before(self._by_name.get(variable.name, ()), place) if _can(one, wanted)]
        if named:
            nearest = max(named, key=lambda one: (_is_sure(one, wanted), one.place))
            return Proposal(nearest.edge(task, variable.name), "name_and_type")
        words = _words(variable.name)
        alike = {
            (one.task, one.variable.name): one
            for word in words
            for one in _before(self._by_word.get(word, ()), place)
            if _can(one, wanted)
        }
        if alike:
            nearest = max(alike.values(), key=lambda one: (len(words & _words(one.variable.name)), one.place))
            return Proposal(nearest.edge(task, variable.name), "name")
        if isinstance(wanted, COMMON_TYPES):
            return None
        typed = _before(self._by_type.get(wanted.type, ()), place)
        fitting = [one for one in typed if _can(one, wanted)]
        if len(typed) == CANDIDATES_MAX or len(fitting) != 1:
            return None
        return Proposal(fitting[0].edge(task, variable.name), "only_type")


def _all(wiring: Wiring, places: Mapping[str, int]) -> Iterator[_Source]:
    for variable in wiring.design.inputs.values():
        yield _Source(None, variable, -1)
    for name, place in places.items():
        wired = wiring.tasks[name]
        if wiring.reviewers.get(name) or wired.task.policy.compensates is not None:
            continue
        for variable in wired.given or ():
            yield _Source(name, variable, place)


def _before(sources: Sequence[_Source], place: int) -> Sequence[_Source]:
    # In the order of the tasks, so the nearest are the last of those before.
    end = bisect_left(sources, place, key=lambda source: source.place)
    return sources[max(0, end - CANDIDATES_MAX) : end]


def _can(source: _Source, wanted: ValueType) -> bool:
    return fits(source.variable.type, wanted) is None


def _is_sure(source: _Source, wanted: ValueType) -> bool:
    return always_fits(source.variable.type, wanted) is None


def _words(name: str) -> frozenset[str]:
    return frozenset(word for word in name.split("_") if word)


def linked(wiring: Wiring, edges: Sequence[Edge] | None = None) -> list[Proposal]:
    """The proposals to be connected: those that are named, or (none named) all by name and type; refuses what is not proposed."""
    proposed = proposals(wiring)
    if edges is None:
        chosen = [one for one in proposed if one.why == "name_and_type"]
        if not chosen:
            raise NothingToLink
        return chosen
    known = {one.edge: one for one in proposed}
    for edge in edges:
        if edge not in known and edge not in wiring.design.edges:
            raise LinkNotProposed(edge=edge.text)
    return [known[edge] for edge in edges if edge in known]
