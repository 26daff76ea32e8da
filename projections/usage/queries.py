"""What a screen asks of the use of models, and what a runner asks before it uses them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from projections.tables import query
from projections.usage.rows import BudgetRow
from projections.views import Views


@dataclass(frozen=True, slots=True)
class UsedRow:
    """What a workflow used of one model in a month; the currency is empty where no price was known."""

    workflow_id: UUID
    provider: str
    model: str
    currency: str
    runs: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost_billionths: int


@dataclass(frozen=True, slots=True)
class UsedByWorkflow:
    """What a workflow used of all models in a month, whose prices are in one currency."""

    workflow_id: UUID
    currency: str
    tokens: int
    cost_billionths: int


_BUDGETS = query("select {b} from views.budgets b where b.workspace_id = %s", b=BudgetRow)
_USED = (
    b"select workflow_id, provider, model, currency, sum(runs)::int8, sum(requests)::int8, sum(input_tokens)::int8,"
    b" sum(output_tokens)::int8, sum(cost_billionths)::int8 from views.usage where workspace_id = %s and month = %s"
    b" and (%s::uuid is null or workflow_id = %s) group by 1, 2, 3, 4 order by 9 desc, 7 desc limit %s"
)
_BY_WORKFLOW = (
    b"select workflow_id, currency, sum(input_tokens + output_tokens)::int8, sum(cost_billionths)::int8"
    b" from views.usage where workspace_id = %s and month = %s group by 1, 2"
)
_POSITION = b"select position from views.progress"


async def find_budgets(views: Views, workspace_id: UUID) -> list[BudgetRow]:
    """The budgets of a workspace and its workflows."""
    return await views.fetch(BudgetRow, _BUDGETS, (workspace_id,))


async def list_usage(
    views: Views, workspace_id: UUID, month: str, *, workflow_id: UUID | None = None, most: int = 1_000
) -> list[UsedRow]:
    """What was used in a month, by workflow and model, the dearest first."""
    return await views.fetch(UsedRow, _USED, (workspace_id, month, workflow_id, workflow_id, most))


async def read_standing(views: Views, workspace_id: UUID, month: str) -> tuple[int, list[UsedByWorkflow]]:
    """What each workflow used in a month, and the position that is true at, in one snapshot."""
    async with views.snapshot() as connection:
        found = await (await connection.execute(_POSITION)).fetchone()
        rows = await (await connection.execute(_BY_WORKFLOW, (workspace_id, month))).fetchall()
    return 0 if found is None else int(found[0]), [UsedByWorkflow(*row) for row in rows]
