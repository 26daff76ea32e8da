"""Examines a design: all checks of it, worked out anew only where it differs from the one examined before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from domain.variables import Variable
from domain.workflows.checks.check import Check
from domain.workflows.checks.facts import NO_FACTS, Facts
from domain.workflows.checks.registry import PASSES, Pass, Scope
from domain.workflows.checks.whole import Whole
from domain.workflows.design import Design, Edge, Output
from domain.workflows.wiring import Wired, Wiring

_Told = tuple[tuple[Check, ...], ...]
"""What each pass of one scope has told, in the order of the registry; empty where none told anything."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the passes told of one part of a design, and the objects they read: as long as these are the same, it holds."""

    read: tuple[object, ...]
    told: _Told


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """All checks of a design, errors first, with what it takes to examine the next state of it."""

    wiring: Wiring
    checks: tuple[Check, ...]
    tasks: Mapping[str, _Kept]
    edges: Mapping[int, _Kept]
    variables: Mapping[tuple[str, str], _Kept]
    whole: _Told


def examine(design: Design, facts: Facts = NO_FACTS, before: Examined | None = None) -> Examined:
    """All checks of a design. With an earlier state of it, only what has changed is looked at again; the result is the same."""
    wiring = Wiring(design, None if before is None else before.wiring)
    tasks = _of_tasks(wiring, {} if before is None else before.tasks)
    edges = _of_edges(wiring, before)
    variables = _of_variables(wiring, {} if before is None else before.variables)
    if before is not None and _is_of_same_shape(before.wiring, wiring):
        whole = before.whole
    else:
        seen = Whole(wiring)
        whole = tuple(tuple(one.examine(seen)) for one in _BY_SCOPE["design"])
    told: Mapping[Scope, Iterator[Iterable[Check]]] = {
        "task": _by_pass("task", tasks.values()),
        "edge": _by_pass("edge", edges.values()),
        "variable": _by_pass("variable", variables.values()),
        "design": iter(whole),
        "facts": (one.examine(wiring, facts) for one in _BY_SCOPE["facts"]),
    }
    checks = sorted(chain.from_iterable(next(told[one.scope]) for one in PASSES), key=_is_no_error)
    return Examined(wiring, tuple(checks), tasks, edges, variables, whole)


_BY_SCOPE: Mapping[Scope, tuple[Pass, ...]] = {
    scope: tuple(one for one in PASSES if one.scope == scope)
    for scope in ("task", "edge", "variable", "design", "facts")
}


def _is_no_error(check: Check) -> bool:
    return check.severity != "error"


def _by_pass(scope: Scope, kept: Iterable[_Kept]) -> Iterator[Iterable[Check]]:
    telling = [one.told for one in kept if one.told]
    for number in range(len(_BY_SCOPE[scope])):
        yield list(chain.from_iterable(told[number] for told in telling))


def _look(scope: Scope, wiring: Wiring, part: object, *beside: object) -> _Kept:
    told = tuple(tuple(one.examine(wiring, part)) for one in _BY_SCOPE[scope])
    return _Kept((part, *beside), told if any(told) else ())


def _of_tasks(wiring: Wiring, known: Mapping[str, _Kept]) -> dict[str, _Kept]:
    found: dict[str, _Kept] = {}
    for name, wired in wiring.tasks.items():
        reviewed = None if wired.reviews is None else wiring.tasks.get(wired.reviews)
        kept = known.get(name)
        if kept is None or kept.read[0] is not wired or kept.read[1] is not reviewed:
            kept = _look("task", wiring, wired, reviewed)
        found[name] = kept
    return found


def _of_edges(wiring: Wiring, before: Examined | None) -> Mapping[int, _Kept]:
    edges = wiring.design.edges
    if before is None or not _has_same_variables(before.wiring.design, wiring.design):
        known = {} if before is None else before.edges
        return {id(edge): _of_edge(wiring, edge, known.get(id(edge))) for edge in edges}
    known, tasks = before.edges, before.wiring.tasks
    differ = {name for name, wired in wiring.tasks.items() if tasks.get(name) is not wired}
    differ.update(name for name in tasks if name not in wiring.tasks)
    if before.wiring.links is wiring.links:
        anew = {id(edge): edge for name in differ for edge in wiring.links.touching.get(name, ())}
        return {**known, **{key: _of_edge(wiring, edge, known[key]) for key, edge in anew.items()}}
    # An id alone tells nothing, since the edge that had it may be gone: so the edge itself is among what was read.
    return {
        id(edge): kept
        if (kept := known.get(id(edge))) is not None
        and kept.read[0] is edge
        and edge.source not in differ
        and edge.target not in differ
        else _of_edge(wiring, edge, kept)
        for edge in edges
    }


def _has_same_variables(one: Design, other: Design) -> bool:
    return one.inputs is other.inputs and one.outputs is other.outputs


def _of_edge(wiring: Wiring, edge: Edge, kept: _Kept | None) -> _Kept:
    source, target = _source(wiring, edge), _target(wiring, edge)
    if kept is not None and kept.read[0] is edge and kept.read[1] is source and kept.read[2] is target:
        return kept
    return _look("edge", wiring, edge, source, target)


def _source(wiring: Wiring, edge: Edge) -> Wired | Variable | None:
    if edge.source is not None:
        return wiring.tasks.get(edge.source)
    return None if edge.path is None else wiring.design.inputs.get(edge.path[0])


def _target(wiring: Wiring, edge: Edge) -> Wired | Output | None:
    return wiring.design.outputs.get(edge.input or "") if edge.target is None else wiring.tasks.get(edge.target)


def _of_variables(wiring: Wiring, known: Mapping[tuple[str, str], _Kept]) -> dict[tuple[str, str], _Kept]:
    found: dict[tuple[str, str], _Kept] = {}
    parts: tuple[tuple[str, Mapping[str, Variable | Output]], ...] = (
        ("inputs", wiring.design.inputs),
        ("outputs", wiring.design.outputs),
    )
    for part, variables in parts:
        for name, variable in variables.items():
            kept = known.get((part, name))
            if kept is None or kept.read[0] is not variable:
                kept = _look("variable", wiring, variable)
            found[part, name] = kept
    return found


def _is_of_same_shape(before: Wiring, now: Wiring) -> bool:
    if before.links is not now.links or list(before.tasks) != list(now.tasks):
        return False
    for one, other in ((before.design.inputs, now.design.inputs), (before.design.outputs, now.design.outputs)):
        if one is not other and list(one.items()) != list(other.items()):
            return False
    changed = ((before.tasks[name], wired) for name, wired in now.tasks.items() if before.tasks[name] is not wired)
    return all(_shape(one) == _shape(other) for one, other in changed)


def _shape(wired: Wired) -> tuple[object, ...]:
    """All that passes over a whole design may read of a task."""
    return (
        wired.task.kind,
        wired.task.policy,
        wired.task.settings,
        wired.own_inputs,
        wired.given,
        wired.declared_outputs,
        wired.routes,
        wired.reviews,
        wired.takes,
        wired.is_heavy,
        wired.has_effect,
    )
