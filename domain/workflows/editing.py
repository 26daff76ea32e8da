"""Turns edits into events, one after another, each on the design that those before it made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from pydantic import ValidationError

from domain.kinds import KINDS
from domain.refusals import Detail, Refusal
from domain.values import check_value
from domain.workflows import operations as ops
from domain.workflows.design import Design, Edge, InputSetting, Task
from domain.workflows.drawing import draw
from domain.workflows.events import (
    DraftEvent,
    EdgeConnected,
    EdgeDisconnected,
    TaskAdded,
    TaskConfigured,
    TaskDescribed,
    TaskInputSet,
    TaskMoved,
    TaskPolicySet,
    TaskRemoved,
    TaskRenamed,
    WorkflowDescribed,
    WorkflowLimitSet,
    WorkflowTimeLimitSet,
)
from domain.workflows.refusals import (
    EdgeUnknown,
    EditsTooMany,
    TaskKindUnknown,
    TaskNameReserved,
    TaskNameTaken,
    TaskUnknown,
    VariableUnknown,
    WorkflowTooLarge,
)
from domain.workflows.variable_edits import edit_variable
from domain.workflows.wiring import refuse_edges

OPERATIONS_MAX = 100_000
TASKS_MAX = 20_000
EDGES_MAX = 100_000
VARIABLES_MAX = 500
RESERVED_TASK_NAMES = frozenset({"inputs", "outputs"})


def edit(design: Design, operations: Sequence[ops.Operation]) -> tuple[list[DraftEvent], Design]:
    """The events of all operations, and the design after them; refuses as a whole, naming the operation."""
    if len(operations) > OPERATIONS_MAX:
        raise EditsTooMany(most=OPERATIONS_MAX, found=len(operations))
    events: list[DraftEvent] = []
    for number, operation in enumerate(operations):
        try:
            check_value(_plain(operation.model_dump()), path=f"operations[{number}]")
            for event in _events(design, operation):
                design = draw(design, event)
                events.append(event)
        except Refusal as refusal:
            raise _placed(refusal, number, operation) from None
    _refuse_size(design)
    refuse_edges(design, [event.edge for event in events if isinstance(event, EdgeConnected)])
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
        case ops.AddTask():
            yield _add_task(design, operation)
        case ops.RenameTask():
            yield from _rename_task(design, operation)
        case ops.RemoveTask():
            _task(design, operation.task)
            yield from _disconnect(edge for edge in design.edges if operation.task in (edge.source, edge.target))
            yield TaskRemoved(task=operation.task)
        case ops.ConnectEdge() | ops.DisconnectEdge():
            yield from _edge(design, operation)
        case (
            ops.DeclareInput()
            | ops.RenameInput()
            | ops.RemoveInput()
            | ops.DeclareOutput()
            | ops.RenameOutput()
            | ops.RemoveOutput()
        ):
            yield from edit_variable(design, operation)
        case _:
            yield from _set_task(_task(design, operation.task), operation)


_Set = ops.ConfigureTask | ops.DescribeTask | ops.SetTaskPolicy | ops.SetTaskInput | ops.MoveTask


def _set_task(task: Task, operation: _Set) -> Iterator[DraftEvent]:
    match operation:
        case ops.ConfigureTask():
            config = _as_read(task.kind, operation.config)
            if config != task.config:
                yield TaskConfigured(task=task.name, config=config)
        case ops.DescribeTask():
            if (operation.label, operation.description) != (task.label, task.description):
                yield TaskDescribed(task=task.name, label=operation.label, description=operation.description)
        case ops.SetTaskPolicy():
            named = {name: getattr(operation, name) for name in operation.model_fields_set - {"do", "task"}}
            policy = task.policy.model_copy(update=named)
            if policy != task.policy:
                yield TaskPolicySet(task=task.name, policy=policy)
        case ops.SetTaskInput():
            if operation.setting != task.settings.get(operation.input, InputSetting()):
                yield TaskInputSet(task=task.name, input=operation.input, setting=operation.setting)
        case ops.MoveTask():
            if operation.place != task.place:
                yield TaskMoved(task=task.name, place=operation.place)
        case _:
            assert_never(operation)


def _add_task(design: Design, operation: ops.AddTask) -> TaskAdded:
    _refuse_name(design, operation.task)
    if operation.kind not in KINDS:
        raise TaskKindUnknown(known=", ".join(sorted(KINDS)), kind=operation.kind)
    return TaskAdded(
        task=operation.task,
        kind=operation.kind,
        label=operation.label,
        description=operation.description,
        config=_as_read(operation.kind, operation.config),
        policy=operation.policy,
        place=operation.place,
    )


def _as_read(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    # Kept as its kind reads it, so that one meaning has one form (paths as lists of steps); what cannot be read is kept as it
    # came, and a check says what is wrong with it.
    try:
        read = KINDS[kind].read(config)
    except (KeyError, ValidationError):
        return dict(config)
    form: dict[str, Any] = read.model_dump(mode="json", exclude_defaults=True)
    return form


def _rename_task(design: Design, operation: ops.RenameTask) -> Iterator[DraftEvent]:
    _task(design, operation.task)
    if operation.name == operation.task:
        return
    _refuse_name(design, operation.name)
    yield TaskRenamed(task=operation.task, name=operation.name)
    for task in design.tasks.values():
        if task.policy.compensates == operation.task:
            policy = task.policy.model_copy(update={"compensates": operation.name})
            yield TaskPolicySet(task=operation.name if task.name == operation.task else task.name, policy=policy)
    for task in design.tasks.values():
        kind = KINDS.get(task.kind)
        try:
            config = None if kind is None else kind.renamed(kind.read(task.config), operation.task, operation.name)
        except ValidationError:
            continue
        if config is not None:
            name = operation.name if task.name == operation.task else task.name
            yield TaskConfigured(task=name, config=config.model_dump(mode="json", exclude_defaults=True))


def _edge(design: Design, operation: ops.ConnectEdge | ops.DisconnectEdge) -> Iterator[DraftEvent]:
    edge = operation.edge
    if isinstance(operation, ops.DisconnectEdge):
        _known_edge(design, edge)
        yield EdgeDisconnected(edge=edge)
        return
    for task in (edge.source, edge.target):
        if task is not None:
            _task(design, task)
    if edge.source is None and edge.path is not None and edge.path[0] not in design.inputs:
        raise VariableUnknown(what="an input", name=edge.path[0])
    if edge.target is None and edge.input is not None and edge.input not in design.outputs:
        raise VariableUnknown(what="an output", name=edge.input)
    if operation.before is not None:
        _known_edge(design, operation.before)
    if edge not in design.edges or (operation.before is not None and operation.before != edge):
        yield EdgeConnected(edge=edge, before=operation.before)


def _disconnect(edges: Iterator[Edge]) -> Iterator[DraftEvent]:
    return (EdgeDisconnected(edge=edge) for edge in edges)


def _task(design: Design, name: str) -> Task:
    task = design.tasks.get(name)
    if task is None:
        raise TaskUnknown(task=name)
    return task


def _refuse_name(design: Design, name: str) -> None:
    if name in design.tasks:
        raise TaskNameTaken(task=name)
    if name in RESERVED_TASK_NAMES:
        raise TaskNameReserved(task=name)


def _known_edge(design: Design, edge: Edge) -> None:
    if edge not in design.edges:
        raise EdgeUnknown(edge=edge.text)
