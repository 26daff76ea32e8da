"""A projector killed anywhere goes on from its position: read models neither miss nor double anything."""

from __future__ import annotations

import asyncio
import logging
import random

import pytest

from tests.acceptance.client import Client
from tests.acceptance.designs import chain, start, start_many
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until

pytestmark = pytest.mark.anyio

JOBS_A_KILL = 150
TASKS = (0, 0.1, 0, 0.2, 0)
PAUSE_SECONDS_MAX = 0.5

_log = logging.getLogger(__name__)


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.soak)])
async def test_after_kill_9_of_the_projector_under_load_read_models_are_what_a_rebuild_gives(
    installation: Installation, admin: Client, log: Log, kills: int
) -> None:
    workflow = await chain(admin, TASKS)
    chance = random.Random(kills)
    jobs: list[str] = []
    for _ in range(kills):
        jobs += await start_many(admin, workflow, JOBS_A_KILL)
        await asyncio.sleep(chance.uniform(0, PAUSE_SECONDS_MAX))
        await asyncio.to_thread(installation.kill, "project")
        at = await projected(log)
        jobs.append(await start(admin, workflow))
        seconds = await until(lambda at=at: _beyond(log, at), "the projector again")  # type: ignore[misc]
        _log.info("read models went on %.1f s after kill -9 of the only projector", seconds)
    await until(lambda: log.completed(jobs), "all jobs")
    await log.assert_views_are_a_rebuild()
    [(completed,)] = await log.rows(
        "select count(*) from views.jobs where status = 'COMPLETED' and job_id = any(%b::uuid[])", jobs
    )
    assert completed == len(jobs)


async def projected(log: Log) -> int:
    """The position of the read models."""
    [(position,)] = await log.rows("select position from views.progress")
    return int(position)


async def _beyond(log: Log, position: int) -> bool:
    return await projected(log) > position
