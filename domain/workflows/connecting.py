"""What an edge must be to be connected at all: it closes no cycle, and its types can fit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from domain.kinds import KINDS, Kind
from domain.refusals import Refusal
from domain.workflows.cycles import in_knots, leads_to
from domain.workflows.design import Design, Edge, Task
from domain.workflows.refusals import EdgeClosesCycle, EdgeTypesDiffer
from domain.workflows.ways import Links, Ways
from domain.workflows.wiring import UnknownPlace, Wiring


def refuse_edges(design: Design, connected: Iterable[Edge]) -> None:
    """Refuses newly connected edges that close a cycle, or whose types can never fit; the rest is for the checks to say.

    Only the ends of these edges are wired, so that one edge costs little in a large design.
    """
    edges = [edge for edge in connected if edge in design.edges]
    if not edges:
        return
    reviews = {name: reviewed_by(task) for name, task in design.tasks.items()}
    _refuse_cycles(design, edges, Ways(Links(design.edges), reviews).followers)
    wiring = Wiring(_ends(design, edges, reviews))
    for edge in edges:
        for refusal in _type_refusals(wiring, edge):
            raise refusal


def reviewed_by(task: Task) -> str | None:
    """The task whose outputs a task judges; None of one that judges none, or cannot be read."""
    kind = KINDS.get(task.kind)
    if kind is None or type(kind).reviews is Kind.reviews:
        return None  # Most kinds review nothing, and need not be read to know it.
    try:
        return kind.reviews(kind.read(task.config))
    except ValidationError:
        return None


def _refuse_cycles(design: Design, edges: Sequence[Edge], followers: Mapping[str, Sequence[str]]) -> None:
    # One edge is followed on from its target; of many, only those that can be part of a cycle at all.
    within = set(followers) if len(edges) == 1 else in_knots(followers)
    for edge in edges:
        if edge.source in within and edge.target in within:
            cycle = _way(followers, edge.target, edge.source)
            if cycle is not None:
                raise EdgeClosesCycle(edge=edge.text, cycle=leads_to(_from_first(design, cycle)))


def _way(followers: Mapping[str, Sequence[str]], start: str, end: str) -> list[str] | None:
    """The shortest way from one task to another, both included."""
    came_from: dict[str, str | None] = {start: None}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        if name == end:
            way = [name]
            while (before := came_from[way[-1]]) is not None:
                way.append(before)
            return way[::-1]
        for follower in followers[name]:
            if follower not in came_from:
                came_from[follower] = name
                waiting.append(follower)
    return None


def _from_first(design: Design, cycle: list[str]) -> list[str]:
    names = set(cycle)
    first = cycle.index(next(name for name in design.tasks if name in names))
    return cycle[first:] + cycle[:first]


def _ends(design: Design, edges: Iterable[Edge], reviews: Mapping[str, str | None]) -> Design:
    names: set[str] = set()
    for edge in edges:
        for end in (edge.source, edge.target):
            name = end
            while name is not None and name in design.tasks and name not in names:
                names.add(name)
                name = reviews[name]
    return replace(design, tasks={name: design.tasks[name] for name in names}, edges={})


def _type_refusals(wiring: Wiring, edge: Edge) -> Iterator[Refusal]:
    if edge.path is None:
        return
    try:
        misfit = wiring.misfit(edge)
    except UnknownPlace:
        return
    if misfit is not None:
        expected, found = misfit
        yield EdgeTypesDiffer(expected=expected, end=edge.end, origin=edge.origin, found=found)
