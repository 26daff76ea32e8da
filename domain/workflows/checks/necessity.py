"""What must have happened before a task can run: which exits its forerunners must have taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from domain.graph import DONE, ERROR
from domain.workflows.design import Edge
from domain.workflows.wiring import Wired, Wiring

Exit = tuple[str, str]
"""A task and the route by which it ended."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A task that can never run, because one of its forerunners would have to end in two ways at once."""

    task: str
    forerunner: str
    routes: tuple[str, str]


@dataclass(slots=True)
class Necessity:
    """The exits that must have been taken before each task, where any must; tasks that can never run, and why."""

    exits: dict[str, frozenset[Exit]] = field(default_factory=dict)
    impossible: set[str] = field(default_factory=set)
    clashes: list[Clash] = field(default_factory=list)
    telling: set[str] = field(default_factory=set)

    def before(self, edge: Edge) -> frozenset[Exit] | None:
        """What must have happened for an edge to deliver; None when it never can."""
        if edge.source is None:
            return frozenset()
        if edge.source in self.impossible:
            return None
        exits = self.exits.get(edge.source, frozenset())
        return exits | {(edge.source, exit_of(edge))} if edge.source in self.telling else exits


def exclude(one: str, other: str) -> bool:
    """Whether a task can never leave by both routes."""
    return one != other and (ERROR in (one, other) or DONE not in (one, other))


def clash(exits: Iterable[Exit]) -> tuple[str, str, str] | None:
    """A task that would have had to leave by two routes that exclude each other, and these; None when there is none."""
    taken: dict[str, list[str]] = {}
    for task, route in sorted(exits):
        for other in taken.setdefault(task, []):
            if exclude(route, other):
                return task, other, route
        taken[task].append(route)
    return None


def necessity(wiring: Wiring) -> Necessity:
    """Looks at every task that is in no cycle and that a choice leads to, each after all that lead to it."""
    found = Necessity(telling=_telling(wiring))
    followers = wiring.followers
    behind_choice: set[str] = set()
    for name in wiring.ways.order:
        if name in found.telling or name in behind_choice:
            behind_choice.update(followers[name])
        if name not in behind_choice:
            continue
        known = [_any_of(found.before(edge) for edge in group) for group in needs(wiring, wiring.tasks[name])]
        told = {need for need in known if need}
        exits = frozenset[Exit]().union(*told)
        possible = None not in known
        # What one need says does not contradict itself: it held of a task before.
        contradiction = clash(exits) if possible and len(told) > 1 else None
        if contradiction is not None:
            forerunner, *routes = contradiction
            found.clashes.append(Clash(name, forerunner, (routes[0], routes[1])))
        if not possible or contradiction is not None:
            found.impossible.add(name)
        found.exits[name] = exits
    return found


def needs(wiring: Wiring, wired: Wired) -> Iterator[Sequence[Edge]]:
    """What a task needs to run: groups of edges, one of each of which must have delivered."""
    name = wired.task.name
    routing = wiring.routing.get(name, ())
    if wired.task.policy.join == "all":
        yield from ((edge,) for edge in routing)
    elif routing:
        yield routing
    if wired.reviews is not None and wired.reviews in wiring.tasks:
        yield (Edge(source=wired.reviews, route=DONE, target=name),)
    for variable in (wired.inputs or {}).values():
        edges = wiring.feeding.get((name, variable.name), ())
        setting = wired.task.settings.get(variable.name)
        has_other = variable.default is not None or (setting is not None and setting.constant is not None)
        if edges and variable.required and not has_other:
            yield edges


def exit_of(edge: Edge) -> str:
    """The route by which its source must have ended for an edge to deliver."""
    if edge.route is not None:
        return edge.route
    return ERROR if edge.path is not None and edge.path[0] == ERROR else DONE


def _telling(wiring: Wiring) -> set[str]:
    # Only tasks that edges leave by a route of choice tell anything; the sets stay small in large graphs.
    return {edge.source for edge in wiring.design.edges if edge.source is not None and exit_of(edge) != DONE}


def _any_of(needs: Iterable[frozenset[Exit] | None]) -> frozenset[Exit] | None:
    possible = [need for need in needs if need is not None]
    return frozenset.intersection(*possible) if possible else None
