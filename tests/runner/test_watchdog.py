"""Nothing stands still unnamed: the watchdog is silent through kill -9, and speaks when what it looks for is there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import pytest

from domain.graph import Retry
from domain.jobs.commands import PauseJob
from domain.jobs.events import TaskFailed, TaskStarted
from domain.jobs.reports import RUNNER_LOSSES_MAX
from projections.engine import StuckJob, list_stuck_jobs
from runner.actions.contract import Failed, Outcome, TaskRun, Tools
from tests.conftest import Database
from tests.runner.scripted import Scripted, echo, hang, one, runner_here
from tests.runner.stage import Stage, chain, until
from tests.runner.test_outcomes import reviewed

pytestmark = pytest.mark.anyio


async def stuck(stage: Stage, no_runner: float = 15.0, overdue: float = 60.0) -> list[StuckJob]:
    """What the watchdog finds once the read models know all."""
    position = await stage.system.reader.last_position()
    assert await stage.system.waiting.wait_for(position, 10)
    return await list_stuck_jobs(
        stage.system.views, stage.workspace, no_runner_seconds=no_runner, overdue_seconds=overdue
    )


async def test_it_is_silent_while_jobs_run_wait_retry_or_are_paused(stage: Stage) -> None:
    await stage.start_part("projector")

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return (
            Failed("BUSY", "Expected an answer.", retryable=True)
            if inputs["value"] == "busy"
            else await echo(run, inputs, tools)
        )

    retrying = one(retry=Retry(attempts=2, delay_seconds=900.0))
    graph = await stage.store_graph(retrying)
    async with runner_here(stage, Scripted(perform)):
        waits, paused = [await stage.start_job(retrying, graph, value="busy") for _ in range(2)]
        await stage.start_job(reviewed(), await stage.store_graph(reviewed()), value="x")
        for job_id in (waits, paused):
            await until(partial(stage.has_event, job_id, TaskFailed))
        pause = PauseJob(at=datetime.now(UTC), job_id=paused, reason="The bank is closed.")
        await stage.system.dispatch.send(pause, stage.origin)
        assert await stuck(stage, no_runner=0.0, overdue=0.0) == []


async def test_it_is_silent_through_runners_killed_again_and_again(stage: Stage) -> None:
    await stage.start_part("projector")
    graph = chain("noop", 3)
    content = await stage.store_graph(graph)
    await stage.start_part("runner", "spare")
    jobs = []
    for round_ in range(RUNNER_LOSSES_MAX - 1):  # A run that is lost once more fails, as it should.
        victim = await stage.start_part("runner", f"victim {round_}")
        jobs += [await stage.start_job(graph, content, value=f"{number}") for number in range(40)]
        victim.kill()
        await victim.wait()
        assert await stuck(stage) == []
    found: list[StuckJob] = []
    while not await stage.ended(jobs):
        found += await stuck(stage)
        await asyncio.sleep(0.1)
    assert found == []
    assert await stuck(stage, no_runner=0.0, overdue=0.0) == []


async def test_it_says_when_no_runner_holds_what_is_to_be_performed(stage: Stage) -> None:
    await stage.start_part("projector")
    graph = one()
    async with runner_here(stage, Scripted(hang)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, TaskStarted))
    assert await stuck(stage) == []

    async def told() -> bool:
        return [(one.job_id, one.because) for one in await stuck(stage, no_runner=0.2)] == [(job_id, "no_runner")]

    await until(told)
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: stage.ended([job_id]))
        assert await stuck(stage) == []


async def test_it_says_what_is_overdue_and_what_nothing_moves(stage: Stage, database: Database) -> None:
    await stage.start_part("projector")
    graph = reviewed(time_limit_seconds=0.3).model_copy(update={"time_limit_seconds": 0.2})
    async with runner_here(stage, Scripted(hang)):
        job_id = await stage.start_job(one(), await stage.store_graph(one()), value="x")
        await until(lambda: stage.has_event(job_id, TaskStarted))
        await stuck(stage)
        async with await psycopg.AsyncConnection.connect(database.owner_dsn, autocommit=True) as broken:
            # What the engine cannot write is written here by hand.
            await broken.execute("update views.open_jobs set running = 0, moving = false")
            assert [one.because for one in await stuck(stage)] == ["nothing_moves"]
            await broken.execute("update views.open_jobs set paused = true")
            assert await stuck(stage) == []
    late = await stage.start_job(graph, await stage.store_graph(graph), value="x")

    async def told() -> bool:
        return (late, "overdue") in [(one.job_id, one.because) for one in await stuck(stage, overdue=0.1)]

    await until(told)
