"""Checks of what stands inside tasks and variables: kinds, configurations, defaults, and what was found outside."""

from __future__ import annotations

from collections.abc import Iterator

from domain.graph import Given
from domain.kinds.human_review import REVIEWED
from domain.types import check as check_type
from domain.variables import Variable
from domain.workflows.checks.check import Check
from domain.workflows.checks.converting import converted
from domain.workflows.checks.facts import Facts
from domain.workflows.checks.whole import Whole
from domain.workflows.cycles import find_cycles, leads_to
from domain.workflows.design import Output
from domain.workflows.misread import misread
from domain.workflows.operations import DeclareInput, DeclareOutput, SetTaskPolicy
from domain.workflows.wiring import Wired, Wiring

_RESERVED = "error"


def of_design(whole: Whole) -> Iterator[Check]:
    """Errors: no tasks, cycles."""
    wiring = whole.wiring
    if not wiring.tasks:
        yield Check("WORKFLOW_EMPTY", "error", "tasks", "at least one task", "none")
    if len(wiring.ways.order) == len(wiring.tasks):
        return
    for cycle in find_cycles(wiring.followers):
        place = f"tasks.{cycle[0]}"
        yield Check("CYCLE", "error", place, "tasks that never lead back", leads_to(cycle), task=cycle[0])


def of_findings(_: Wiring, facts: Facts) -> Iterator[Check]:
    """Errors: code and expressions that cannot run."""
    for finding in facts.findings:
        found = finding.message if finding.line is None else f"at line {finding.line}: {finding.message}"
        place = f"tasks.{finding.task}.{finding.path}"
        yield Check("CODE_REFUSED", "error", place, f"{finding.path} that can run", found, task=finding.task)


def of_task(_: Wiring, wired: Wired) -> Iterator[Check]:
    """Errors: an unknown kind, a configuration that cannot run."""
    name = wired.task.name
    if wired.kind is None:
        place = f"tasks.{name}.kind"
        yield Check("TASK_KIND_UNKNOWN", "error", place, "a task kind that is known", wired.task.kind, task=name)
        return
    if wired.misread is not None:
        for detail in misread(wired.misread, f"tasks.{name}", wired.task.config):
            yield Check("CONFIGURATION_MISFIT", "error", detail.path, detail.expected, detail.found, task=name)
        return
    if wired.over is not None and (wired.over not in (wired.inputs or {}) or wired.over == REVIEWED):
        names = ", ".join(name for name in wired.inputs or {} if name != REVIEWED)
        expected = f"an input of {name} to run over ({names or 'it has none'})"
        repair = (SetTaskPolicy(task=name, for_each=None),)
        yield Check("VARIABLE_UNKNOWN", "error", f"tasks.{name}.for_each", expected, wired.over, name, repair)
    for finding in wired.kind.findings(wired.config):
        place = f"tasks.{name}.{finding.path}" if finding.path else f"tasks.{name}"
        yield Check(finding.code, "error", place, finding.expected, finding.found, task=name)
    if wired.reviews is None and _RESERVED in (wired.outputs or ()):
        place = f"tasks.{name}.outputs.{_RESERVED}"
        expected = "another name, since error is what the error route gives"
        yield Check("NAME_RESERVED", "error", place, expected, _RESERVED, task=name)


def of_variable(_: Wiring, variable: Variable | Output) -> Iterator[Check]:
    """Errors: a default or sample of another type."""
    declared = variable.variable if isinstance(variable, Output) else variable
    part = "outputs" if isinstance(variable, Output) else "inputs"
    for what in ("default", "sample"):
        given: Given | None = getattr(declared, what)
        if given is None:
            continue
        for detail in check_type(declared.type, given.value, f"{part}.{declared.name}.{what}"):
            meant = converted(given.value, declared.type)
            other = declared.model_copy(update={what: None if meant is None else Given(value=meant)})
            repair = (_declaring(variable, other),)
            yield Check("DEFAULT_MISFIT", "error", detail.path, detail.expected, detail.found, repair=repair)


def _declaring(known: Variable | Output, variable: Variable) -> DeclareInput | DeclareOutput:
    if isinstance(known, Output):
        return DeclareOutput(output=variable, gather=known.gather)
    return DeclareInput(input=variable)
