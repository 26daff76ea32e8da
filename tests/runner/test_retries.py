"""A failed run is tried again when it is due, whichever runner is there then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.graph import Retry
from domain.jobs.events import JobCompleted, TaskFailed, TaskRunnerLost, TaskStarted
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from tests.conftest import Database
from tests.runner.scripted import Scripted, echo, one, runner_here
from tests.runner.stage import Stage, until
from tests.runner.test_taking_over import lose_sessions

pytestmark = pytest.mark.anyio


def failing(times: int, **failed: Any) -> Scripted:
    """An action that fails so many times before it ends well."""

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        if run.run.attempt > times:
            return Succeeded(dict(inputs))
        return Failed("BUSY", "Expected an answer, but the other system is busy.", retryable=True, **failed)

    return Scripted(perform)


async def test_it_is_tried_again_until_it_ends_well_with_the_same_inputs(stage: Stage) -> None:
    graph = one(retry=Retry(attempts=3, delay_seconds=0.05))
    action = failing(2)
    async with runner_here(stage, action):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, JobCompleted))
    events = await stage.events(job_id)
    assert [event.run.text for event in events if isinstance(event, TaskStarted)] == [
        "task#1.1",
        "task#1.2",
        "task#1.3",
    ]
    assert [event.then for event in events if isinstance(event, TaskFailed)] == ["retry", "retry"]
    assert action.given == [{"value": "x"}] * 3
    await stage.assert_sound([job_id])


async def test_what_the_action_asks_for_is_waited_for(stage: Stage) -> None:
    graph = one(retry=Retry(attempts=2, delay_seconds=0.01))
    async with runner_here(stage, failing(1, retry_after_seconds=0.5)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        waited = await until(lambda: stage.has_event(job_id, JobCompleted))
    assert waited > 0.4


async def test_a_session_lost_while_it_waits_costs_no_attempt(stage: Stage, database: Database) -> None:
    graph = one(retry=Retry(attempts=2, delay_seconds=1.0, backoff="fixed"))
    async with runner_here(stage, failing(1)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, TaskFailed))
        await lose_sessions(database)
        await until(lambda: stage.has_event(job_id, JobCompleted))
    assert await stage.count(TaskRunnerLost) == 0


@pytest.mark.parametrize("projected", [False, True])
async def test_what_fell_due_while_no_runner_was_there_is_tried_again_by_the_next(
    stage: Stage,
    *,
    projected: bool,
) -> None:
    if projected:
        await stage.start_part("projector")
    graph = one(retry=Retry(attempts=2, delay_seconds=0.5, backoff="fixed"))
    async with runner_here(stage, failing(1)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, TaskFailed))

        async def known() -> bool:
            rows = await stage.system.reader.rows("select status from views.open_runs where due_at is not null", ())
            return rows == [("RETRYING",)]

        if projected:
            await until(known)
    [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]

    async def is_due() -> bool:
        return failed.retry_at is not None and datetime.now(UTC) > failed.retry_at

    await until(is_due)
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: stage.has_event(job_id, JobCompleted))
