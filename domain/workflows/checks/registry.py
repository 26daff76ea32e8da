"""Every check there is: what it is called, how severe it is, and the pass over a design that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from domain.workflows.checks import (
    compensation,
    configuration,
    credentials,
    effects,
    habits,
    heavy,
    links,
    messages,
    reviews,
    routes,
    sources,
    sub_workflows,
    unused,
)
from domain.workflows.checks.check import Check, Severity

Scope = Literal["task", "edge", "variable", "design", "facts"]
"""What one call of a pass looks at, and all it may read, since its result is kept as long as that is the same.

`task`: a task as it is wired, and the one it reviews. `edge`: an edge and both its ends. `variable`: an input or output of the workflow.
`design`: tasks (without labels and places), edges and variables. `facts`: a design and what is known from outside; never kept.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that a workflow can fail."""

    code: str
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True)
class Pass:
    """One way through a design, in time that grows no faster than the design; yields checks of these codes only."""

    scope: Scope
    codes: frozenset[str]
    examine: Callable[..., Iterator[Check]]


_ERRORS = {
    "WORKFLOW_EMPTY": "A workflow without tasks",
    "CYCLE": "Tasks that lead back to themselves",
    "TASK_KIND_UNKNOWN": "A task kind that is not known",
    "CONFIGURATION_MISFIT": "A configuration that cannot be read",
    "MISSING_CONFIGURATION": "Something that must be configured is not",
    "DECLARED_TWICE": "A name that is declared twice",
    "UNKNOWN_VARIABLE": "A configuration that speaks of a variable it does not declare",
    "OPERATION_MISFIT": "A condition whose operation does not suit the type",
    "CODE_TOO_LONG": "A program that is too long",
    "FILE_FROM_CODE": "Code that should give a file",
    "EXPRESSION_TOO_LONG": "An expression that is too long",
    "PROMPT_TOO_LONG": "A prompt that is too long",
    "MODEL_MISFIT": "A model whose name cannot be one",
    "FILE_FROM_MODEL": "A model that should give a file",
    "FILE_NAME_MISFIT": "A file name that cannot be one",
    "SQL_MISFIT": "A statement that a database could not be given",
    "SETTINGS_CONFLICT": "Settings that exclude each other",
    "ROLE_MISFIT": "A role that may decide nothing",
    "GUIDANCE_TOO_LONG": "Guidance that is too long",
    "RESERVED_NAME": "An input of a review that has the review's own name",
    "DURATION_MISFIT": "A duration that cannot be read",
    "DATE_MISFIT": "A date that cannot be read",
    "QUEUE_MISFIT": "A queue that cannot have that name",
    "LEASE_MISFIT": "A lease that is too short or too long",
    "TEMPLATE_TOO_LONG": "A template that is too long",
    "SUBJECT_MISFIT": "A subject of several lines",
    "ADDRESS_MISFIT": "An address that cannot be one",
    "ATTACHMENTS_TOO_MANY": "Too many attachments",
    "REQUEST_MISFIT": "A request that cannot be made, or whose answer cannot be read so",
    "PLACEHOLDER_MISFIT": "A brace that is no place for an input",
    "SECRET_IN_HEADER": "A secret in a header",
    "NAME_RESERVED": "An output named as the error route's",
    "DEFAULT_MISFIT": "A default or sample of another type",
    "CODE_REFUSED": "Code or an expression that cannot run",
    "TYPE_MISMATCH": "A value of a type that never fits",
    "VARIABLE_UNKNOWN": "An edge or setting of a variable that is not there",
    "TASK_UNKNOWN": "A task that is not there",
    "ROUTE_UNKNOWN": "A route that the task does not have",
    "ERROR_ROUTE_NOT_TAKEN": "An edge from an error route that is never taken",
    "CONTINUE_FEEDS_REQUIRED": "A task that may fail and go on, feeding what is required",
    "REVIEWED_INPUT_FED": "An edge to what a review is given anyway",
    "NOTHING_TO_REVIEW": "A review of a task that gives nothing",
    "GATHER_MISFIT": "Gathering into no list",
    "INPUT_WITHOUT_SOURCE": "A required input that nothing brings",
    "UNREACHABLE_OUTPUT": "A required output that nothing brings",
    "EXCLUSIVE_ROUTES": "Waiting for routes that exclude each other",
    "NEVER_RUNS": "A task that can never run",
    "USED_BESIDE_REVIEW": "A reviewed task's output, used beside its review",
    "COMPENSATES_WRONGLY": "A compensation of what cannot be compensated",
    "COMPENSATION_BY_PERSON": "A compensation that a person does",
    "COMPENSATION_FOR_EACH": "A compensation for each item",
    "COMPENSATION_POLICY": "A compensation with a way on",
    "COMPENSATION_LEADS_ON": "Something behind a compensation",
    "COMPENSATION_FOLLOWS": "A compensation that waits for a route",
    "COMPENSATION_FED_LATER": "A compensation fed by what comes later",
    "MESSAGE_TYPES_DIFFER": "One message with values of different types",
    "SUB_WORKFLOW_NOT_ACTIVE": "A workflow to execute that is not active",
    "RECURSION": "A workflow that leads back to the one that executes it",
    "DEPTH_EXCEEDED": "Too many workflows that execute each other",
    "SIGNATURE_DIFFERS": "Other inputs or outputs than the executed workflow has",
    "CREDENTIAL_UNKNOWN": "A credential that is not there",
    "CREDENTIAL_MISFIT": "A credential of another kind",
}
_WARNINGS = {
    "ROUTE_LEADS_NOWHERE": "A route that leads nowhere",
    "ANY_NOT_EXCLUSIVE": "Any of routes that can both be taken",
    "REVIEW_NOT_FOLLOWED": "What a review gives, used whatever was decided",
    "INPUT_UNUSED": "An input that nothing uses",
    "OUTPUT_UNUSED": "An output that nothing uses",
    "HEAVY_AT_ONCE": "Many heavy tasks at once",
    "TYPE_MAY_DIFFER": "A value that may not be of the type that is wanted",
    "INPUTS_UNCHECKED": "An input that many tasks take as it comes",
    "TWO_THINGS": "A task that decides and acts",
    "CHAIN_LONG": "Many tasks in a row",
    "UNGUARDED_EFFECT": "An effect that nobody has decided",
    "ENTANGLED": "Two tasks with many links between them",
    "WORKFLOW_RENAMED": "A workflow to execute by its former name",
    "CREDENTIAL_UNTESTED": "A credential that was never tested",
}

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **{code: Rule(code, "error", title) for code, title in _ERRORS.items()},
        **{code: Rule(code, "warning", title) for code, title in _WARNINGS.items()},
    }
)
"""By code. What a kind of a composition's own finds in its configuration may have further codes."""


