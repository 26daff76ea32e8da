"""What is known of the workflows that a design executes: looked up outside, handed in as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.variables import Variable
from domain.workflows.design import Design, Task
from domain.workflows.operations import AddTask, ConfigureTask, Operation

EXECUTE_WORKFLOW = "execute_workflow"
_SIGNATURE = ("inputs", "outputs")


@dataclass(frozen=True, slots=True)
class Signature:
    """The inputs and outputs of a workflow, as a task that executes it has them."""

    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...]

    def is_like(self, other: Signature) -> bool:
        """Whether a task can be drawn for one as for the other: labels and descriptions tell nothing."""
        return all(
            [(one.name, one.type, one.required, one.default) for one in getattr(self, part)]
            == [(one.name, one.type, one.required, one.default) for one in getattr(other, part)]
            for part in _SIGNATURE
        )

    def form(self) -> dict[str, Any]:
        """The same as a part of the task's configuration."""
        return {name: [_form(one) for one in getattr(self, name)] for name in _SIGNATURE}


@dataclass(frozen=True, slots=True)
class SubWorkflow:
    """The active version of a workflow that a design executes."""

    workflow_id: UUID
    number: int
    graph: str
    signature: Signature
    leads_back: bool = False  # it executes, itself or through others, the workflow that executes it
    below: int = 0  # how many workflows stand below it, one below the other
    called: str | None = None  # its name now; it is found by every name it ever had


SubWorkflows = Mapping[str, SubWorkflow | str]
"""By the name that a design uses; a text says what there is instead of an active version."""


def signature_of(design: Design) -> Signature:
    """What a task that executes a workflow so designed is given and gives."""
    return Signature(
        inputs=tuple(_plain(one) for one in design.inputs.values()),
        outputs=tuple(_plain(one.variable) for one in design.outputs.values()),
    )


def executed(task: Task) -> str | None:
    """The name of the workflow that a task executes."""
    name = task.config.get("workflow") if task.kind == EXECUTE_WORKFLOW else None
    return name if isinstance(name, str) and name else None


def executed_by(design: Design) -> list[str]:
    """The names of all workflows that a design executes."""
    return list(dict.fromkeys(name for task in design.tasks.values() if (name := executed(task)) is not None))


def unsigned(operation: Operation) -> str | None:
    """The workflow that an edit has a task execute without saying its inputs and outputs; None for every other edit."""
    if not isinstance(operation, AddTask | ConfigureTask):
        return None
    if isinstance(operation, AddTask) and operation.kind != EXECUTE_WORKFLOW:
        return None
    name, config = operation.config.get("workflow"), operation.config
    return name if isinstance(name, str) and name and not any(part in config for part in _SIGNATURE) else None


def signed(operation: Operation, signature: Signature) -> Operation:
    """The same edit with the inputs and outputs of the workflow."""
    if not isinstance(operation, AddTask | ConfigureTask):
        return operation
    return operation.model_copy(update={"config": {**operation.config, **signature.form()}})


def _plain(variable: Variable) -> Variable:
    # A sample is for previews of the workflow itself.
    return variable.model_copy(update={"sample": None})


def _form(variable: Variable) -> dict[str, Any]:
    form: dict[str, Any] = variable.model_dump(mode="json", exclude_defaults=True)
    return form
