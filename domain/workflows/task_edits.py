"""Edits of tasks, turned into events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from pydantic import ValidationError

from domain.kinds import KINDS
from domain.workflows import operations as ops
from domain.workflows.design import Design, Task
from domain.workflows.drawing import TaskSet, draw
from domain.workflows.edge_edits import disconnect
from domain.workflows.events import (
    DraftEvent,
    EdgeConnected,
    TaskAdded,
    TaskConfigured,
    TaskDescribed,
    TaskInputSet,
    TaskMoved,
    TaskOutputsPinned,
    TaskOutputsUnpinned,
    TaskPolicySet,
    TaskRemoved,
    TaskRenamed,
    TaskUnplaced,
)
from domain.workflows.refusals import TaskKindUnknown, TaskNameReserved, TaskNameTaken, TaskUnknown

RESERVED_TASK_NAMES = frozenset({"inputs", "outputs"})

TaskSetting = (
    ops.ConfigureTask
    | ops.DescribeTask
    | ops.SetTaskPolicy
    | ops.SetTaskInput
    | ops.MoveTask
    | ops.UnplaceTask
    | ops.PinOutputs
    | ops.UnpinOutputs
)
TaskEdit = ops.AddTask | ops.DuplicateTask | ops.RenameTask | ops.RemoveTask | TaskSetting


def edit_task(design: Design, operation: TaskEdit) -> Iterator[DraftEvent]:
    """The events of one edit of a task."""
    match operation:
        case ops.AddTask():
            yield _add(design, operation)
        case ops.DuplicateTask():
            yield from _duplicate(design, known_task(design, operation.task), operation)
        case ops.RenameTask():
            yield from _rename(design, operation)
        case ops.RemoveTask():
            known_task(design, operation.task)
            yield from disconnect(edge for edge in design.edges if operation.task in (edge.source, edge.target))
            yield TaskRemoved(task=operation.task)
        case _:
            task = known_task(design, operation.task)
            event = _setting(task, operation)
            if draw(design, event).tasks[task.name] != task:
                yield event


def known_task(design: Design, name: str) -> Task:
    """The task of a name; refuses where there is none."""
    task = design.tasks.get(name)
    if task is None:
        raise TaskUnknown(task=name)
    return task


def _add(design: Design, operation: ops.AddTask) -> TaskAdded:
    _refuse_name(design, operation.task)
    if operation.before is not None:
        known_task(design, operation.before)
    if operation.kind not in KINDS:
        raise TaskKindUnknown(known=", ".join(sorted(KINDS)), kind=operation.kind)
    return TaskAdded(
        task=operation.task,
        kind=operation.kind,
        label=operation.label,
        description=operation.description,
        config=as_read(operation.kind, operation.config),
        policy=operation.policy,
        place=operation.place,
        before=operation.before,
    )


def as_read(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as it is kept: as its kind reads it, so that one meaning has one form (paths as lists of steps).

    What cannot be read is kept as it came, and a check says what is wrong with it.
    """
    try:
        read = KINDS[kind].read(config)
    except (KeyError, ValidationError):
        return dict(config)
    form: dict[str, Any] = read.model_dump(mode="json", exclude_defaults=True)
    return form


def _duplicate(design: Design, task: Task, operation: ops.DuplicateTask) -> Iterator[DraftEvent]:
    _refuse_name(design, operation.name)
    yield TaskAdded(
        task=operation.name,
        kind=task.kind,
        label=task.label,
        description=task.description,
        config=task.config,
        policy=task.policy,
        place=operation.place,
        copied_from=task.name,
    )
    for name, setting in task.settings.items():
        yield TaskInputSet(task=operation.name, input=name, setting=setting)
    for edge in design.edges:
        if edge.target == task.name:
            yield EdgeConnected(edge=edge.model_copy(update={"target": operation.name}))


def _rename(design: Design, operation: ops.RenameTask) -> Iterator[DraftEvent]:
    known_task(design, operation.task)
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


def _setting(task: Task, operation: TaskSetting) -> TaskSet:
    match operation:
        case ops.ConfigureTask():
            return TaskConfigured(task=task.name, config=as_read(task.kind, operation.config))
        case ops.DescribeTask():
            return TaskDescribed(task=task.name, label=operation.label, description=operation.description)
        case ops.SetTaskPolicy():
            named = {name: getattr(operation, name) for name in operation.model_fields_set - {"do", "task"}}
            return TaskPolicySet(task=task.name, policy=task.policy.model_copy(update=named))
        case ops.SetTaskInput():
            return TaskInputSet(task=task.name, input=operation.input, setting=operation.setting)
        case ops.MoveTask():
            return TaskMoved(task=task.name, place=operation.place)
        case ops.UnplaceTask():
            return TaskUnplaced(task=task.name)
        case ops.PinOutputs():
            return TaskOutputsPinned(task=task.name, outputs=operation.outputs, of=operation.of)
        case ops.UnpinOutputs():
            return TaskOutputsUnpinned(task=task.name)
        case _:
            assert_never(operation)


def _refuse_name(design: Design, name: str) -> None:
    if name in design.tasks:
        raise TaskNameTaken(task=name)
    if name in RESERVED_TASK_NAMES:
        raise TaskNameReserved(task=name)
