"""The edge semantics again, written down straight from product.md as a naive fixpoint, to compare the engine with.

Given how each task that runs will end, it goes round and round over all tasks until nothing changes. It keeps no counters and
shares no code with the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.graph import Graph, GraphEdge, GraphInput, GraphTask, Path
from domain.jobs.run import Binding, Run, Source


@dataclass(frozen=True)
class Succeeds:
    """The task ends well, without values at these paths, by this route."""

    run: Run
    absent: frozenset[Path] = frozenset()
    route: str | None = None


@dataclass(frozen=True)
class Fails:
    """The task ends badly, and its policy lets the job go on."""

    run: Run
    then: str


@dataclass(frozen=True)
class Skipped:
    """The task does not run."""


Fate = Succeeds | Fails | Skipped


@dataclass
class Told:
    """What the reference says of a job that comes to its natural end."""

    fates: dict[str, Fate] = field(default_factory=dict)
    bindings: dict[str, dict[str, Binding]] = field(default_factory=dict)
    outputs: dict[str, Binding] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def foretell(graph: Graph, absent: frozenset[Path], outcomes: Mapping[str, Succeeds | Fails]) -> Told:
    """How a job of this graph goes, if the tasks that run end so."""
    told = Told()
    changed = True
    while changed:
        changed = False
        for task in graph.tasks:
            if task.name in told.fates or task.compensates is not None:
                continue
            fate = _fate(graph, task, absent, told, outcomes)
            if fate is not None:
                told.fates[task.name] = fate
                changed = True
    for output in graph.outputs:
        bound = _value(graph, None, output, absent, told)
        if bound is None:
            told.missing.append(output.name)
        else:
            told.outputs[output.name] = bound
    return told


def _fate(
    graph: Graph,
    task: GraphTask,
    absent: frozenset[Path],
    told: Told,
    outcomes: Mapping[str, Succeeds | Fails],
) -> Fate | None:
    for each in task.inputs:
        states = [_delivers(edge, absent, told.fates) for edge in _edges(graph, task.name, each.name)]
        if None not in states and _value(graph, task.name, each, absent, told) is None:
            return Skipped()
    orders = [_delivers(edge, absent, told.fates) for edge in _edges(graph, task.name, None)]
    if task.join == "all" and False in orders:
        return Skipped()
    if task.join == "any" and orders and all(state is False for state in orders):
        return Skipped()
    for each in task.inputs:
        if None in [_delivers(edge, absent, told.fates) for edge in _edges(graph, task.name, each.name)]:
            return None
    if (task.join == "all" and None in orders) or (task.join == "any" and orders and True not in orders):
        return None
    bound = {each.name: _value(graph, task.name, each, absent, told) for each in task.inputs}
    told.bindings[task.name] = {name: value for name, value in bound.items() if value is not None}
    return outcomes.get(task.name)


def _edges(graph: Graph, target: str | None, given: str | None) -> list[GraphEdge]:
    return [edge for edge in graph.edges if edge.target == target and edge.input == given]


def _delivers(edge: GraphEdge, absent: frozenset[Path], fates: Mapping[str, Fate]) -> bool | None:
    """True: it delivered; False: it died; None: it is not settled."""
    path = edge.path or ()
    if edge.source is None:
        return not any(path[: len(gone)] == gone for gone in absent)
    match fates.get(edge.source):
        case None:
            return None
        case Skipped():
            return False
        case Succeeds(absent=missing, route=route):
            if edge.route is not None:
                return edge.route in ("done", route)
            return path[:1] != ("error",) and not any(path[: len(gone)] == gone for gone in missing)
        case Fails(then="continue"):
            return edge.route == "done"
        case Fails():
            return edge.route == "error" or path in [("error",), ("error", "code"), ("error", "message")]


def _value(graph: Graph, target: str | None, each: GraphInput, absent: frozenset[Path], told: Told) -> Binding | None:
    delivered = [
        Source(run=_run(edge, told), path=edge.path or ())
        for edge in _edges(graph, target, each.name)
        if _delivers(edge, absent, told.fates)
    ]
    if delivered:
        return Binding(gathered=tuple(delivered)) if each.gather else Binding(source=delivered[0])
    if each.constant is not None:
        return Binding(given="constant")
    if each.default is not None:
        return Binding(given="default")
    if each.required:
        return None
    return Binding(gathered=()) if each.gather else Binding(given="nothing")


def _run(edge: GraphEdge, told: Told) -> Run | None:
    fate = told.fates[edge.source] if edge.source is not None else None
    return None if fate is None or isinstance(fate, Skipped) else fate.run
