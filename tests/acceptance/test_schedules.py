"""A schedule of an installation whose parts are killed one after the other starts each of its times once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest

from domain.schedules.events import SchedulePaused, ScheduleTimeCame
from tests.acceptance.client import Client
from tests.acceptance.designs import chain
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until
from tests.acceptance.schedules import every_second, has_started, pause, seconds_between, told

pytestmark = pytest.mark.anyio


async def test_each_time_is_started_once_while_all_parts_are_killed(
    installation: Installation, admin: Client, log: Log
) -> None:
    workflow = await chain(admin, (0, 0))
    schedule = await every_second(admin, workflow, "Killed again and again")
    count = 2
    await until(lambda: has_started(admin, schedule, count), "the first times")
    kills: list[Callable[[], None]] = [
        partial(installation.kill, "work"),
        partial(installation.kill, "project"),
        installation.kill_postgres,
    ]
    for kill in [*kills, kills[0]]:
        kill()
        count = len([event for event in await log.events(schedule) if isinstance(event, ScheduleTimeCame)]) + 2
        await until(partial(has_started, admin, schedule, count), "times after a part was killed")
    times = await told(admin, schedule, await pause(admin, schedule))
    assert seconds_between(times) == {1.0}
    started = [time["jobId"] for time in times if time["outcome"] == "STARTED"]
    assert len(started) == len(set(started)) >= count
    assert {time["outcome"] for time in times[:-1]} == {"STARTED"}  # The last may have come with the pause.
    await until(lambda: log.completed(started), "all its jobs")
    await log.assert_each_run_ended_once(started, 2)
    events = await log.events(schedule)
    assert [event.job_id for event in events if isinstance(event, ScheduleTimeCame)] == [*map(UUID, started)]
    assert isinstance(events[-1], SchedulePaused)
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()
