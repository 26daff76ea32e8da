"""What must be true after a runner or the database is killed, frozen or stopped: real processes, real signals."""

from __future__ import annotations

import asyncio
import signal

import pytest

from domain.jobs.events import JobCompleted, TaskRunnerLost, TaskStarted, TaskSucceeded
from event_store.embedded import EmbeddedPostgres
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio

GO_ON_SECONDS_MAX = 5.0
FROZEN_SECONDS_MAX = 15.0


async def test_after_kill_9_all_jobs_go_on_and_each_attempt_has_one_outcome(stage: Stage) -> None:
    graph = chain("slow", 5, seconds=0.05)
    graph_hash = await stage.store_graph(graph)
    runner = await stage.start_part("runner", "first")
    jobs = await asyncio.gather(*(stage.start_job(graph, graph_hash, value=f"job {n}") for n in range(60)))

    async def well_under_way() -> bool:
        return await stage.count(TaskSucceeded) >= 60

    await until(well_under_way)
    runner.kill()
    await runner.wait()
    assert not await stage.ended(jobs)
    await stage.start_part("runner", "second")
    await until(lambda: stage.ended(jobs), GO_ON_SECONDS_MAX)
    await stage.assert_sound(jobs)
    assert await stage.count(TaskRunnerLost) > 0


async def test_after_kill_9_of_one_of_two_runners_the_other_goes_on_with_its_jobs(stage: Stage) -> None:
    graph = chain("slow", 3, seconds=0.1)
    graph_hash = await stage.store_graph(graph)
    killed = await stage.start_part("runner", "killed")
    await stage.start_part("runner", "left")

    async def shared() -> bool:
        return await stage.shares() == {"killed": 32, "left": 32}

    await until(shared)
    jobs = await asyncio.gather(*(stage.start_job(graph, graph_hash, value=f"job {n}") for n in range(40)))
    await until(lambda: stage.has_event(jobs[0], TaskStarted))
    killed.kill()
    await until(lambda: stage.ended(jobs), GO_ON_SECONDS_MAX)
    await stage.assert_sound(jobs)


async def test_a_frozen_runner_loses_its_jobs_and_can_write_nothing_when_it_wakes(stage: Stage) -> None:
    graph = chain("slow", 2, seconds=1.0)
    graph_hash = await stage.store_graph(graph)
    frozen = await stage.start_part("runner", "frozen")
    jobs = await asyncio.gather(*(stage.start_job(graph, graph_hash, value=f"job {n}") for n in range(8)))

    async def all_started() -> bool:
        return all(await asyncio.gather(*(stage.has_event(job, TaskStarted) for job in jobs)))

    await until(all_started)
    frozen.send_signal(signal.SIGSTOP)
    await stage.start_part("runner", "awake")
    await until(lambda: stage.ended(jobs), FROZEN_SECONDS_MAX)
    frozen.send_signal(signal.SIGCONT)

    async def shared_again() -> bool:
        return await stage.shares() == {"frozen": 32, "awake": 32}

    await until(shared_again)
    await stage.assert_sound(jobs)
    for job in jobs:
        assert set(await stage.actors(job, TaskSucceeded)) == {"runner:awake"}


async def test_after_a_restart_of_postgresql_all_goes_on(stage: Stage, postgres_server: EmbeddedPostgres) -> None:
    graph = chain("slow", 4, seconds=0.1)
    graph_hash = await stage.store_graph(graph)
    await stage.start_part("runner")
    jobs = await asyncio.gather(*(stage.start_job(graph, graph_hash, value=f"job {n}") for n in range(20)))
    await until(lambda: stage.has_event(jobs[0], TaskSucceeded))
    await asyncio.to_thread(postgres_server.stop)
    await asyncio.to_thread(postgres_server.start)
    await until(lambda: stage.ended(jobs))
    await stage.assert_sound(jobs)


async def test_a_run_that_was_lost_after_its_shard_was_given_up_in_order_is_recorded_and_performed_again(
    stage: Stage,
) -> None:
    graph = chain("slow", 1, seconds=3_600)
    graph_hash = await stage.store_graph(graph)
    leaving = await stage.start_part("runner", "leaving")
    jobs = await asyncio.gather(*(stage.start_job(graph, graph_hash, value=f"job {n}") for n in range(8)))

    async def all_started() -> bool:
        return all(await asyncio.gather(*(stage.has_event(job, TaskStarted) for job in jobs)))

    await until(all_started)
    await stage.start_part("runner", "staying")
    leaving.terminate()

    async def given_up() -> bool:
        return await stage.shares() == {"staying": 64}

    await until(given_up)
    leaving.kill()

    async def all_lost() -> bool:
        return await stage.count(TaskRunnerLost) == len(jobs)

    await until(all_lost)

    async def none_late() -> bool:
        return await stage.system.reader.rows("select * from late_runs", ()) == []

    await until(none_late)


async def test_two_runners_share_and_one_leaves_in_order(stage: Stage) -> None:
    graph = chain("slow", 3, seconds=1.0)
    graph_hash = await stage.store_graph(graph)
    leaving = await stage.start_part("runner", "leaving")
    await stage.start_part("runner", "staying")

    async def shared() -> bool:
        return await stage.shares() == {"leaving": 32, "staying": 32}

    assert await until(shared) < GO_ON_SECONDS_MAX
    jobs = await asyncio.gather(*(stage.start_job(graph, graph_hash, value=f"job {n}") for n in range(16)))

    async def all_started() -> bool:
        return all(await asyncio.gather(*(stage.has_event(job, TaskStarted) for job in jobs)))

    await until(all_started)
    leaving.terminate()
    assert await asyncio.wait_for(leaving.wait(), GO_ON_SECONDS_MAX) == 0
    await until(lambda: stage.ended(jobs))
    await stage.assert_sound(jobs)
    assert await stage.shares() == {"staying": 64}
    # What it was performing when it left, it finished; nothing had to be performed again.
    assert await stage.count(TaskRunnerLost) == 0
    assert await stage.count(JobCompleted) == len(jobs)
