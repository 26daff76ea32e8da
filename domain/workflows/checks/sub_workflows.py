"""Checks of the workflows that tasks execute: that they are active, do not lead back, and are what the task was drawn for."""

from __future__ import annotations

from collections.abc import Iterator

from domain.jobs.starting import DEPTH_MAX
from domain.workflows.checks.check import Check
from domain.workflows.checks.facts import Facts
from domain.workflows.operations import ConfigureTask
from domain.workflows.sub_workflows import Signature, SubWorkflow, executed
from domain.workflows.wiring import Wired, Wiring


def check(wiring: Wiring, facts: Facts) -> Iterator[Check]:
    """Errors: no active workflow of this name, recursion, other inputs or outputs than its active version has. Warning: a former name."""
    found = facts.sub_workflows
    if found is None:
        return
    for wired in wiring.tasks.values():
        name = executed(wired.task)
        if name is not None and wired.misread is None:
            yield from _of_task(wired, name, found.get(name, "none of this name"))


def _of_task(wired: Wired, name: str, sub: SubWorkflow | str) -> Iterator[Check]:
    task = wired.task.name
    place = f"tasks.{task}.workflow"
    if isinstance(sub, str):
        yield Check("SUB_WORKFLOW_NOT_ACTIVE", "error", place, f"{name} to be an active workflow", sub, task)
        return
    if sub.leads_back:
        expected = "a workflow that does not lead back to this one"
        yield Check("RECURSION", "error", place, expected, f"{name}, which does", task)
    if sub.below + 1 > DEPTH_MAX:
        expected = f"at most {DEPTH_MAX} workflows that execute each other"
        yield Check("DEPTH_EXCEEDED", "error", place, expected, f"{sub.below + 1}", task)
    if sub.called is not None and _key(sub.called) != _key(name):
        expected = f"{sub.called}, as the workflow is called now"
        repair = ConfigureTask(task=task, config={**wired.task.config, "workflow": sub.called})
        yield Check("WORKFLOW_RENAMED", "warning", place, expected, f"its former name {name}", task, (repair,))
    drawn = Signature(getattr(wired.config, "inputs", ()), getattr(wired.config, "outputs", ()))
    if not drawn.is_like(sub.signature):
        expected = f"the inputs and outputs of {name} as its version {sub.number} has them ({_told(sub.signature)})"
        repair = ConfigureTask(task=task, config={**wired.task.config, **sub.signature.form()})
        yield Check("SIGNATURE_DIFFERS", "error", f"tasks.{task}", expected, _told(drawn), task, (repair,))


def _key(name: str) -> str:
    return name.strip().casefold()


def _told(signature: Signature) -> str:
    inputs = ", ".join(_shown(one) for one in signature.inputs) or "nothing"
    return f"{inputs} → {', '.join(_shown(one) for one in signature.outputs) or 'nothing'}"


def _shown(variable: object) -> str:
    name, kind = getattr(variable, "name", ""), getattr(variable, "type", None)
    return f"{name}: {getattr(kind, 'type', '')}{'' if getattr(variable, 'required', True) else '?'}"
