"""A runner that is killed or frozen loses its jobs to the next one, and no attempt has two outcomes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

import pytest

from domain.events import Event
from domain.jobs.events import TaskRunnerLost, TaskStarted, TaskSucceeded
from domain.jobs.shard import SHARDS
from tests.acceptance.client import Client
from tests.acceptance.designs import chain, start_many
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, envelope, until

pytestmark = pytest.mark.anyio

JOBS = 200
GO_ON_SECONDS_MAX = 5.0
TAKEN_OVER_SECONDS_MAX = 15.0
FAST = (0, 0.2, 0, 0.4, 0.1)
LONG = (1.0, 0, 1.0, 1.0, 0)

_log = logging.getLogger(__name__)


async def test_after_kill_9_of_the_only_runner_all_jobs_complete_and_each_attempt_has_one_outcome(
    installation: Installation, admin: Client, log: Log
) -> None:
    await kill_runner(installation, admin, log)


async def test_after_kill_9_of_one_of_two_runners_its_jobs_go_on_within_seconds(
    installation: Installation, admin: Client, log: Log
) -> None:
    async with installation.another("work"):
        await until(lambda: _hold(log, 2), "two runners with a share each")
        assert await kill_runner(installation, admin, log) < GO_ON_SECONDS_MAX


@pytest.mark.soak
async def test_after_kill_9_of_the_runner_again_and_again_all_jobs_complete(
    installation: Installation, admin: Client, log: Log
) -> None:
    for _ in range(20):
        await kill_runner(installation, admin, log)


async def kill_runner(installation: Installation, admin: Client, log: Log) -> float:
    """Kills a runner in the middle of jobs and looks at all that must hold then; gives the seconds until its jobs went on."""
    workflow = await chain(admin, FAST)
    begun = await log.position()
    jobs = await start_many(admin, workflow, JOBS)
    await until(lambda: _happened(log, TaskSucceeded, begun, JOBS), "jobs under way")
    installation.kill("work")
    killed_at = await log.position()
    seconds = await until(lambda: _happened(log, TaskRunnerLost, killed_at), "a run that is performed again")
    _log.info("jobs went on %.1f s after kill -9 of their runner", seconds)
    await until(lambda: log.completed(jobs), "all jobs")
    await log.assert_each_run_ended_once(jobs, len(FAST))
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()
    return seconds


@pytest.mark.parametrize("frozen_seconds_min", [0.0, pytest.param(30.0, marks=pytest.mark.soak)])
async def test_a_frozen_runner_loses_its_jobs_to_a_second_one_and_writes_nothing_when_it_wakes(
    installation: Installation, admin: Client, log: Log, frozen_seconds_min: float
) -> None:
    workflow = await chain(admin, LONG)
    begun = await log.position()
    jobs = await start_many(admin, workflow, JOBS)
    await until(lambda: _happened(log, TaskSucceeded, begun, JOBS), "jobs under way")
    process = installation.process("work")
    [(name,)] = await log.rows("select distinct name from live_runners where name like %b", f"%-{process.pid}")
    process.suspend()
    frozen = Frozen(log, str(name), process.pid)
    await until(frozen.is_silent, "its last statement")
    frozen.position = await log.position()
    loop = asyncio.get_running_loop()
    frozen_at = loop.time()
    try:
        async with installation.another("work"):
            await until(lambda: _happened(log, TaskSucceeded, frozen.position), "jobs taken over")
            seconds = loop.time() - frozen_at
            _log.info("jobs went on %.1f s after SIGSTOP of the runner", seconds)
            assert seconds < TAKEN_OVER_SECONDS_MAX
            await asyncio.sleep(max(0.0, frozen_seconds_min - seconds))
            process.resume()
            await until(frozen.has_a_new_session, "the frozen runner awake")
            await until(lambda: log.completed(jobs), "all jobs")
            await frozen.assert_wrote_nothing_before()
    finally:
        process.resume()
    assert await log.count(TaskRunnerLost, since=frozen.position) > 0
    await log.assert_each_run_ended_once(jobs, len(LONG))
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()


@dataclass(slots=True)
class Frozen:
    """A runner that was stopped with SIGSTOP."""

    log: Log
    name: str
    pid: int
    position: int = 0
    woken_at: datetime | None = None

    async def is_silent(self) -> bool:
        """Whether nothing that it sent is still being done."""
        query = "select count(*) from pg_stat_activity where application_name = %b and state = 'active'"
        [(active,)] = await self.log.rows(query, f"opus runner {self.name}")
        return int(active) == 0

    async def has_a_new_session(self) -> bool:
        """Whether it has begun anew since."""
        query = (
            "select began_at from live_runners where name = %b and began_at >"
            " (select at from commits where last >= %b order by last limit 1) order by began_at desc limit 1"
        )
        found = await self.log.rows(query, self.name, self.position)
        self.woken_at = found[0][0] if found else None
        return self.woken_at is not None

    async def assert_wrote_nothing_before(self) -> None:
        """Nothing in the log was written by it between the moment it froze and its new session."""
        [(until_position,)] = await self.log.rows(
            "select coalesce(max(last), 0) from commits where at <= %b", self.woken_at
        )
        between = [record for record in await self.log.records(self.position) if record.position <= until_position]
        assert any(record.topic == TaskStarted.wire for record in between)
        assert {envelope(record).actor for record in between}.isdisjoint({f"runner:{self.name}"})


async def _happened(log: Log, kind: type[Event], since: int, count: int = 1) -> bool:
    return await log.count(kind, since=since) >= count


async def _hold(log: Log, runners: int) -> bool:
    query = (
        "select count(*) from shard_holders h join live_runners l using (session) join pg_stat_activity a on a.pid = l.process_id"
        " where h.held_to is null group by h.session having count(*) <= %b"
    )
    return len(await log.rows(query, SHARDS // runners)) == runners
