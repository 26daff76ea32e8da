"""The rows of the read models `usage` and `budgets`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table

WHOLE_MONTH_FORMAT = "%Y-%m"
"""A calendar month in UTC, as `2026-11`."""
BILLION = 1_000_000_000


@dataclass(slots=True)
class UsageRow:
    """What the runs of a job used of one model in a month; without a known price `currency` is empty and the cost nothing."""

    job_id: UUID
    month: str
    provider: str
    model: str
    currency: str
    workspace_id: UUID
    workflow_id: UUID
    runs: int = 0
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_billionths: int = 0


@dataclass(slots=True)
class BudgetRow:
    """How much a workspace (`workflow_id` is then its own id) or one of its workflows may use in a month."""

    workspace_id: UUID
    workflow_id: UUID
    tokens: int | None
    cost: Json
    set_at: datetime
    set_by: str
    reason: Json = None


USAGE_TABLE: Table[Any] = Table("usage", UsageRow, ("job_id", "month", "provider", "model", "currency"))
BUDGETS_TABLE: Table[Any] = Table("budgets", BudgetRow, ("workspace_id", "workflow_id"))
