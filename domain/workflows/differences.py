"""What edits lead from one design to another: for applying a file to a draft, and for restoring a version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from domain.workflows import operations as ops
from domain.workflows.design import Design, Edge, InputSetting, Task
from domain.workflows.ordering import moves


def edits_between(before: Design, after: Design, *, keep_places: bool = False) -> list[ops.Operation]:
    """The edits after which `before` is drawn like `after`, but for pinned outputs; none when it is already.

    A task that `after` has no place for is drawn where the layout puts it, or (`keep_places`) stays where it is.
    """
    replaced = {name for name, task in before.tasks.items() if _is_other(task, after.tasks.get(name))}
    return [
        *_whole(before, after),
        *(ops.RemoveTask(task=name) for name in before.tasks if name in replaced),
        *_variables(before, after),
        *(edit for task in after.tasks.values() for edit in _task(before, task, replaced, keep_places=keep_places)),
        *_notes(before, after),
        *_edges(_left(before, after, replaced), after.edges),
    ]


def _is_other(task: Task, later: Task | None) -> bool:
    return later is None or later.kind != task.kind


def _whole(before: Design, after: Design) -> Iterator[ops.Operation]:
    if before.description != after.description:
        yield ops.DescribeWorkflow(description=after.description)
    if before.heavy_at_once_max != after.heavy_at_once_max:
        yield ops.SetLimit(heavy_at_once_max=after.heavy_at_once_max)
    if before.time_limit_seconds != after.time_limit_seconds:
        yield ops.SetTimeLimit(time_limit_seconds=after.time_limit_seconds)


def _variables(before: Design, after: Design) -> Iterator[ops.Operation]:
    yield from (ops.RemoveInput(input=name) for name in before.inputs if name not in after.inputs)
    yield from (ops.RemoveOutput(output=name) for name in before.outputs if name not in after.outputs)
    for name, place in _declared(before.inputs, after.inputs):
        yield ops.DeclareInput(input=after.inputs[name], before=place)
    for name, place in _declared(before.outputs, after.outputs):
        output = after.outputs[name]
        yield ops.DeclareOutput(output=output.variable, gather=output.gather, before=place)


def _declared(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[tuple[str, str | None]]:
    # Those that are changed where they stand, then those that are put somewhere.
    put = moves([name for name in before if name in after], list(after), last_moves=False)
    moved = dict(put)
    yield from ((name, None) for name in after if name in before and name not in moved and before[name] != after[name])
    yield from put


def _notes(before: Design, after: Design) -> Iterator[ops.Operation]:
    yield from (ops.RemoveNote(note=name) for name in before.notes if name not in after.notes)
    for name, note in after.notes.items():
        if before.notes.get(name) != note:
            yield ops.PlaceNote(note=name, text=note.text, place=note.place, width=note.width, height=note.height)


def _task(before: Design, task: Task, replaced: set[str], *, keep_places: bool) -> Iterator[ops.Operation]:
    known = None if task.name in replaced else before.tasks.get(task.name)
    if known is None:
        yield ops.AddTask(
            task=task.name,
            kind=task.kind,
            label=task.label,
            description=task.description,
            config=task.config,
            policy=task.policy,
            place=task.place,
        )
        known = task.model_copy(update={"settings": {}})
    if known.config != task.config:
        yield ops.ConfigureTask(task=task.name, config=task.config)
    if (known.label, known.description) != (task.label, task.description):
        yield ops.DescribeTask(task=task.name, label=task.label, description=task.description)
    if known.policy != task.policy:
        yield ops.SetTaskPolicy(task=task.name, **dict(task.policy))
    if task.place is not None and known.place != task.place:
        yield ops.MoveTask(task=task.name, place=task.place)
    if task.place is None and known.place is not None and not keep_places:
        yield ops.UnplaceTask(task=task.name)
    for name in dict.fromkeys((*known.settings, *task.settings)):
        setting = task.settings.get(name, InputSetting())
        if known.settings.get(name, InputSetting()) != setting:
            yield ops.SetTaskInput(task=task.name, input=name, setting=setting)


def _left(before: Design, after: Design, replaced: set[str]) -> list[Edge]:
    # Edges that are still there once tasks and variables have been removed.
    return [
        edge
        for edge in before.edges
        if edge.source not in replaced
        and edge.target not in replaced
        and (edge.source is not None or edge.path is None or edge.path[0] in after.inputs)
        and (edge.target is not None or edge.input is None or edge.input in after.outputs)
    ]


def _edges(left: Iterable[Edge], wanted: Iterable[Edge]) -> Iterator[ops.Operation]:
    # Only the order within one input tells anything; where what stays is not the beginning of it, all is connected anew.
    here, there = _by_end(left), _by_end(wanted)
    staying: dict[_End, set[Edge]] = {}
    for end, edges in here.items():
        common = set(there.get(end, ()))
        kept = [edge for edge in edges if edge in common]
        staying[end] = set(kept) if kept == there.get(end, [])[: len(kept)] else set()
        yield from (ops.DisconnectEdge(edge=edge) for edge in edges if edge not in staying[end])
    for end, edges in there.items():
        yield from (ops.ConnectEdge(edge=edge) for edge in edges if edge not in staying.get(end, ()))


_End = tuple[str | None, str | None]


def _by_end(edges: Iterable[Edge]) -> dict[_End, list[Edge]]:
    found: dict[_End, list[Edge]] = {}
    for edge in edges:
        found.setdefault((edge.target, edge.input), []).append(edge)
    return found
