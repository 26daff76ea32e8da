"""Ten thousand tasks that wait for workers, and workers that wait for tasks, cost nothing; a runner that takes over does not look at them."""

from __future__ import annotations

import asyncio
import secrets

import psutil
import pytest

from tests.acceptance.client import Client
from tests.acceptance.designs import start_many
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until
from tests.acceptance.test_workers_outside import chain_outside, worker

pytestmark = [pytest.mark.anyio, pytest.mark.soak]

WAITING = 10_000
POLLS = 50
REST_SECONDS = 20.0
CPU_OF_A_CORE_MAX = 0.15
TAKE_OVER_SECONDS_MAX = 15.0

_TAKE = """
mutation ($input: TakeTasksInput!) { takeTasks(input: $input) { ... on TakeTasksSuccess { tasks { jobId } } } }
"""


def cpu_seconds(installation: Installation) -> float:
    """What API and runner have used so far."""
    return sum(sum(installation.process(verb).cpu_times()[:2]) for verb in ("serve", "work"))


async def test_what_waits_costs_nothing_and_does_not_keep_a_runner_from_taking_over(
    installation: Installation, admin: Client, log: Log
) -> None:
    queue, other = (f"q{secrets.token_hex(4)}" for _ in range(2))
    jobs = await start_many(admin, await chain_outside(admin, queue), WAITING)

    async def all_wait() -> bool:
        [(count,)] = await log.rows("select count(*) from external_tasks where queue = %b", queue)
        return int(count) == len(jobs)

    await until(all_wait, "all that wait", 300.0)
    asked = {"queue": other, "worker": "w", "waitSeconds": 30.0}
    polls = asyncio.gather(*(admin.ask(_TAKE, input=asked) for _ in range(POLLS)), return_exceptions=True)
    await asyncio.sleep(2.0)  # Until the starts are digested.
    before = cpu_seconds(installation)
    await asyncio.sleep(REST_SECONDS)
    assert (cpu_seconds(installation) - before) / REST_SECONDS < CPU_OF_A_CORE_MAX
    polls.cancel()
    memory = psutil.Process(installation.process("work").pid).memory_info().rss
    await asyncio.to_thread(installation.kill, "work")
    one = await start_many(admin, await chain_outside(admin, other), 1)
    with worker(installation, other):
        assert await until(lambda: log.completed(one), "a new job") < TAKE_OVER_SECONDS_MAX
    assert installation.process("work").memory_info().rss < memory
