"""A job times out when its time is up, whichever runner is there then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.jobs.events import JobTimedOut, TaskCancelled, TaskStarted
from tests.runner.scripted import Scripted, echo, hang, one, runner_here
from tests.runner.stage import Stage, until
from tests.runner.test_outcomes import reviewed

pytestmark = pytest.mark.anyio


async def test_what_it_performs_is_cancelled(stage: Stage) -> None:
    graph = one().model_copy(update={"time_limit_seconds": 0.5})
    action = Scripted(hang)
    async with runner_here(stage, action):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, JobTimedOut))
        assert await stage.has_event(job_id, TaskCancelled)


@pytest.mark.parametrize("projected", [False, True])
async def test_one_that_only_waits_times_out_though_its_runner_has_gone(stage: Stage, *, projected: bool) -> None:
    if projected:
        await stage.start_part("projector")
    graph = reviewed().model_copy(update={"time_limit_seconds": 1.0})
    async with runner_here(stage, Scripted(echo)):
        began = datetime.now(UTC)
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, TaskStarted, 2))

        async def known() -> bool:
            return bool(await stage.system.reader.rows("select 1 from views.open_jobs where due_at is not null", ()))

        if projected:
            await until(known)

    async def is_due() -> bool:
        return datetime.now(UTC) > began + timedelta(seconds=1.2)

    await until(is_due)
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: stage.has_event(job_id, JobTimedOut))
