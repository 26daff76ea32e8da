"""Waits for a time, on a real database: they end when it has come, whichever runner is there then."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.graph import Graph, GraphEdge, GraphTask
from domain.jobs.events import JobCompleted, TaskFailed, TaskSucceeded, TaskWaitBegan
from domain.jobs.state import Job
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


def wait(duration: float, **options: object) -> Graph:
    """A workflow of one wait."""
    made = GraphTask.model_validate({"name": "task", "kind": "wait", "config": {"duration": duration}, **options})
    return Graph(tasks=(made,))


async def test_a_wait_ends_with_its_time_and_not_before(stage: Stage) -> None:
    await stage.start_part("runner")
    graph = wait(0.5)
    began = datetime.now(UTC)
    job_id = await stage.start_job(graph, await stage.store_graph(graph))
    await until(lambda: stage.has_event(job_id, JobCompleted))
    assert datetime.now(UTC) - began >= timedelta(seconds=0.5)
    [waited] = [event for event in await stage.events(job_id) if isinstance(event, TaskWaitBegan)]
    assert waited.at_due == "succeed"
    assert waited.due_at is not None


async def test_a_time_that_has_passed_is_no_wait(stage: Stage) -> None:
    await stage.start_part("runner")
    task = GraphTask(name="task", kind="wait", config={"until": "2020-01-01"})
    after = GraphTask(name="after", kind="wait", config={"duration": 0})
    graph = Graph(tasks=(task, after), edges=(GraphEdge(source="task", route="done", target="after"),))
    job_id = await stage.start_job(graph, await stage.store_graph(graph))
    await until(lambda: stage.has_event(job_id, JobCompleted))


async def test_a_wait_that_fell_due_while_no_runner_was_there_ends_when_one_comes(stage: Stage) -> None:
    projector = await stage.start_part("projector")
    runner = await stage.start_part("runner", "first")
    graph = wait(4.0)  # Long enough to be seen in the read model and cut short there.
    job_id = await stage.start_job(graph, await stage.store_graph(graph))
    await until(lambda: stage.has_event(job_id, TaskWaitBegan))

    async def projected() -> bool:
        rows = await stage.system.reader.rows("select count(*) from views.open_runs where due_at is not null", ())
        return bool(rows[0][0])

    await until(projected)
    runner.kill()
    await runner.wait()
    [waited] = [event for event in await stage.events(job_id) if isinstance(event, TaskWaitBegan)]

    async def due() -> bool:
        return waited.due_at is not None and datetime.now(UTC) > waited.due_at

    await until(due)
    assert not await stage.has_event(job_id, TaskSucceeded)
    await stage.start_part("runner", "second")
    await until(lambda: stage.has_event(job_id, JobCompleted))
    assert projector.returncode is None


async def test_a_time_limit_ends_a_longer_wait(stage: Stage) -> None:
    await stage.start_part("runner")
    graph = wait(DAY, time_limit_seconds=0.5)
    job_id = await stage.start_job(graph, await stage.store_graph(graph))
    await until(lambda: stage.has_event(job_id, TaskFailed))
    [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
    assert failed.error.code == "TIME_LIMIT_EXCEEDED"


async def test_many_waits_cost_nothing_until_they_are_due(stage: Stage) -> None:
    await stage.start_part("runner")
    graph = wait(DAY)
    graph_hash = await stage.store_graph(graph)
    jobs = await asyncio.gather(*(stage.start_job(graph, graph_hash) for _ in range(50)))

    async def all_wait() -> bool:
        return await stage.count(TaskWaitBegan) == len(jobs)

    await until(all_wait)
    for job_id in jobs[:3]:
        job: Job
        job, _ = await stage.system.dispatch.load("job", job_id, stage.workspace)
        assert job.status == "WAITING"
        assert job.running() == []
