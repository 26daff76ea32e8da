"""The read models `usage` and `budgets`: what runs used of models in each month, and how much they may."""

from projections.usage.queries import UsedByWorkflow, UsedRow, find_budgets, list_usage, read_standing
from projections.usage.rows import BILLION, WHOLE_MONTH_FORMAT, BudgetRow, UsageRow

__all__ = [
    "BILLION",
    "WHOLE_MONTH_FORMAT",
    "BudgetRow",
    "UsageRow",
    "UsedByWorkflow",
    "UsedRow",
    "find_budgets",
    "list_usage",
    "read_standing",
]
