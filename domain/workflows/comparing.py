"""What differs between two designs, place by place as in the workflow file, so that a screen needs no comparison of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.workflows.design import Design, Edge
from domain.workflows.portable import write_workflow

Change = Literal["added", "removed", "changed"]
EdgeChange = Literal["added", "removed", "moved"]

_PARTS = ("inputs", "outputs", "tasks", "notes")
_NOT_COMPARED = frozenset({"format", "name", *_PARTS})
_LINKS = frozenset({"from", "after"})


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """One place that differs: `tasks.find.code`; what is not there on one side is None."""

    place: str
    change: Change
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class PartChanged:
    """A task, variable or note that is there on one side only, or differs in these places."""

    name: str
    change: Change
    places: tuple[PlaceChanged, ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeChanged:
    """An edge that is there on one side only, or stands elsewhere among those that lead to the same end."""

    edge: Edge
    change: EdgeChange


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs; without anything, both are drawn alike. `settings` are those of the workflow, and the order of its variables."""

    settings: tuple[PlaceChanged, ...] = ()
    inputs: tuple[PartChanged, ...] = ()
    outputs: tuple[PartChanged, ...] = ()
    tasks: tuple[PartChanged, ...] = ()
    notes: tuple[PartChanged, ...] = ()
    edges: tuple[EdgeChanged, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both are drawn alike."""
        return not (self.settings or self.inputs or self.outputs or self.tasks or self.notes or self.edges)


def compare(before: Design, after: Design) -> Difference:
    """What became of one design in another."""
    was, now = _without_links(write_workflow("", before)), _without_links(write_workflow("", after))
    settings = [
        *_places(_settings(was), _settings(now), ""),
        *_order("inputs", list(before.inputs), list(after.inputs)),
        *_order("outputs", list(before.outputs), list(after.outputs)),
    ]
    parts = {part: tuple(_parts(part, was.get(part, {}), now.get(part, {}))) for part in _PARTS}
    return Difference(settings=tuple(settings), edges=tuple(_edges(before, after)), **parts)


def _settings(form: Mapping[str, Any]) -> dict[str, Any]:
    return {key: form[key] for key in form if key not in _NOT_COMPARED}


def _without_links(form: Any) -> dict[str, Any]:
    # Edges are compared as such.
    inputs_of = {
        name: {**{key: task[key] for key in task if key not in _LINKS}, **_inputs(task)}
        for name, task in form["tasks"].items()
    }
    outputs = {name: _rest(output) for name, output in form["outputs"].items()}
    return {**form, "tasks": inputs_of, "outputs": outputs}


def _inputs(task: Mapping[str, Any]) -> dict[str, Any]:
    inputs = {name: rest for name, entry in task.get("inputs", {}).items() if (rest := _rest(entry))}
    return {"inputs": inputs} if "inputs" in task else {}


def _rest(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in entry if key not in _LINKS}


def _parts(part: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[PartChanged]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield PartChanged(name, "removed")
        elif name not in before:
            yield PartChanged(name, "added")
        elif places := tuple(_places(before[name], after[name], f"{part}.{name}")):
            yield PartChanged(name, "changed", places)


def _places(before: Any, after: Any, place: str) -> Iterator[PlaceChanged]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            at = f"{place}.{key}" if place else key
            if key not in after:
                yield PlaceChanged(at, "removed", before[key], None)
            elif key not in before:
                yield PlaceChanged(at, "added", None, after[key])
            else:
                yield from _places(before[key], after[key], at)
    elif _text(before) != _text(after):
        yield PlaceChanged(place, "changed", before, after)


def _text(value: Any) -> str:
    # To Python, 1 and True are equal; to a workflow they are not.
    return json.dumps(value, sort_keys=True)


def _order(place: str, before: Sequence[str], after: Sequence[str]) -> Iterator[PlaceChanged]:
    if [name for name in before if name in set(after)] != [name for name in after if name in set(before)]:
        yield PlaceChanged(place, "changed", list(before), list(after))


def _edges(before: Design, after: Design) -> Iterator[EdgeChanged]:
    yield from (EdgeChanged(edge, "removed") for edge in before.edges if edge not in after.edges)
    yield from (EdgeChanged(edge, "added") for edge in after.edges if edge not in before.edges)
    was = _ranks(edge for edge in before.edges if edge in after.edges)
    now = _ranks(edge for edge in after.edges if edge in before.edges)
    yield from (EdgeChanged(edge, "moved") for edge, rank in now.items() if was[edge] != rank)


def _ranks(edges: Iterator[Edge]) -> dict[Edge, int]:
    """Each edge's place among those that lead to the same end."""
    counts: dict[str, int] = {}
    ranks: dict[Edge, int] = {}
    for edge in edges:
        ranks[edge] = counts[edge.end] = counts.get(edge.end, -1) + 1
    return ranks
