"""Budgets on a real runner: what is used up refuses the next request, whatever is recorded yet, and a larger budget lets it through."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.budgets import Budget
from domain.graph import Retry
from domain.jobs.events import JobFailed, TaskFailed, TaskStarted
from domain.jobs.run import Usage
from domain.money import Cost
from domain.workspaces.commands import OpenWorkspace, SetBudget
from event_store.units import Origin
from projections import views as views_module
from projections.views import Views
from runner.actions.contract import BudgetExceeded, Failed, Outcome, Succeeded, TaskRun, Tools
from runner.budgets import Budgets
from runner.performance import Performance
from tests.runner.scripted import Scripted, one, runner_here
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

PRICE = 1_000_000
"""So many tokens cost one dollar."""


def cost_of(tokens_in: int, tokens_out: int) -> Cost:
    return Cost(amount=f"{(tokens_in + tokens_out) / PRICE:.9f}", currency="USD")


async def use(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    """Uses as many tokens as its value says, and records them."""
    asks_only, tokens = inputs["value"].startswith("?"), int(inputs["value"].removeprefix("?"))
    try:
        await tools.budget.reserve(tokens, 1, cost_of)
    except BudgetExceeded as exceeded:
        return Failed(exceeded.code, exceeded.message)
    if asks_only:
        tools.budget.spend(0, 0, None)
        return Succeeded({"value": "done"})
    tools.budget.spend(tokens, 0, cost_of(tokens, 0))
    usage = Usage(
        provider="openai", model="m", requests=1, input_tokens=tokens, output_tokens=0, cost=cost_of(tokens, 0)
    )
    return Succeeded({"value": "done"}, usage=usage)


async def set_budget(stage: Stage, budget: Budget | None, workflow_id: UUID | None = None) -> None:
    command = SetBudget(at=datetime.now(UTC), workspace_id=stage.workspace, budget=budget, workflow_id=workflow_id)
    await stage.system.dispatch.send(command, stage.origin)
    await caught_up(stage)


async def caught_up(stage: Stage) -> None:
    last = await stage.system.reader.last_position()
    assert await stage.system.waiting.wait_for(last, 20)


async def open_workspace(stage: Stage) -> None:
    command = OpenWorkspace(
        at=datetime.now(UTC), workspace_id=stage.workspace, organization_id=uuid4(), name="Invoices"
    )
    origin: Origin = stage.origin
    await stage.system.dispatch.send(command, origin)


async def run(stage: Stage, graph_hash: str, tokens: int | str) -> str | None:
    """Runs a job that uses so much; gives the code it failed with."""
    job_id = await stage.start_job(one(), graph_hash, value=str(tokens))

    async def over() -> bool:
        return await stage.ended([job_id]) or await stage.has_event(job_id, JobFailed)

    await until(over)
    failures = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
    return failures[0].error.code if failures else None


async def test_a_budget_of_the_workspace_is_kept(stage: Stage) -> None:
    await open_workspace(stage)
    await stage.start_part("projector")
    graph_hash = await stage.store_graph(one())
    async with runner_here(stage, Scripted(use)):
        assert await run(stage, graph_hash, 100) is None
        await set_budget(stage, Budget(tokens=1_000))
        assert await until_told(stage, graph_hash, 2_000) == "BUDGET_EXCEEDED"
        assert await run(stage, graph_hash, 500) is None
        assert await run(stage, graph_hash, 500) == "BUDGET_EXCEEDED", "100 and 500 are used already"
        assert await run(stage, graph_hash, 300) is None
        await caught_up(stage)
        assert await run(stage, graph_hash, 300) == "BUDGET_EXCEEDED"
        await set_budget(stage, Budget(cost=Cost(amount="1", currency="USD")))
        assert await until_told(stage, graph_hash, 300, wanted=None) is None
        assert await run(stage, graph_hash, PRICE) == "BUDGET_EXCEEDED"
        await set_budget(stage, Budget(cost=Cost(amount="1", currency="EUR")))
        assert await until_told(stage, graph_hash, 1, wanted="PRICE_UNKNOWN") == "PRICE_UNKNOWN"
        await set_budget(stage, None)
        assert await until_told(stage, graph_hash, 5_000, wanted=None) is None


async def until_told(stage: Stage, graph_hash: str, tokens: int, wanted: str | None = "BUDGET_EXCEEDED") -> str | None:
    """The same, once the runner has read the budget anew."""
    found: str | None = "not yet"
    for _ in range(100):
        found = await run(stage, graph_hash, f"?{tokens}")
        if found == wanted:
            break
    return found


async def test_a_budget_of_a_workflow_limits_that_one_only(stage: Stage) -> None:
    await open_workspace(stage)
    await stage.start_part("projector")
    await set_budget(stage, Budget(tokens=10), uuid4())
    graph_hash = await stage.store_graph(one())
    async with runner_here(stage, Scripted(use)):
        assert await run(stage, graph_hash, 100) is None


async def test_what_is_set_aside_counts_before_it_is_used(stage: Stage) -> None:
    await open_workspace(stage)
    await stage.start_part("projector")
    await set_budget(stage, Budget(tokens=1_000))
    graph_hash = await stage.store_graph(one())
    go, waiting = asyncio.Event(), asyncio.Event()

    async def slowly(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        if inputs["value"] == "800":
            assert await tools.budget.reserve(800, 100, cost_of) == 200
            waiting.set()
            await go.wait()
            tools.budget.spend(10, 0, None)
            return Succeeded({"value": "done"})
        return await use(run, inputs, tools)

    async with runner_here(stage, Scripted(slowly)):
        first = await stage.start_job(one(), graph_hash, value="800")
        await asyncio.wait_for(waiting.wait(), 20)
        assert await run(stage, graph_hash, 200) == "BUDGET_EXCEEDED"
        go.set()

        async def done() -> bool:
            return await stage.ended([first])

        await until(done)
        assert await until_told(stage, graph_hash, 200, wanted=None) is None


async def test_while_the_read_models_are_away_nobody_knows_what_is_left_and_a_retry_may_help(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_module, "READ_SECONDS_MAX", 0.2)
    away = Views("host=127.0.0.1 port=1 dbname=nowhere connect_timeout=1")
    await away.start()
    budgets = Budgets(away, stage.system.reader)

    async def use_then(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        now, started = datetime.now(UTC), TaskStarted(run=run.run, bindings={})
        performance = Performance(run.workspace, run.job_id, 0, 2, started, run.run.text, now)
        try:
            await budgets.of_run(performance, uuid4()).reserve(10, 1, cost_of)
        except BudgetExceeded as exceeded:
            return Failed(exceeded.code, exceeded.message, retryable=exceeded.retryable)
        return Succeeded(dict(inputs))

    graph = one(retry=Retry(attempts=2, delay_seconds=0.05))
    try:
        async with runner_here(stage, Scripted(use_then)):
            job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
            await until(lambda: stage.has_event(job_id, JobFailed))
    finally:
        await away.stop()
    failures = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
    assert [(each.error.code, each.then) for each in failures] == [
        ("BUDGET_UNKNOWN", "retry"),
        ("BUDGET_UNKNOWN", "fail_job"),
    ]
