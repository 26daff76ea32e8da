"""Jobs and their runs as read models: what the rows say is what the job's own fold says."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.jobs.events import JobChildrenPaused, JobPaused, JobResumed, TaskStarted, TaskWaitBegan
from domain.jobs.run import Run
from domain.jobs.shard import SHARDS
from domain.jobs.state import Job, TaskStatus
from projections.engine import read_open_work
from projections.jobs import find_for_each, find_job, list_job_items, list_job_tasks
from projections.views import Views
from tests.conftest import Database
from tests.projections.stories import played
from tests.projections.written import WORKSPACE, new_id, project_all, reading, started, writing

pytestmark = pytest.mark.anyio

JOBS = 60
FAR = datetime(2999, 1, 1, tzinfo=UTC)


async def test_rows_say_what_the_fold_of_the_job_says(database: Database) -> None:
    drivers = {new_id(): played(seed) for seed in range(JOBS)}
    async with writing(database) as log:
        for job_id, driver in drivers.items():
            await log.write(job_id, *driver.play.log)
    await project_all(database, batch_events=50)
    async with reading(database) as views:
        for job_id, driver in drivers.items():
            job = driver.play.job
            row = await find_job(views, WORKSPACE, job_id)
            assert row is not None
            assert (row.status, row.version) == (job.status, job.version)
            assert row.running == job.running_count
            assert row.waiting == len(job.waiting())
            assert row.held == len(job.held())
            assert row.retrying == len(job.retrying())
            last = {task.task: task for task in (await list_job_tasks(views, job_id)).rows}
            for name in driver.tasks:
                run, status = job.task_run(name), job.task_status(name)
                if name in last:
                    rounds = [each.run for each in job.rounds.values()]
                    assert last[name].status == (TaskStatus.SUCCEEDED if run in rounds else status)
                    assert last[name].outcome_version == (None if run is None else job.where.get(run))
                else:
                    assert status in (TaskStatus.PENDING, TaskStatus.CANCELLED)
            await compare_items(views, job_id, job)
        work = await read_open_work(views, range(SHARDS), FAR)
    open_jobs = {job.job_id: job for job in work.jobs}
    timers = {(timer.job_id, timer.run): timer.due_at for timer in work.timers}
    for job_id, driver in drivers.items():
        job = driver.play.job
        assert (job_id in open_jobs) == (job.ended is None and bool(job.running_count or job.is_ending))
        if job_id in open_jobs:
            assert open_jobs[job_id].running == job.running_count
        for run in [*job.running(), *job.waiting(), *job.retrying()]:
            assert timers.pop((job_id, run.text), None) == job.due_at(run)
    assert not timers
    assert {job.job_id: job.due_at for job in work.due_jobs} == {
        job_id: driver.play.job.deadline
        for job_id, driver in drivers.items()
        if driver.play.job.ended is None and driver.play.job.ending is None and driver.play.job.deadline is not None
    }


async def test_a_pause_that_is_still_passed_on_is_open_work_though_the_job_only_waits(database: Database) -> None:
    passing, told, resuming = new_id(), new_id(), new_id()
    children = (new_id(),)
    waits = (
        started(),
        TaskStarted(run=Run(task="a"), bindings={}),
        TaskWaitBegan(run=Run(task="a"), waits_for="child", child_id=children[0]),
    )
    paused = JobPaused(reason="Look first.", children=children, more=1)
    page = JobChildrenPaused(reason="Look first.", children=children, more=0)
    async with writing(database) as log:
        await log.write(passing, *waits, paused)
        await log.write(told, *waits, paused, page)
        await log.write(resuming, *waits, paused, page, JobResumed(children=children, more=1))
    await project_all(database)
    async with reading(database) as views:
        work = await read_open_work(views, range(SHARDS), FAR)
    assert {job.job_id for job in work.jobs} == {passing, resuming}


async def compare_items(views: Views, job_id: UUID, job: Job) -> None:
    """The items of each for-each, as a whole and one by one."""
    for task, items in job.items.items():
        name, counts = job.index.names[task], items.counts
        whole = (await find_for_each(views, [(job_id, name)]))[job_id, name]
        assert (whole.running, whole.waiting) == (counts[TaskStatus.RUNNING], counts[TaskStatus.WAITING])
        assert whole.held == counts[TaskStatus.HELD] + counts[TaskStatus.OUTCOME_UNKNOWN]
        assert whole.retrying == sum(1 for run in job.retrying() if run.task == name)
        assert (whole.items, whole.succeeded, whole.failed) == (len(items), items.succeeded, items.failed)
        last = {run.item or 0: run for run in (await list_job_items(views, job_id, name)).rows}
        for item, run in last.items():
            rounds = [each.run.text for each in job.rounds.values()]
            assert run.status == (TaskStatus.SUCCEEDED if run.run in rounds else items.status(item))
            assert run.outcome_version == (
                items.where[item] or job.outcome(Run(task=name, item=item, round=run.round, attempt=run.attempt))
            )
