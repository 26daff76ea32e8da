"""The read models `usage` and `budgets`: what runs used in each month, of failures too, and how much may be used."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.budgets import Budget
from domain.events import Event
from domain.jobs.events import TaskFailed, TaskSucceeded
from domain.jobs.run import Facts, Failure, Run, Usage
from domain.money import Cost
from domain.workspaces.events import BudgetSet, WorkspaceOpened
from projections.usage import UsedByWorkflow, find_budgets, list_usage, read_standing
from tests.conftest import Database
from tests.projections.written import (
    OTHER_WORKSPACE,
    WORKFLOW,
    WORKSPACE,
    new_id,
    project_all,
    reading,
    started,
    writing,
)

pytestmark = pytest.mark.anyio

OTHER_WORKFLOW = UUID(int=5)


def used(model: str = "tiny-1", cost: str | None = "0.000000001", currency: str = "USD", tokens: int = 10) -> Usage:
    paid = None if cost is None else Cost(amount=cost, currency=currency)
    return Usage(provider="openai", model=model, requests=2, input_tokens=tokens, output_tokens=1, cost=paid)


def succeeded(usage: Usage | None) -> Event:
    return TaskSucceeded(run=Run(task="a"), outputs={}, facts=Facts(), usage=usage)


def failed(usage: Usage) -> Event:
    return TaskFailed(run=Run(task="a"), error=Failure(code="X", message="x"), then="fail_job", usage=usage)


def month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


async def test_what_runs_used_adds_up_by_workflow_and_model(database: Database) -> None:
    one, two = new_id(), new_id()
    async with writing(database) as log, reading(database) as views:
        await log.write(one, started(), succeeded(used()), failed(used("large-1", "1.5")), succeeded(None))
        await log.write(two, started(workflow_id=OTHER_WORKFLOW), succeeded(used(cost=None)))
        await log.write(new_id(), started(), succeeded(used()), workspace=OTHER_WORKSPACE)
        await project_all(database, batch_events=2)
        await log.write(one, succeeded(used()))
        await project_all(database)
        rows = await list_usage(views, WORKSPACE, month())
        assert [(row.workflow_id, row.model, row.currency, row.cost_billionths) for row in rows] == [
            (WORKFLOW, "large-1", "USD", 1_500_000_000),
            (WORKFLOW, "tiny-1", "USD", 2),
            (OTHER_WORKFLOW, "tiny-1", "", 0),
        ]
        assert [(row.runs, row.requests, row.input_tokens, row.output_tokens) for row in rows] == [
            (1, 2, 10, 1),
            (2, 4, 20, 2),
            (1, 2, 10, 1),
        ]
        assert await list_usage(views, WORKSPACE, month(), workflow_id=OTHER_WORKFLOW) == rows[2:]
        assert await list_usage(views, WORKSPACE, "1999-01") == []


async def test_a_standing_says_as_of_which_position_it_is_true(database: Database) -> None:
    async with writing(database) as log, reading(database) as views:
        position = await log.write(new_id(), started(), succeeded(used(cost="2")))
        await project_all(database)
        found, rows = await read_standing(views, WORKSPACE, month())
        assert found == position
        assert rows == [UsedByWorkflow(WORKFLOW, "USD", 11, 2_000_000_000)]


async def test_the_last_budget_stands(database: Database) -> None:
    opened = WorkspaceOpened(organization_id=new_id(), name="Invoices")
    euros = Budget(cost=Cost(amount="20", currency="EUR"))
    async with writing(database) as log, reading(database) as views:
        await log.write(
            WORKSPACE, opened, BudgetSet(budget=Budget(tokens=5)), BudgetSet(workflow_id=WORKFLOW, budget=euros)
        )
        await log.write(
            WORKSPACE,
            BudgetSet(budget=Budget(tokens=7), reason="more"),
            BudgetSet(workflow_id=OTHER_WORKFLOW, budget=euros),
        )
        await log.write(WORKSPACE, BudgetSet(workflow_id=OTHER_WORKFLOW))
        await project_all(database, batch_events=2)
        rows = {row.workflow_id: (row.tokens, row.cost, row.reason) for row in await find_budgets(views, WORKSPACE)}
        assert rows == {
            WORKSPACE: (7, None, "more"),
            WORKFLOW: (None, {"amount": "20", "currency": "EUR"}, None),
        }
        assert await find_budgets(views, OTHER_WORKSPACE) == []
