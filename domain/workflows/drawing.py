"""What each edit does to a design. Total: every recorded edit can be applied, whatever today's rules say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, assert_never

from domain.workflows.design import Design, Edge, InputSetting, Note, Output, Pinned, Policy, Task
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

_Item = TypeVar("_Item")
TaskSet = (
    TaskConfigured
    | TaskDescribed
    | TaskPolicySet
    | TaskInputSet
    | TaskMoved
    | TaskUnplaced
    | TaskOutputsPinned
    | TaskOutputsUnpinned
)
"""What changes a task alone."""
_VariableEvent = InputDeclared | InputRenamed | InputRemoved | OutputDeclared | OutputRenamed | OutputRemoved


def draw(design: Design, event: DraftEvent) -> Design:
    """The design after an edit."""
    match event:
        case WorkflowDescribed():
            return replace(design, description=event.description)
        case WorkflowLimitSet():
            return replace(design, heavy_at_once_max=event.heavy_at_once_max)
        case WorkflowTimeLimitSet():
            return replace(design, time_limit_seconds=event.time_limit_seconds)
        case TaskAdded():
            return replace(design, tasks=_standing(design.tasks, event.task, _added(event), event.before))
        case TaskRenamed() | TaskRemoved():
            return _draw_name(design, event)
        case TaskVariableRenamed():
            return _draw_task_variable(design, event)
        case EdgeConnected() | EdgeDisconnected():
            return _draw_edge(design, event)
        case NotePlaced():
            return replace(design, notes={**design.notes, event.note: _note(event)})
        case NoteRemoved():
            return replace(design, notes=_without(design.notes, event.note))
        case InputDeclared() | InputRenamed() | InputRemoved() | OutputDeclared() | OutputRenamed() | OutputRemoved():
            return _draw_variable(design, event)
        case _:
            task = design.tasks.get(event.task)
            return design if task is None else design.with_task(task.model_copy(update=_changes(task, event)))


def _added(event: TaskAdded) -> Task:
    return Task(
        name=event.task,
        kind=event.kind,
        label=event.label,
        description=event.description,
        config=event.config,
        policy=event.policy,
        place=event.place,
    )


def _note(event: NotePlaced) -> Note:
    return Note(name=event.note, text=event.text, place=event.place, width=event.width, height=event.height)


def _changes(task: Task, event: TaskSet) -> dict[str, Any]:
    match event:
        case TaskConfigured():
            return {"config": event.config}
        case TaskDescribed():
            return {"label": event.label, "description": event.description}
        case TaskPolicySet():
            return {"policy": event.policy}
        case TaskMoved():
            return {"place": event.place}
        case TaskUnplaced():
            return {"place": None}
        case TaskOutputsPinned():
            return {"pinned": Pinned(outputs=event.outputs, of=event.of)}
        case TaskOutputsUnpinned():
            return {"pinned": None}
        case TaskInputSet():
            settings = _without(task.settings, event.input)
            if event.setting != InputSetting():
                settings[event.input] = event.setting
            return {"settings": settings}
        case _:
            assert_never(event)


def _draw_name(design: Design, event: TaskRenamed | TaskRemoved) -> Design:
    if isinstance(event, TaskRemoved):
        return replace(design, tasks=_without(design.tasks, event.task))
    task = design.tasks.get(event.task)
    if task is None:
        return design
    tasks = _renamed(design.tasks, event.task, event.name, task.model_copy(update={"name": event.name}))
    edges = (
        edge.model_copy(
            update={
                "source": event.name if edge.source == event.task else edge.source,
                "target": event.name if edge.target == event.task else edge.target,
            }
        )
        for edge in design.edges
    )
    return replace(design, tasks=tasks).with_edges(edges)


def _draw_task_variable(design: Design, event: TaskVariableRenamed) -> Design:
    task = design.tasks.get(event.task)
    if task is None:
        return design
    if event.direction == "output":
        if task.pinned is not None:
            outputs = _keyed_anew(task.pinned.outputs, event)
            design = design.with_task(
                task.model_copy(update={"pinned": task.pinned.model_copy(update={"outputs": outputs})})
            )
        return design.with_edges(_from_variable(edge, event) for edge in design.edges)
    changes = {"policy": _policy_renamed(task.policy, event), "settings": _keyed_anew(task.settings, event)}
    design = design.with_task(task.model_copy(update=changes))
    return design.with_edges(_to_variable(edge, event) for edge in design.edges)


def _keyed_anew(items: Mapping[str, _Item], event: TaskVariableRenamed) -> dict[str, _Item]:
    return {event.name if name == event.variable else name: item for name, item in items.items()}


def _policy_renamed(policy: Policy, event: TaskVariableRenamed) -> Policy:
    if policy.for_each is None or policy.for_each.input != event.variable:
        return policy
    return policy.model_copy(update={"for_each": policy.for_each.model_copy(update={"input": event.name})})


def _from_variable(edge: Edge, event: TaskVariableRenamed) -> Edge:
    if edge.source != event.task or edge.path is None or edge.path[0] != event.variable:
        return edge
    return edge.model_copy(update={"path": (event.name, *edge.path[1:])})


def _to_variable(edge: Edge, event: TaskVariableRenamed) -> Edge:
    if edge.target != event.task or edge.input != event.variable:
        return edge
    return edge.model_copy(update={"input": event.name})


def _draw_edge(design: Design, event: EdgeConnected | EdgeDisconnected) -> Design:
    if isinstance(event, EdgeDisconnected):
        return replace(design, edges=_without(design.edges, event.edge))
    if event.before is None or event.before == event.edge or event.before not in design.edges:
        return replace(design, edges={**_without(design.edges, event.edge), event.edge: None})
    edges: list[Edge] = []
    for edge in design.edges:
        if edge == event.before:
            edges.append(event.edge)
        if edge != event.edge:
            edges.append(edge)
    return design.with_edges(edges)


def _draw_variable(design: Design, event: _VariableEvent) -> Design:
    match event:
        case InputDeclared():
            return replace(design, inputs=_standing(design.inputs, event.input.name, event.input, event.before))
        case InputRemoved():
            return replace(design, inputs=_without(design.inputs, event.input))
        case InputRenamed() if event.input in design.inputs:
            variable = design.inputs[event.input].model_copy(update={"name": event.name})
            inputs = _renamed(design.inputs, event.input, event.name, variable)
            return replace(design, inputs=inputs).with_edges(_from_input(edge, event) for edge in design.edges)
        case OutputDeclared():
            output = Output(variable=event.output, gather=event.gather)
            return replace(design, outputs=_standing(design.outputs, event.output.name, output, event.before))
        case OutputRemoved():
            return replace(design, outputs=_without(design.outputs, event.output))
        case OutputRenamed() if event.output in design.outputs:
            known = design.outputs[event.output]
            output = known.model_copy(update={"variable": known.variable.model_copy(update={"name": event.name})})
            outputs = _renamed(design.outputs, event.output, event.name, output)
            return replace(design, outputs=outputs).with_edges(_to_output(edge, event) for edge in design.edges)
        case InputRenamed() | OutputRenamed():
            return design
        case _:
            assert_never(event)


def _from_input(edge: Edge, event: InputRenamed) -> Edge:
    if edge.source is not None or edge.path is None or edge.path[0] != event.input:
        return edge
    return edge.model_copy(update={"path": (event.name, *edge.path[1:])})


def _to_output(edge: Edge, event: OutputRenamed) -> Edge:
    if edge.target is not None or edge.input != event.output:
        return edge
    return edge.model_copy(update={"input": event.name})


_Key = TypeVar("_Key")


def _without(items: Mapping[_Key, _Item], key: _Key) -> dict[_Key, _Item]:
    kept = dict(items)
    kept.pop(key, None)
    return kept


def _standing(items: Mapping[str, _Item], name: str, item: _Item, before: str | None) -> dict[str, _Item]:
    # Directly before another; else in the place it has, or last.
    if before is None or before == name or before not in items:
        return {**items, name: item}
    standing: dict[str, _Item] = {}
    for other, known in items.items():
        if other == before:
            standing[name] = item
        if other != name:
            standing[other] = known
    return standing


def _renamed(items: Mapping[str, _Item], old: str, new: str, item: _Item) -> dict[str, _Item]:
    return {(new if name == old else name): (item if name == old else known) for name, known in items.items()}
