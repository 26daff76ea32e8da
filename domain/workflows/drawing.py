"""What each edit does to a design. Total: every recorded edit can be applied, whatever today's rules say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, assert_never

from domain.workflows.design import Design, Edge, InputSetting, Output, Task
from domain.workflows.events import (
    DraftEvent,
    EdgeConnected,
    EdgeDisconnected,
    InputDeclared,
    InputRemoved,
    InputRenamed,
    OutputDeclared,
    OutputRemoved,
    OutputRenamed,
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

_Item = TypeVar("_Item")
_TaskEvent = TaskConfigured | TaskDescribed | TaskPolicySet | TaskInputSet | TaskMoved


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
            return design.with_task(_added(event))
        case TaskConfigured() | TaskDescribed() | TaskPolicySet() | TaskInputSet() | TaskMoved():
            task = design.tasks.get(event.task)
            return design if task is None else design.with_task(task.model_copy(update=_changes(task, event)))
        case TaskRenamed() | TaskRemoved():
            return _draw_name(design, event)
        case EdgeConnected() | EdgeDisconnected():
            return _draw_edge(design, event)
        case _:
            return _draw_variable(design, event)


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


def _changes(task: Task, event: _TaskEvent) -> dict[str, Any]:
    match event:
        case TaskConfigured():
            return {"config": event.config}
        case TaskDescribed():
            return {"label": event.label, "description": event.description}
        case TaskPolicySet():
            return {"policy": event.policy}
        case TaskMoved():
            return {"place": event.place}
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


def _draw_variable(
    design: Design,
    event: InputDeclared | InputRenamed | InputRemoved | OutputDeclared | OutputRenamed | OutputRemoved,
) -> Design:
    match event:
        case InputDeclared():
            return replace(design, inputs={**design.inputs, event.input.name: event.input})
        case InputRemoved():
            return replace(design, inputs=_without(design.inputs, event.input))
        case InputRenamed() if event.input in design.inputs:
            variable = design.inputs[event.input].model_copy(update={"name": event.name})
            inputs = _renamed(design.inputs, event.input, event.name, variable)
            return replace(design, inputs=inputs).with_edges(_from_input(edge, event) for edge in design.edges)
        case OutputDeclared():
            output = Output(variable=event.output, gather=event.gather)
            return replace(design, outputs={**design.outputs, event.output.name: output})
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


def _renamed(items: Mapping[str, _Item], old: str, new: str, item: _Item) -> dict[str, _Item]:
    return {(new if name == old else name): (item if name == old else known) for name, known in items.items()}
