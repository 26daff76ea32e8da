"""Turns edits into events, one after another, each on the design that those before it made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, assert_never

from domain.refusals import Detail, Refusal
from domain.values import check_value
from domain.workflows import operations as ops
from domain.workflows.connecting import refuse_edges
from domain.workflows.design import Design, Edge
from domain.workflows.drawing import draw
from domain.workflows.edge_edits import EdgeEdit, edit_edge
from domain.workflows.events import (
    DraftEvent,
    EdgeConnected,
    NotePlaced,
    NoteRemoved,
    WorkflowDescribed,
    WorkflowLimitSet,
    WorkflowTimeLimitSet,
)
from domain.workflows.refusals import EditsTooMany, NoteUnknown, WorkflowTooLarge
from domain.workflows.task_edits import TaskEdit, edit_task
from domain.workflows.task_variable_edits import TaskVariableEdit, edit_task_variable
from domain.workflows.variable_edits import VariableEdit, edit_variable

OPERATIONS_MAX = 100_000
TASKS_MAX = 20_000
EDGES_MAX = 100_000
VARIABLES_MAX = 500
NOTES_MAX = 1_000


def as_asked(_: Design, operation: ops.Operation) -> ops.Operation:
    """An operation is done as it was asked for."""
    return operation


def as_drawn(_: Design, __: Iterable[Edge]) -> None:
    """Edges that stood elsewhere are drawn as they stood there: what is wrong with them is for the checks to say."""


def edit(
    design: Design,
    operations: Sequence[ops.Operation],
    *,
    prepare: Callable[[Design, ops.Operation], ops.Operation] = as_asked,
    refuse: Callable[[Design, Iterable[Edge]], None] = refuse_edges,
) -> tuple[list[DraftEvent], Design]:
    """The events of all operations, and the design after them; refuses as a whole, naming the operation.

    `prepare` is told of each operation just before, with the design it is made on; `refuse` judges the edges that were connected.
    """
    if len(operations) > OPERATIONS_MAX:
        raise EditsTooMany(most=OPERATIONS_MAX, found=len(operations))
    events: list[DraftEvent] = []
    for number, operation in enumerate(operations):
        try:
            check_value(_plain(operation.model_dump()), path=f"operations[{number}]")
            for event in _events(design, prepare(design, operation)):
                design = draw(design, event)
                events.append(event)
        except Refusal as refusal:
            raise _placed(refusal, number, operation) from None
    _refuse_size(design)
    refuse(design, [event.edge for event in events if isinstance(event, EdgeConnected)])
    return events, design


def _plain(form: Any) -> Any:
    # Dumped for JSON, numbers that are none would already be null; so only tuples are turned into lists.
    if isinstance(form, dict):
        return {name: _plain(part) for name, part in form.items()}
    return [_plain(part) for part in form] if isinstance(form, list | tuple) else form


def _placed(refusal: Refusal, number: int, operation: ops.Operation) -> Refusal:
    if not refusal.details:
        said = refusal.message
        expected, _, found = said.removeprefix("Expected ").rstrip(".").partition(", but ")
        refusal.details = (Detail(f"operations[{number}].{operation.do}", expected, found, said),)
    return refusal


def _refuse_size(design: Design) -> None:
    for most, what, found in (
        (TASKS_MAX, "tasks", len(design.tasks)),
        (EDGES_MAX, "edges", len(design.edges)),
        (VARIABLES_MAX, "inputs", len(design.inputs)),
        (VARIABLES_MAX, "outputs", len(design.outputs)),
        (NOTES_MAX, "notes", len(design.notes)),
    ):
        if found > most:
            raise WorkflowTooLarge(most=most, what=what, found=found)


def _events(design: Design, operation: ops.Operation) -> Iterator[DraftEvent]:
    match operation:
        case ops.DescribeWorkflow():
            if operation.description != design.description:
                yield WorkflowDescribed(description=operation.description)
        case ops.SetLimit():
            if operation.heavy_at_once_max != design.heavy_at_once_max:
                yield WorkflowLimitSet(heavy_at_once_max=operation.heavy_at_once_max)
        case ops.SetTimeLimit():
            if operation.time_limit_seconds != design.time_limit_seconds:
                yield WorkflowTimeLimitSet(time_limit_seconds=operation.time_limit_seconds)
        case ops.PlaceNote() | ops.RemoveNote():
            yield from _edit_note(design, operation)
        case _ if isinstance(operation, EdgeEdit):
            yield from edit_edge(design, operation)
        case _ if isinstance(operation, VariableEdit):
            yield from edit_variable(design, operation)
        case _ if isinstance(operation, TaskVariableEdit):
            yield from edit_task_variable(design, operation)
        case _ if isinstance(operation, TaskEdit):
            yield from edit_task(design, operation)
        case _:
            assert_never(operation)


def _edit_note(design: Design, operation: ops.PlaceNote | ops.RemoveNote) -> Iterator[DraftEvent]:
    known = design.notes.get(operation.note)
    if isinstance(operation, ops.RemoveNote):
        if known is None:
            raise NoteUnknown(note=operation.note)
        yield NoteRemoved(note=operation.note)
        return
    placed = NotePlaced(
        note=operation.note,
        text=operation.text,
        place=operation.place,
        width=operation.width,
        height=operation.height,
    )
    if draw(design, placed).notes[operation.note] != known:
        yield placed
