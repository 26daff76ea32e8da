"""Budgets for language models: what is left of a month's, by what the log says was used, and what is under way here.

The read models tell what was used; what runs here have used and not yet recorded, or have set aside for a request, is known here alone. So a
budget is kept exactly by one runner, and exceeded by what other runners have under way at that moment, and by no more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from domain.budgets import Budget
from domain.money import Cost
from event_store.reader import Reader
from event_store.units import StoreUnavailable
from projections.usage import BILLION, WHOLE_MONTH_FORMAT, UsedByWorkflow, find_budgets, read_standing
from projections.views import Views
from runner.actions.asking.limits import left_for_answer
from runner.actions.contract import BudgetExceeded
from runner.performance import Performance

READ_AGAIN_SECONDS = 1.0
"""How old what the read models said may be."""
READINGS_MAX = 20
READING_SECONDS = 0.02
"""How often, and after how long, they are read again while they lag behind runs that have ended here."""
WORKSPACES_KEPT_MAX = 1_000
BUDGET_UNKNOWN = "BUDGET_UNKNOWN"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Use:
    """What one request used, or is expected to: it counts until the read models have it."""

    workflow_id: UUID
    tokens: int
    cost: Cost | None


@dataclass(slots=True, eq=False)
class _OfRun:
    """What a run used. `recorded_by`: a position of the log by which its outcome stands there, once it has ended."""

    uses: list[_Use] = field(default_factory=list)
    is_over: bool = False
    recorded_by: int | None = None


@dataclass(slots=True)
class _Standing:
    """What the read models say of a workspace in a month."""

    month: str
    read_at: float
    budgets: dict[UUID, Budget]  # by workflow; the workspace's own by its own id
    position: int
    used: dict[tuple[UUID, str], tuple[int, Decimal]]  # by workflow and currency: tokens and money
    runs: set[_OfRun] = field(default_factory=set)


class Budgets:
    """The budgets of all workspaces, as a runner keeps them."""

    def __init__(self, views: Views, reader: Reader) -> None:
        self._views = views
        self._reader = reader
        self._standing: dict[UUID, _Standing] = {}
        self._reading: dict[UUID, asyncio.Task[_Standing]] = {}
        self._runs: dict[Performance, tuple[UUID, _OfRun]] = {}

    def of_run(self, performance: Performance, workflow_id: UUID) -> RunBudget:
        """What a run may use of models."""
        return RunBudget(self, performance, workflow_id)

    def over(self, performance: Performance) -> None:
        """A run has ended, and what it used stands in the log or never will."""
        found = self._runs.pop(performance, None)
        if found is not None:
            found[1].is_over = True

    async def reserve(
        self,
        performance: Performance,
        workflow_id: UUID,
        tokens: tuple[int, int],
        cost_of: Callable[[int, int], Cost | None],
    ) -> tuple[int | None, _Use]:
        """How many tokens an answer may have, and what was set aside for it; raises BudgetExceeded."""
        workspace = performance.workspace
        standing = await self._read(workspace)
        input_tokens, output_tokens = tokens
        allowed: int | None = None
        for of in (workflow_id, workspace):
            budget = standing.budgets.get(of)
            if budget is not None:
                left = _left(standing, budget, None if of == workspace else of, input_tokens, cost_of)
                allowed = left if allowed is None or left is None else min(left, allowed)
        expected = output_tokens if allowed is None else min(output_tokens, allowed)
        use = _Use(workflow_id, input_tokens + expected, cost_of(input_tokens, expected))
        _, of_run = self._runs.setdefault(performance, (workspace, _OfRun()))
        of_run.uses.append(use)
        standing.runs.add(of_run)
        return allowed, use

    async def _read(self, workspace: UUID) -> _Standing:
        standing = self._standing.get(workspace)
        now = asyncio.get_running_loop().time()
        if standing is not None and now - standing.read_at < READ_AGAIN_SECONDS and standing.month == _month():
            return standing
        reading = self._reading.get(workspace)
        if reading is None:
            reading = self._reading[workspace] = asyncio.ensure_future(self._read_anew(workspace))
            reading.add_done_callback(lambda _: self._reading.pop(workspace, None))
        return await asyncio.shield(reading)

    async def _read_anew(self, workspace: UUID) -> _Standing:
        before, month = self._standing.get(workspace), _month()
        runs = set() if before is None else before.runs
        try:
            # First the end of the log: what is over by now is recorded before it, or not at all.
            over = [run for run in runs if run.is_over and run.recorded_by is None]
            if over:
                last = await self._reader.last_position()
                for run in over:
                    run.recorded_by = last
            budgets = {
                row.workflow_id: Budget.model_validate({"tokens": row.tokens, "cost": row.cost})
                for row in await find_budgets(self._views, workspace)
            }
            position, rows = await self._caught_up(workspace, month, runs) if budgets else (0, [])
        except StoreUnavailable as error:
            _log.warning("what is left of budgets cannot be read: %s", error)
            raise BudgetExceeded(
                BUDGET_UNKNOWN,
                "Expected to read what is left of the budgets, but the read models are away.",
                retryable=True,
            ) from error
        used = {(row.workflow_id, row.currency): (row.tokens, Decimal(row.cost_billionths) / BILLION) for row in rows}
        kept = {run for run in runs if run.recorded_by is None or (budgets and run.recorded_by > position)}
        standing = _Standing(month, asyncio.get_running_loop().time(), budgets, position, used, kept)
        self._standing.pop(workspace, None)
        self._standing[workspace] = standing
        if len(self._standing) > WORKSPACES_KEPT_MAX:
            self._forget()
        return standing

    async def _caught_up(self, workspace: UUID, month: str, runs: set[_OfRun]) -> tuple[int, Sequence[UsedByWorkflow]]:
        """What was used, with all that is recorded by now; while the read models lag, what is not told yet is counted here."""
        readings = 1
        while True:
            position, rows = await read_standing(self._views, workspace, month)
            told = all(run.recorded_by is None or run.recorded_by <= position for run in runs)
            if told or readings == READINGS_MAX:
                return position, rows
            readings += 1
            await asyncio.sleep(READING_SECONDS)

    def _forget(self) -> None:
        for workspace, standing in list(self._standing.items()):
            if not standing.runs:
                del self._standing[workspace]
                return


@dataclass(slots=True)
class RunBudget:
    """What a run may use of models: of its workflow's and its workspace's budgets for the month."""

    budgets: Budgets
    performance: Performance
    workflow_id: UUID
    reserved: list[_Use] = field(default_factory=list)

    async def reserve(
        self, input_tokens: int, output_tokens: int, cost_of: Callable[[int, int], Cost | None]
    ) -> int | None:
        """Sets aside what a request will use; gives how many tokens its answer may have, None for any number. Raises BudgetExceeded."""
        allowed, use = await self.budgets.reserve(
            self.performance, self.workflow_id, (input_tokens, output_tokens), cost_of
        )
        self.reserved.append(use)
        return allowed

    def spend(self, input_tokens: int, output_tokens: int, cost: Cost | None) -> None:
        """What was set aside becomes what was used."""
        if self.reserved:
            use = self.reserved.pop()
            use.tokens, use.cost = input_tokens + output_tokens, cost


def _left(
    standing: _Standing,
    budget: Budget,
    workflow_id: UUID | None,
    input_tokens: int,
    cost_of: Callable[[int, int], Cost | None],
) -> int | None:
    currency = None if budget.cost is None else budget.cost.currency
    tokens, money = 0, Decimal(0)
    for (of, priced_in), (used_tokens, used_money) in standing.used.items():
        if workflow_id in (None, of):
            tokens += used_tokens
            money += used_money if priced_in == currency else 0
    for run in standing.runs:
        for use in run.uses:
            if workflow_id in (None, use.workflow_id):
                tokens += use.tokens
                if use.cost is not None and use.cost.currency == currency:
                    money += Decimal(use.cost.amount)
    return left_for_answer(
        input_tokens,
        cost_of,
        of="the workspace" if workflow_id is None else "its workflow",
        tokens_left=None if budget.tokens is None else budget.tokens - tokens,
        cost_left=None if budget.cost is None else Decimal(budget.cost.amount) - money,
        currency=currency,
    )


def _month() -> str:
    return datetime.now(UTC).strftime(WHOLE_MONTH_FORMAT)
