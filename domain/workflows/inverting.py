"""What takes an edit back: the operations after which a design is drawn as it was before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.design import Design, InputSetting, Note, Output, Task
from domain.workflows.drawing import TaskSet
from domain.workflows.edge_edits import follower
from domain.workflows.events import (
    DraftEvent,
    EdgeConnected,
    EdgeDisconnected,
    InputDeclared,
    InputRemoved,
    InputRenamed,
    NotePlaced,
    NoteRemoved,
    OutputDeclared,
    OutputRemoved,
    OutputRenamed,
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
    TaskVariableRenamed,
    WorkflowDescribed,
    WorkflowLimitSet,
    WorkflowTimeLimitSet,
)

Operations = tuple[ops.Operation, ...]


def inverse(design: Design, event: DraftEvent) -> Operations:
    """What takes an edit of this design back. Total: of an event that changed nothing there, nothing."""
    match event:
        case WorkflowDescribed():
            return (ops.DescribeWorkflow(description=design.description),)
        case WorkflowLimitSet():
            return (ops.SetLimit(heavy_at_once_max=design.heavy_at_once_max),)
        case WorkflowTimeLimitSet():
            return (ops.SetTimeLimit(time_limit_seconds=design.time_limit_seconds),)
        case TaskAdded() | TaskRemoved() | TaskRenamed() | TaskVariableRenamed():
            return _of_task(design, event)
        case EdgeConnected() | EdgeDisconnected():
            return _of_edge(design, event)
        case NotePlaced() | NoteRemoved():
            known = design.notes.get(event.note)
            return (ops.RemoveNote(note=event.note),) if known is None else (_note(known),)
        case InputDeclared() | InputRenamed() | InputRemoved():
            return _of_input(design, event)
        case OutputDeclared() | OutputRenamed() | OutputRemoved():
            return _of_output(design, event)
        case _:
            task = design.tasks.get(event.task)
            return () if task is None else (_setting(task, event),)


def _of_task(design: Design, event: TaskAdded | TaskRemoved | TaskRenamed | TaskVariableRenamed) -> Operations:
    task = design.tasks.get(event.task)
    match event:
        case TaskAdded():
            return (ops.RemoveTask(task=event.task),)
        case _ if task is None:
            return ()
        case TaskRemoved():
            return _added(task, _after(design.tasks, task.name))
        case TaskRenamed():
            return (ops.RenameTask(task=event.name, name=event.task),)
        case TaskVariableRenamed():
            # The configuration is set back by itself.
            back = ops.RenameVariable(
                task=event.task,
                direction=event.direction,
                variable=event.name,
                name=event.variable,
                rewrite=False,
            )
            return (back,)
        case _:
            assert_never(event)


def _added(task: Task, before: str | None) -> Operations:
    added = ops.AddTask(
        task=task.name,
        kind=task.kind,
        label=task.label,
        description=task.description,
        config=task.config,
        policy=task.policy,
        place=task.place,
        before=before,
    )
    settings = (
        ops.SetTaskInput(task=task.name, input=name, setting=setting) for name, setting in task.settings.items()
    )
    return added, *settings, *(() if task.pinned is None else (_pin(task),))


def _setting(task: Task, event: TaskSet) -> ops.Operation:
    match event:
        case TaskConfigured():
            return ops.ConfigureTask(task=task.name, config=task.config)
        case TaskDescribed():
            return ops.DescribeTask(task=task.name, label=task.label, description=task.description)
        case TaskPolicySet():
            return ops.SetTaskPolicy(task=task.name, **dict(task.policy))
        case TaskInputSet():
            setting = task.settings.get(event.input, InputSetting())
            return ops.SetTaskInput(task=task.name, input=event.input, setting=setting)
        case TaskMoved() | TaskUnplaced():
            if task.place is None:
                return ops.UnplaceTask(task=task.name)
            return ops.MoveTask(task=task.name, place=task.place)
        case TaskOutputsPinned() | TaskOutputsUnpinned():
            return _pin(task)
        case _:
            assert_never(event)


def _pin(task: Task) -> ops.PinOutputs | ops.UnpinOutputs:
    if task.pinned is None:
        return ops.UnpinOutputs(task=task.name)
    return ops.PinOutputs(task=task.name, outputs=task.pinned.outputs, of=task.pinned.of)


def _of_edge(design: Design, event: EdgeConnected | EdgeDisconnected) -> Operations:
    edge = event.edge
    if edge not in design.edges:
        return (ops.DisconnectEdge(edge=edge),) if isinstance(event, EdgeConnected) else ()
    back = ops.ConnectEdge(edge=edge, before=follower(design, edge))
    if isinstance(event, EdgeConnected) and back.before is None:
        # It was the last and was moved: to name no place would move nothing that is there.
        return ops.DisconnectEdge(edge=edge), back
    return (back,)


def _note(note: Note) -> ops.PlaceNote:
    return ops.PlaceNote(note=note.name, text=note.text, place=note.place, width=note.width, height=note.height)


def _of_input(design: Design, event: InputDeclared | InputRenamed | InputRemoved) -> Operations:
    if isinstance(event, InputRenamed):
        return (ops.RenameInput(input=event.name, name=event.input),) if event.input in design.inputs else ()
    name = event.input.name if isinstance(event, InputDeclared) else event.input
    known = design.inputs.get(name)
    if known is None:
        return (ops.RemoveInput(input=name),) if isinstance(event, InputDeclared) else ()
    if isinstance(event, InputDeclared) and event.before is None:
        return (_declare_input(known, None),)
    after = _after(design.inputs, name)
    back = _declare_input(known, after)
    if isinstance(event, InputDeclared) and after is None:
        return back, *(
            _declare_input(design.inputs[other], name) for other in _from(design.inputs, event.before or name, name)
        )
    return (back,)


def _of_output(design: Design, event: OutputDeclared | OutputRenamed | OutputRemoved) -> Operations:
    if isinstance(event, OutputRenamed):
        return (ops.RenameOutput(output=event.name, name=event.output),) if event.output in design.outputs else ()
    name = event.output.name if isinstance(event, OutputDeclared) else event.output
    known = design.outputs.get(name)
    if known is None:
        return (ops.RemoveOutput(output=name),) if isinstance(event, OutputDeclared) else ()
    if isinstance(event, OutputDeclared) and event.before is None:
        return (_declare_output(known, None),)
    after = _after(design.outputs, name)
    back = _declare_output(known, after)
    if isinstance(event, OutputDeclared) and after is None:
        others = _from(design.outputs, event.before or name, name)
        return back, *(_declare_output(design.outputs[other], name) for other in others)
    return (back,)


def _declare_input(variable: Variable, before: str | None) -> ops.DeclareInput:
    return ops.DeclareInput(input=variable, before=before)


def _declare_output(output: Output, before: str | None) -> ops.DeclareOutput:
    return ops.DeclareOutput(output=output.variable, gather=output.gather, before=before)


def _after(items: Mapping[str, object], name: str) -> str | None:
    names = list(items)
    at = names.index(name) + 1
    return names[at] if at < len(names) else None


def _from(items: Mapping[str, object], first: str, last: str) -> list[str]:
    """The names from one on, without the last: what stood before it, and stands behind it since it was moved."""
    names = list(items)
    return names[names.index(first) : names.index(last)] if first in items else []
