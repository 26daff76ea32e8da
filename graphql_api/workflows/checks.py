"""The checks of a draft, as the schema shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from domain.workflows.checks import RULES, Examined, Facts, examine
from domain.workflows.checks import Check as DomainCheck
from domain.workflows.design import Design
from domain.workflows.operations import Operation
from graphql_api.context import Context
from graphql_api.describe import about, enumeration, object_type
from graphql_api.scalars import JSON
from graphql_api.workflows.credentials import find_named_credentials
from graphql_api.workflows.reading import show_operation
from graphql_api.workflows.sub_workflows import find_sub_workflows

FINDINGS_SECONDS_MAX = 2.0
"""So long a reader of checks waits for what code is found to be; a command waits until all is known."""


@enumeration
class CheckSeverity(Enum):
    """Whether a check blocks activation, or tells of the habits of good workflows."""

    ERROR = "error"
    WARNING = "warning"


@object_type
class Check:
    """One item of the builder's list."""

    code: str = about("The stable code.")
    severity: CheckSeverity = about("Whether it blocks activation.")
    place: str = about("Where, as in the workflow file: `tasks.sure.inputs.total`.")
    task: str | None = about("The task it speaks of.")
    message: str = about("What was expected there, and what was found.")
    expected: str = about("What was expected.")
    found: str = about("What was found.")
    repair: JSON | None = about("Operations that would mend it, as `editWorkflow` takes them.")


@object_type
class CheckKind:
    """A check there is; `docs/checks.md` says of each why, with examples."""

    code: str = about("The stable code.")
    severity: CheckSeverity = about("Whether it blocks activation.")
    title: str = about("What it finds, in a few words.")


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a draft, and of how many of its tasks the code is not looked at yet."""

    examined: Examined
    pending: int


async def examine_draft(context: Context, design: Design, workflow_id: UUID, before: Examined | None = None) -> Told:
    """Examines a draft with all that is known outside within a bound; with what was examined before, only what has changed."""
    found = await context.api.findings(design, FINDINGS_SECONDS_MAX)
    subs = await find_sub_workflows(context, design, workflow_id)
    credentials = await find_named_credentials(context, design)
    return Told(examine(design, Facts(found.findings, subs, credentials), before), found.pending)


def show_check(check: DomainCheck) -> Check:
    """A check as the schema shows it."""
    return Check(
        code=check.code,
        severity=CheckSeverity(check.severity),
        place=check.place,
        task=check.task,
        message=check.message,
        expected=check.expected,
        found=check.found,
        repair=None if check.repair is None else JSON([show_operation(_form(each)) for each in check.repair]),
    )


def show_check_kinds() -> list[CheckKind]:
    """Every check there is, errors first."""
    return [
        CheckKind(code=rule.code, severity=CheckSeverity(rule.severity), title=rule.title) for rule in RULES.values()
    ]


def _form(operation: Operation) -> dict[str, Any]:
    """An operation as JSON, without what it does not name: that stays as it is."""
    return {"do": operation.do, **operation.model_dump(mode="json", exclude_unset=True)}
