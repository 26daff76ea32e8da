"""Edits of the inputs and outputs that a task's configuration declares, turned into events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from pydantic import ValidationError

from domain.kinds import KINDS, Configuration, Kind, RenameUncertain
from domain.refusals import Detail
from domain.variables import Direction, Variable
from domain.workflows import operations as ops
from domain.workflows import refusals
from domain.workflows.connecting import reviewed_by
from domain.workflows.design import Design, Edge, InputSetting, Task
from domain.workflows.drawing import draw
from domain.workflows.edge_edits import disconnect
from domain.workflows.events import DraftEvent, TaskConfigured, TaskInputSet, TaskVariableRenamed
from domain.workflows.task_edits import known_task

TaskVariableEdit = ops.DeclareVariable | ops.RenameVariable | ops.RemoveVariable


def edit_task_variable(design: Design, operation: TaskVariableEdit) -> Iterator[DraftEvent]:
    """The events of one edit of a declared input or output; its edges and what it is set to go first, or follow."""
    task = known_task(design, operation.task)
    if isinstance(operation, ops.RenameVariable) and not operation.rewrite:
        yield from _follow(design, task, operation)
        return
    kind, config = _as_configured(task)
    declared = kind.declared(config, operation.direction)
    if declared is None:
        raise refusals.KindDeclaresNone(
            direction=f"{operation.direction}s", task=task.name, kind=task.kind, name=_name(operation)
        )
    match operation:
        case ops.DeclareVariable():
            variables = _declared(task, declared, operation)
            yield from _configured(task, kind.declaring(config, operation.direction, variables))
        case ops.RenameVariable():
            yield from _rename(design, operation, kind, config, declared)
        case ops.RemoveVariable():
            _known(task, declared, operation.direction, operation.variable)
            yield from disconnect(_edges_of(design, task.name, operation.direction, operation.variable))
            if operation.direction == "input" and operation.variable in task.settings:
                yield TaskInputSet(task=task.name, input=operation.variable, setting=InputSetting())
            left = tuple(one for one in declared if one.name != operation.variable)
            yield from _configured(task, kind.declaring(config, operation.direction, left))
        case _:
            assert_never(operation)


def _as_configured(task: Task) -> tuple[Kind[Any], Configuration]:
    kind = KINDS.get(task.kind)
    try:
        if kind is not None:
            return kind, kind.read(task.config)
    except ValidationError:
        pass
    raise refusals.ConfigurationMisread(task=task.name)


def _name(operation: TaskVariableEdit) -> str:
    return operation.variable.name if isinstance(operation, ops.DeclareVariable) else operation.variable


def _known(task: Task, declared: tuple[Variable, ...], direction: Direction, name: str) -> None:
    if all(one.name != name for one in declared):
        raise refusals.TaskVariableUnknown(direction=direction, task=task.name, name=name)


def _configured(task: Task, config: Configuration) -> Iterator[TaskConfigured]:
    form = config.model_dump(mode="json", exclude_defaults=True)
    if form != task.config:
        yield TaskConfigured(task=task.name, config=form)


def _declared(task: Task, declared: tuple[Variable, ...], operation: ops.DeclareVariable) -> tuple[Variable, ...]:
    name, before = operation.variable.name, operation.before
    if before is not None and before != name:
        _known(task, declared, operation.direction, before)
        others = [one for one in declared if one.name != name]
        at = next(at for at, one in enumerate(others) if one.name == before)
        return (*others[:at], operation.variable, *others[at:])
    if all(one.name != name for one in declared):
        return (*declared, operation.variable)
    return tuple(operation.variable if one.name == name else one for one in declared)


def _rename(
    design: Design,
    operation: ops.RenameVariable,
    kind: Kind[Any],
    config: Configuration,
    declared: tuple[Variable, ...],
) -> Iterator[DraftEvent]:
    task, direction = design.tasks[operation.task], operation.direction
    old, new = operation.variable, operation.name
    _known(task, declared, direction, old)
    if old == new:
        return
    if any(one.name == new for one in declared) or _is_used(design, task, direction, new):
        raise refusals.VariableNameTaken(what=f"{direction} of {task.name}", name=new)
    yield TaskVariableRenamed(task=task.name, direction=direction, variable=old, name=new)
    if direction == "output":
        for review in _reviews_of(design, task.name):
            yield TaskVariableRenamed(task=review, direction=direction, variable=old, name=new)
    yield from _configured(task, _renamed(kind, config, operation))


def _follow(design: Design, task: Task, operation: ops.RenameVariable) -> Iterator[DraftEvent]:
    direction, old, new = operation.direction, operation.variable, operation.name
    renamed = TaskVariableRenamed(task=task.name, direction=direction, variable=old, name=new)
    if old == new or draw(design, renamed) == design:
        return
    if _is_used(design, task, direction, new, with_reviews=False):
        raise refusals.VariableNameTaken(what=f"{direction} of {task.name}", name=new)
    yield renamed


def _renamed(kind: Kind[Any], config: Configuration, operation: ops.RenameVariable) -> Configuration:
    try:
        renamed: Configuration | None = kind.renamed_variable(
            config, operation.direction, operation.variable, operation.name
        )
    except RenameUncertain as uncertain:
        places = [
            (f"tasks.{operation.task}.{one.path}" + ("" if one.line is None else f" line {one.line}"), one.why)
            for one in uncertain.places
        ]
        raise refusals.RenameUncertain(
            old=operation.variable,
            new=operation.name,
            places=" and ".join(place for place, _ in places),
            details=tuple(Detail(place, f"a certain use of {operation.variable}", why) for place, why in places),
        ) from None
    if renamed is None:
        raise refusals.KindDeclaresNone(
            direction=f"{operation.direction}s", task=operation.task, kind=kind.name, name=operation.variable
        )
    return renamed


def _edges_of(design: Design, task: str, direction: Direction, name: str, *, with_reviews: bool = True) -> list[Edge]:
    if direction == "input":
        return [edge for edge in design.edges if edge.target == task and edge.input == name]
    givers = {task, *(_reviews_of(design, task) if with_reviews else ())}
    return [edge for edge in design.edges if edge.source in givers and edge.path is not None and edge.path[0] == name]


def _is_used(design: Design, task: Task, direction: Direction, name: str, *, with_reviews: bool = True) -> bool:
    # By edges or settings of a name that is not declared: they could not be told from those that follow.
    if _edges_of(design, task.name, direction, name, with_reviews=with_reviews):
        return True
    if direction == "output":
        return task.pinned is not None and name in task.pinned.outputs
    over = task.policy.for_each
    return name in task.settings or (over is not None and over.input == name)


def _reviews_of(design: Design, task: str) -> list[str]:
    """The tasks that pass on the outputs of a task as their own: its reviews, their reviews and so on."""
    found: dict[str, None] = {}
    waiting = [task]
    reviewing: dict[str, list[str]] = {}
    for other in design.tasks.values():
        reviewed = reviewed_by(other)
        if reviewed is not None:
            reviewing.setdefault(reviewed, []).append(other.name)
    while waiting:
        for review in reviewing.get(waiting.pop(), ()):
            if review != task and review not in found:
                found[review] = None
                waiting.append(review)
    return list(found)
