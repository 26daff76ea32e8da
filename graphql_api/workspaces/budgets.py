"""How much of language models may be used in a month, and how much was."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from domain.money import Cost as StoredCost
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, object_type
from graphql_api.log.actors import Actor, show_actor
from graphql_api.references import WorkflowReference
from graphql_api.refusals import ArgumentRefused
from graphql_api.values.money import Cost, show_cost
from graphql_api.values.shown import text
from graphql_api.workflows import types as workflow_types
from graphql_api.workflows.loaders import workflows_by_id
from projections.usage import BILLION, WHOLE_MONTH_FORMAT, BudgetRow, UsedRow, find_budgets, list_usage

USAGE_ROWS_MAX = 1_000

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@object_type
class Budget:
    """How much of language models a workspace, or one of its workflows, may use in a calendar month (UTC)."""

    workflow_id: strawberry.ID | None = about("The workflow; null for the workspace as a whole.")
    tokens: float | None = about("How many tokens, in and out together; null for any number.")
    cost: Cost | None = about("How much money; null for any amount.")
    set_at: datetime = about("When it was set.")
    set_by: Actor = about("Who set it.")
    reason: str | None = about("Why; null where nothing was said, or it is sealed.")


@object_type
class ModelUsage:
    """What the runs of a workflow used of one model in a month, of failures, previews and what was not wanted any more too, as far as it was recorded."""

    row: strawberry.Private[UsedRow]
    provider: str = about("Who was asked.")
    model: str = about("The model, as its provider names it.")
    runs: float = about("How many runs asked it.")
    requests: float = about("How many requests they made.")
    input_tokens: float = about("Tokens given.")
    output_tokens: float = about("Tokens received.")
    cost: Cost | None = about("What it cost; null where no price was known.")

    @field
    async def workflow(self, info: Info) -> WorkflowReference | None:
        """The workflow."""
        row = await info.context.loader(workflows_by_id).load(self.row.workflow_id)
        return None if row is None else workflow_types.show_workflow(row)


async def budgets_of(context: Context) -> list[Budget]:
    """The budgets of the workspace, its own first."""
    context.identity.require("job:read")
    rows = await find_budgets(context.api.system.views, context.workspace_id)
    return [_budget(row) for row in sorted(rows, key=lambda row: (row.workflow_id != row.workspace_id, row.set_at))]


async def usage_of(context: Context, month: str | None, workflow_id: strawberry.ID | None) -> list[ModelUsage]:
    """What was used of models in a month."""
    context.identity.require("job:read")
    asked = datetime.now(UTC).strftime(WHOLE_MONTH_FORMAT) if month is None else month
    if _MONTH.fullmatch(asked) is None:
        raise ArgumentRefused(expected="a month like 2026-11", name="month", found=f"{asked!r:.40}")
    workflow = None if workflow_id is None else read_id(workflow_id) or UUID(int=0)
    rows = await list_usage(
        context.api.system.views, context.workspace_id, asked, workflow_id=workflow, most=USAGE_ROWS_MAX
    )
    return [_usage(row) for row in rows]


def _budget(row: BudgetRow) -> Budget:
    whole = row.workflow_id == row.workspace_id
    return Budget(
        workflow_id=None if whole else strawberry.ID(str(row.workflow_id)),
        tokens=row.tokens,
        cost=show_cost(None if row.cost is None else StoredCost.model_validate(row.cost)),
        set_at=row.set_at,
        set_by=show_actor(row.set_by),
        reason=text(row.reason),
    )


def _usage(row: UsedRow) -> ModelUsage:
    amount = format((Decimal(row.cost_billionths) / BILLION).normalize(), "f")
    return ModelUsage(
        row=row,
        provider=row.provider,
        model=row.model,
        runs=row.runs,
        requests=row.requests,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost=Cost(amount=amount, currency=row.currency) if row.currency else None,
    )
