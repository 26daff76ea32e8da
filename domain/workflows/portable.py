"""A workflow as one plain object, the content of a workflow file: written from a design, read to edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.kinds import KINDS
from domain.refusals import Refusal
from domain.workflows.design import HEAVY_AT_ONCE_USUAL, Design, Edge, InputSetting, Policy, Task
from domain.workflows.file_types import written_variable
from domain.workflows.operations import Operation

FORMAT = "opus.workflow.1"
TASK_KEYS = frozenset(
    {
        "kind",
        "label",
        "description",
        "after",
        "join",
        "on_error",
        "time_limit_seconds",
        "heavy",
        "place",
        "inputs",
        "outputs",
        "config",
    }
)
"""What a task of a file holds beside the settings of its kind, which stand at the same level."""


class WorkflowFileRefused(Refusal):
    """Expected a workflow file, but {count} places of it cannot be read."""


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """What a file says: the workflow's name, and the edits that make its draft from nothing."""

    name: str
    operations: tuple[Operation, ...]


def write_workflow(name: str, design: Design) -> dict[str, Any]:
    """The plain object of a workflow; `read_workflow` of it makes a design that is drawn alike."""
    limit = {} if design.heavy_at_once_max == HEAVY_AT_ONCE_USUAL else {"heavy_at_once_max": design.heavy_at_once_max}
    feeding: dict[tuple[str | None, str | None], list[Edge]] = {}
    for edge in design.edges:
        feeding.setdefault((edge.target, edge.input), []).append(edge)
    return {
        "format": FORMAT,
        "name": name,
        **_present(description=design.description),
        **limit,
        "inputs": {name: written_variable(_form(variable)) for name, variable in design.inputs.items()},
        "tasks": {name: _task(task, feeding) for name, task in design.tasks.items()},
        "outputs": {
            name: {
                **written_variable(_form(output.variable)),
                **_links(feeding.get((None, name), []), InputSetting(gather=output.gather)),
            }
            for name, output in design.outputs.items()
        },
    }


def _task(task: Task, feeding: Mapping[tuple[str | None, str | None], list[Edge]]) -> dict[str, Any]:
    settings, declared, outputs = _config(task)
    linked = dict.fromkeys(edge_input for target, edge_input in feeding if target == task.name and edge_input)
    inputs = {
        name: {
            **declared.get(name, {}),
            **_links(feeding.get((task.name, name), []), task.settings.get(name, InputSetting())),
        }
        for name in dict.fromkeys((*declared, *linked, *task.settings))
    }
    after = [edge.origin for edge in feeding.get((task.name, None), ())]
    return {
        "kind": task.kind,
        **_present(label=task.label, description=task.description),
        **({"after": after} if after else {}),
        **_policy(task.policy),
        **settings,
        **({"inputs": inputs} if inputs else {}),
        **({"outputs": outputs} if outputs else {}),
        **({"place": _form(task.place)} if task.place is not None else {}),
    }


def _config(task: Task) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    # Settings of the kind, declared inputs, declared outputs. A configuration that its kind cannot read stands whole and
    # unchanged under `config`, so that nothing is lost.
    kind = KINDS.get(task.kind)
    try:
        if kind is None:
            raise ValueError(task.kind)
        kind.read(task.config)
        written = kind.written(task.config)
        inputs = {one["name"]: written_variable(one) for one in written.pop("inputs", ())}
        outputs = {one["name"]: written_variable(one) for one in written.pop("outputs", ())}
        if TASK_KEYS & written.keys() or _has_doubles(task.config):
            raise ValueError(task.kind)
    except (ValueError, KeyError, TypeError):
        return ({"config": task.config} if task.config else {}), {}, {}
    return written, inputs, outputs


def _has_doubles(config: Mapping[str, Any]) -> bool:
    return any(len({one["name"] for one in config.get(part, ())}) < len(config.get(part, ())) for part in _DECLARED)


_DECLARED = ("inputs", "outputs")


def _policy(policy: Policy) -> dict[str, Any]:
    form: dict[str, Any] = policy.model_dump(mode="json", exclude_defaults=True)
    return form


def _links(edges: list[Edge], setting: InputSetting) -> dict[str, Any]:
    sources = [_source(edge) for edge in edges]
    constant = {} if setting.constant is None else {"constant": setting.constant.value}
    gather = {"gather": True} if setting.gather else {}
    if not sources:
        return {**constant, **gather}
    only = len(sources) == 1 and isinstance(sources[0], str)
    return {"from": sources[0] if only else sources, **constant, **gather}


def _source(edge: Edge) -> str | list[str]:
    steps = [edge.source or "inputs", *(edge.path or ())]
    return steps if any("." in step for step in steps) else ".".join(steps)


def _present(**texts: Any) -> dict[str, Any]:
    return {name: text for name, text in texts.items() if text is not None}


def _form(part: Any) -> dict[str, Any]:
    form: dict[str, Any] = part.model_dump(mode="json", exclude_defaults=True)
    return form
