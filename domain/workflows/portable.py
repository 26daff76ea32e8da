"""A workflow as one plain object, the content of a workflow file: written from a design, read to edits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from domain.kinds import KINDS
from domain.refusals import Refusal
from domain.workflows.design import HEAVY_AT_ONCE_USUAL, Design, Edge, InputSetting, Note, Policy, Task
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
        "retry",
        "compensates",
        "for_each",
        "expects",
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
    """What a file says: the workflow's name, and the edits that make its draft from nothing, each with its place in the file.

    `template` is what it says for the library, if it is to be imported as a template.
    """

    name: str
    operations: tuple[Operation, ...]
    places: tuple[str, ...] = field(default=(), compare=False)
    template: Any = field(default=None, compare=False)


def write_workflow(name: str, design: Design) -> dict[str, Any]:
    """The plain object of a workflow; `read_workflow` of it makes a design that is drawn alike. Pins are no part of it."""
    limit = {} if design.heavy_at_once_max == HEAVY_AT_ONCE_USUAL else {"heavy_at_once_max": design.heavy_at_once_max}
    feeding: dict[str | None, _Fed] = {}
    for edge in design.edges:
        feeding.setdefault(edge.target, {}).setdefault(edge.input, []).append(edge)
    return {
        "format": FORMAT,
        "name": name,
        **_present(description=design.description),
        **limit,
        **_present(time_limit_seconds=design.time_limit_seconds),
        "inputs": {name: written_variable(_form(variable)) for name, variable in design.inputs.items()},
        "tasks": {name: _task(task, feeding.get(name, {})) for name, task in design.tasks.items()},
        "outputs": {
            name: {
                **written_variable(_form(output.variable)),
                **_links(feeding.get(None, {}).get(name, []), InputSetting(gather=output.gather)),
            }
            for name, output in design.outputs.items()
        },
        **({"notes": {name: _note(note) for name, note in design.notes.items()}} if design.notes else {}),
    }


_Fed = dict[str | None, list[Edge]]
"""The edges into one task by its input; those of routes under None."""


def _task(task: Task, fed: _Fed) -> dict[str, Any]:
    settings, declared, outputs = _config(task)
    inputs = {
        name: {
            **declared.get(name, {}),
            **_links(fed.get(name, []), task.settings.get(name, InputSetting())),
        }
        for name in dict.fromkeys((*declared, *(name for name in fed if name is not None), *task.settings))
    }
    after = [_source(edge) for edge in fed.get(None, ())]
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
    written = _written(task)
    if written is None:
        return ({"config": task.config} if task.config else {}), {}, {}
    inputs, outputs = (
        {one["name"]: written_variable(one) for one in written.pop(part, ())} for part in ("inputs", "outputs")
    )
    return written, inputs, outputs


def _written(task: Task) -> dict[str, Any] | None:
    kind = KINDS.get(task.kind)
    if kind is None or any(_has_doubles(task.config.get(part)) for part in ("inputs", "outputs")):
        return None
    try:
        kind.read(task.config)
    except ValidationError:
        return None
    written = kind.written(task.config)
    return None if (TASK_KEYS & written.keys()) - {"inputs", "outputs"} else written


def _has_doubles(declared: Any) -> bool:
    names = [one.get("name") for one in declared if isinstance(one, dict)] if isinstance(declared, list) else []
    return any(names.count(name) > 1 for name in names)


def _policy(policy: Policy) -> dict[str, Any]:
    form: dict[str, Any] = policy.model_dump(mode="json", exclude_defaults=True)
    if policy.for_each is not None and form["for_each"].keys() == {"input"}:
        form["for_each"] = policy.for_each.input
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
    exit_steps = edge.path if edge.route is None else (edge.route,)
    steps = [edge.source or "inputs", *(exit_steps or ())]
    return steps if any("." in step or not step for step in steps) else ".".join(steps)


def _note(note: Note) -> dict[str, Any]:
    form = _form(note)
    del form["name"]
    return form


def _present(**texts: Any) -> dict[str, Any]:
    return {name: text for name, text in texts.items() if text is not None}


def _form(part: Any) -> dict[str, Any]:
    form: dict[str, Any] = part.model_dump(mode="json", exclude_defaults=True)
    return form
