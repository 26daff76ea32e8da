"""PostgreSQL killed under load: `opus up` starts it again, every part goes on by itself, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import logging
import secrets

import pytest

from domain.jobs.events import JobStarted, TaskSucceeded
from tests.acceptance.client import Client
from tests.acceptance.designs import START, chain, given, start_many
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, envelope, until

pytestmark = pytest.mark.anyio

TASKS = (0, 0.2, 0, 0.4, 0.1)
CALLERS = 8
ACKNOWLEDGED_BEFORE = 60

_log = logging.getLogger(__name__)


@pytest.mark.parametrize(
    ("jobs", "starts", "kills"), [(200, 150, 1), pytest.param(500, 500, 10, marks=pytest.mark.soak)]
)
async def test_after_kill_9_of_postgresql_all_goes_on_and_nothing_acknowledged_is_lost(
    installation: Installation, admin: Client, log: Log, jobs: int, starts: int, kills: int
) -> None:
    assert await log.rows("select current_setting('fsync'), current_setting('synchronous_commit')") == [("on", "on")]
    for _ in range(kills):
        await kill_postgres(installation, admin, log, jobs, starts)
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()


async def kill_postgres(installation: Installation, admin: Client, log: Log, jobs: int, starts: int) -> None:
    """Kills the database while jobs run and starts are sent, and looks for what was acknowledged."""
    workflow = await chain(admin, TASKS)
    before = await log.position()
    running = await start_many(admin, workflow, jobs)
    acknowledged: dict[str, str] = {}
    gate, enough = asyncio.Semaphore(CALLERS), asyncio.Event()

    async def send(number: int) -> None:
        command_id = secrets.token_hex(8)
        input_ = {"workflowId": workflow, "inputs": [given("value", f"{number}")], "commandId": command_id}
        async with gate:
            started = await admin.persist(START, input=input_)
        assert started["__typename"] == "StartJobSuccess", started
        acknowledged[command_id] = started["jobId"]
        if len(acknowledged) >= ACKNOWLEDGED_BEFORE:
            enough.set()

    sending = asyncio.gather(*map(send, range(starts)))
    await enough.wait()
    loop = asyncio.get_running_loop()
    killed_at = loop.time()
    installation.kill_postgres()
    came_to = len(acknowledged)
    await until(lambda: _more(acknowledged, came_to + CALLERS), "starts after the kill")
    _log.info("starts were acknowledged again %.1f s after kill -9 of PostgreSQL", loop.time() - killed_at)
    at_restart = await log.position()
    await until(lambda: _succeeded(log, at_restart), "tasks after the kill")
    _log.info("tasks went on %.1f s after kill -9 of PostgreSQL", loop.time() - killed_at)
    await sending
    await until(lambda: log.completed([*running, *acknowledged.values()]), "all jobs")
    await log.assert_each_run_ended_once([*running, *acknowledged.values()], len(TASKS))
    records = [record for record in await log.records(before) if record.topic == JobStarted.wire]
    assert len(records) == jobs + starts
    by_command = {envelope(record).command_id: str(record.stream) for record in records}
    assert acknowledged.items() <= by_command.items()


async def _more(acknowledged: dict[str, str], count: int) -> bool:
    return len(acknowledged) >= count


async def _succeeded(log: Log, since: int) -> bool:
    return await log.count(TaskSucceeded, since=since) > 0
