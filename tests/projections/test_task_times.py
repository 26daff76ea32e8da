"""How long tasks took is read of the newest completed jobs alone, however many there are."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from projections.jobs.task_times import JOBS_MAX, RUNS_READ_MAX, TaskTimesRow, list_task_times
from tests.conftest import Database
from tests.projections.written import OTHER_WORKSPACE, WORKFLOW, WORKSPACE, reading

pytestmark = pytest.mark.anyio

JOBS = (
    "insert into views.jobs (job_id, workspace_id, position, version, last_position, workflow_id, workflow_version, graph, rules,"
    " mode, source, started_by, started_at, status, running, waiting, held, succeeded, failed, skipped, cancelled)"
    " select uuid_in(md5(%(seed)s || n)::cstring), %(workspace)s, n, 1, n, %(workflow)s, 1, 'graph', 1, %(mode)s, 'api', 'member:x',"
    " now(), %(status)s, 0, 0, 0, 1, 0, 0, 0 from generate_series(1, %(jobs)s) n"
)
RUNS = (
    "insert into views.job_tasks (job_id, run, position, version, task, round, attempt, status, held, started_at, ended_at,"
    " corrected, losses, items, reused_of)"
    " select uuid_in(md5(%(seed)s || n)::cstring), %(task)s || '#1.1', n, 1, %(task)s, 1, 1, %(run_status)s, false, now(),"
    " now() + n * interval '1 second', false, 0, %(items)s, %(reused_of)s from generate_series(1, %(jobs)s) n"
)


def record(owner: psycopg.Connection[tuple[object, ...]], seed: str, jobs: int, **others: object) -> None:
    """So many jobs whose n-th took n seconds for a task."""
    usual = {
        "workspace": WORKSPACE,
        "workflow": WORKFLOW,
        "mode": "job",
        "status": "COMPLETED",
        "task": "find",
        "run_status": "SUCCEEDED",
        "items": None,
        "reused_of": None,
    }
    asked = {**usual, "seed": seed, "jobs": jobs, **others}
    owner.execute(JOBS.encode(), asked)
    owner.execute(RUNS.encode(), asked)


async def test_times_are_of_runs_that_succeeded_in_completed_jobs_of_the_workflow(database: Database) -> None:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        record(owner, "plain", 11)
        owner.execute(
            RUNS.encode(),
            {"seed": "plain", "jobs": 3, "task": "each", "run_status": "SUCCEEDED", "items": 7, "reused_of": None},
        )
        record(owner, "preview", 5, mode="preview")
        record(owner, "failed run", 5, run_status="FAILED")
        record(owner, "reused", 5, reused_of="x:1")
        record(owner, "failed job", 5, status="FAILED")
        record(owner, "other workflow", 5, workflow=UUID(int=9))
        record(owner, "other workspace", 5, workspace=OTHER_WORKSPACE)
    async with reading(database) as views:
        times = await list_task_times(views, WORKSPACE, WORKFLOW, 2)
        assert times == {
            "find": TaskTimesRow(task="find", runs=11, seconds=6.0, seconds_high=10.0, items=None),
            "each": TaskTimesRow(task="each", runs=3, seconds=2.0, seconds_high=2.8, items=7),
        }
        assert await list_task_times(views, WORKSPACE, UUID(int=5), 2) == {}


async def test_only_the_newest_jobs_are_read_and_fewer_of_a_large_workflow(database: Database) -> None:
    many = 3 * JOBS_MAX
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        record(owner, "many", many)
    async with reading(database) as views:
        of_small = (await list_task_times(views, WORKSPACE, WORKFLOW, 2))["find"]
        of_large = (await list_task_times(views, WORKSPACE, WORKFLOW, RUNS_READ_MAX // 10))["find"]
    assert (of_small.runs, of_small.seconds) == (JOBS_MAX, many - (JOBS_MAX - 1) / 2)
    assert (of_large.runs, of_large.seconds) == (10, many - 4.5)