def _pass(scope: Scope, examine: Callable[..., Iterator[Check]], *codes: str) -> Pass:
    return Pass(scope, frozenset(codes), examine)


PASSES: tuple[Pass, ...] = (
    _pass("design", configuration.of_design, "WORKFLOW_EMPTY", "CYCLE"),
    _pass(
        "task",
        configuration.of_task,
        "TASK_KIND_UNKNOWN",
        "CONFIGURATION_MISFIT",
        "MISSING_CONFIGURATION",
        "DECLARED_TWICE",
        "UNKNOWN_VARIABLE",
        "OPERATION_MISFIT",
        "TYPE_MISMATCH",
        "DEFAULT_MISFIT",
        "CODE_TOO_LONG",
        "FILE_FROM_CODE",
        "EXPRESSION_TOO_LONG",
        "PROMPT_TOO_LONG",
        "MODEL_MISFIT",
        "FILE_FROM_MODEL",
        "FILE_NAME_MISFIT",
        "SQL_MISFIT",
        "SETTINGS_CONFLICT",
        "ROLE_MISFIT",
        "GUIDANCE_TOO_LONG",
        "RESERVED_NAME",
        "DURATION_MISFIT",
        "DATE_MISFIT",
        "QUEUE_MISFIT",
        "LEASE_MISFIT",
        "TEMPLATE_TOO_LONG",
        "SUBJECT_MISFIT",
        "ADDRESS_MISFIT",
        "ATTACHMENTS_TOO_MANY",
        "VARIABLE_UNKNOWN",
        "REQUEST_MISFIT",
        "PLACEHOLDER_MISFIT",
        "SECRET_IN_HEADER",
        "NAME_RESERVED",
    ),
    _pass("facts", configuration.of_findings, "CODE_REFUSED"),
    _pass("variable", configuration.of_variable, "DEFAULT_MISFIT"),
    _pass(
        "edge",
        links.of_edge,
        "TYPE_MISMATCH",
        "VARIABLE_UNKNOWN",
        "TASK_UNKNOWN",
        "ROUTE_UNKNOWN",
        "ERROR_ROUTE_NOT_TAKEN",
        "CONTINUE_FEEDS_REQUIRED",
        "REVIEWED_INPUT_FED",
        "TYPE_MAY_DIFFER",
    ),
    _pass(
        "task",
        links.of_task,
        "TASK_UNKNOWN",
        "NOTHING_TO_REVIEW",
        "CONTINUE_FEEDS_REQUIRED",
        "VARIABLE_UNKNOWN",
        "GATHER_MISFIT",
        "TYPE_MISMATCH",
    ),
    _pass("variable", links.of_variable, "GATHER_MISFIT"),
    _pass("design", sources.check, "INPUT_WITHOUT_SOURCE", "UNREACHABLE_OUTPUT"),
    _pass(
        "design",
        routes.check,
        "EXCLUSIVE_ROUTES",
        "NEVER_RUNS",
        "UNREACHABLE_OUTPUT",
        "ANY_NOT_EXCLUSIVE",
        "ROUTE_LEADS_NOWHERE",
    ),
    _pass("design", reviews.check, "USED_BESIDE_REVIEW", "REVIEW_NOT_FOLLOWED"),
    _pass(
        "design",
        compensation.check,
        "COMPENSATES_WRONGLY",
        "COMPENSATION_BY_PERSON",
        "COMPENSATION_FOR_EACH",
        "COMPENSATION_POLICY",
        "COMPENSATION_LEADS_ON",
        "COMPENSATION_FOLLOWS",
        "COMPENSATION_FED_LATER",
    ),
    _pass("design", messages.check, "MESSAGE_TYPES_DIFFER"),
    _pass("design", unused.check, "INPUT_UNUSED", "OUTPUT_UNUSED"),
    _pass("design", heavy.check, "HEAVY_AT_ONCE"),
    _pass("design", habits.unchecked, "INPUTS_UNCHECKED"),
    _pass("task", effects.of_task, "TWO_THINGS"),
    _pass("design", effects.check, "UNGUARDED_EFFECT"),
    _pass("design", habits.chains, "CHAIN_LONG"),
    _pass("design", habits.entangled, "ENTANGLED"),
    _pass(
        "facts",
        sub_workflows.check,
        "SUB_WORKFLOW_NOT_ACTIVE",
        "RECURSION",
        "DEPTH_EXCEEDED",
        "SIGNATURE_DIFFERS",
        "WORKFLOW_RENAMED",
    ),
    _pass("facts", credentials.check, "CREDENTIAL_UNKNOWN", "CREDENTIAL_MISFIT", "CREDENTIAL_UNTESTED"),
)
"""In the order in which their checks are told."""
