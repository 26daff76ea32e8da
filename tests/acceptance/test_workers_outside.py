"""Chains performed by worker processes end well, each task with one outcome, whoever is killed meanwhile: runner, API, database, a worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.jobs.events import JobStarted, TaskRunnerLost, TaskSucceeded, TaskWorkerLost
from tests.acceptance.client import Client
from tests.acceptance.designs import activated, edge, start_many
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until

pytestmark = pytest.mark.anyio

WORKER = Path(__file__).parent / "outside_worker.py"
TASKS = 4
LEASE_SECONDS = 5
TEXT = {"type": "str"}


async def chain_outside(client: Client, queue: str, **more: Any) -> str:
    """An active workflow of tasks in a row that workers of a queue perform."""
    names = [f"step_{number}" for number in range(1, TASKS + 1)]
    declared = [{"name": "value", "type": TEXT}]
    config = {"queue": queue, "inputs": declared, "outputs": declared, "lease_seconds": LEASE_SECONDS, **more}
    ends = zip([None, *names], [*names, None], strict=True)
    return await activated(
        client,
        [
            {"declareInput": {"input": {"name": "value", "type": TEXT}}},
            {"declareOutput": {"output": {"name": "value", "type": TEXT}}},
            *({"addTask": {"task": name, "kind": "external", "config": config}} for name in names),
            *(edge(source, target) for source, target in ends),
        ],
    )


@contextlib.contextmanager
def worker(installation: Installation, queue: str, *, at_once: int = 20) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process, killed at the end: by then it holds nothing."""
    arguments = [sys.executable, str(WORKER), installation.url, queue, str(at_once)]
    environment = {**os.environ, "OPUS_API_KEY": installation.key}
    with (
        (installation.home / f"worker-{secrets.token_hex(4)}.log").open("wb") as said,
        subprocess.Popen(arguments, env=environment, stdout=said, stderr=said) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


async def some_are_done(log: Log, since: int, count: int) -> None:
    """Waits until so many tasks have succeeded."""

    async def enough() -> bool:
        return await log.count(TaskSucceeded, since=since) >= count

    await until(enough, f"{count} tasks")


async def test_after_kill_9_of_runner_api_database_and_a_worker_every_task_has_one_outcome(
    installation: Installation, admin: Client, log: Log
) -> None:
    queue, since = f"q{secrets.token_hex(4)}", await log.position()
    workflow = await chain_outside(admin, queue)
    with worker(installation, queue) as first, worker(installation, queue):
        jobs = await start_many(admin, workflow, 45)
        for number, kill in enumerate(
            (
                lambda: installation.kill("work"),
                lambda: installation.kill("serve"),
                first.kill,
                installation.kill_postgres,
            )
        ):
            await some_are_done(log, since, 25 * (number + 1))
            await asyncio.to_thread(kill)
        await until(lambda: log.completed(jobs), "all jobs", 120.0)
    await log.assert_each_run_ended_once(jobs, TASKS)
    assert await log.count(JobStarted, since=since) == len(jobs)
    assert await log.rows("select number from external_tasks where job_id = any(%b::uuid[])", jobs) == []
    await log.assert_intact()


async def test_what_waits_for_workers_is_no_loss_of_a_killed_runner(
    installation: Installation, admin: Client, log: Log
) -> None:
    queue, since = f"q{secrets.token_hex(4)}", await log.position()
    jobs = await start_many(admin, await chain_outside(admin, queue), 20)

    async def all_wait() -> bool:
        [(count,)] = await log.rows("select count(*) from external_tasks where queue = %b", queue)
        return int(count) == len(jobs)

    await until(all_wait, "all that wait")
    await asyncio.to_thread(installation.kill, "work")
    with worker(installation, queue):
        await until(lambda: log.completed(jobs), "all jobs")
    assert await log.count(TaskWorkerLost, since=since) == 0
    assert await log.count(TaskRunnerLost, since=since) <= len(jobs)
    await log.assert_each_run_ended_once(jobs, TASKS)
