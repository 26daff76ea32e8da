"""What screens and runners ask of schedules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from domain.jobs.shard import SHARDS, shard
from domain.schedules.events import ScheduleChanged, SchedulePaused, ScheduleRemoved, ScheduleResumed
from projections.schedules import (
    ScheduleFilter,
    find_schedules,
    last_times,
    list_schedule_times,
    list_schedules,
    read_due_schedules,
)
from tests.conftest import Database
from tests.domain.schedules.plans import ANN, HOUR, created, fold, plan, work_off
from tests.projections.stories import schedules
from tests.projections.written import MEMBER, OTHER_WORKSPACE, WORKSPACE, new_id, project_all, reading, writing

pytestmark = pytest.mark.anyio

ALL_SHARDS = range(SHARDS)


async def test_a_schedule_stands_as_its_events_say(database: Database) -> None:
    kept, short = new_id(), new_id()
    whole, over = schedules()
    async with writing(database) as log, reading(database) as views:
        await log.write(kept, *whole)
        await log.write(short, *over)
        await project_all(database, batch_events=3)
        found = await find_schedules(views, WORKSPACE, [kept, short])
        assert (found[kept].status, found[kept].reason, found[kept].next_at) == ("REMOVED", "replaced", None)
        assert (found[kept].edition, found[kept].member_id, found[kept].shard) == (6, ANN, shard(kept))
        assert (found[kept].started, found[kept].refused) == (3, 1)
        assert (found[short].status, found[short].next_at) == ("ENDED", None)
        times = await list_schedule_times(views, WORKSPACE, kept, first=3)
        assert [row.outcome for row in times.rows] == ["MISSED", "MISSED", "REFUSED"]
        assert times.has_more
        last = await last_times(views, WORKSPACE, [kept, short, new_id()])
        assert last.keys() == {kept, short}
        assert last[kept] == times.rows[0]
        rest = await list_schedule_times(views, WORKSPACE, kept, first=50, after=times.rows[-1].version)
        told = sum(row.count or 0 for row in [*times.rows, *rest.rows])
        assert told == found[kept].started + found[kept].missed + found[kept].refused
        started = await list_schedule_times(views, WORKSPACE, kept, outcomes=["STARTED"])
        assert all(row.job_id and row.first_at == row.last_at for row in started.rows)


async def test_a_paused_schedule_stays_so_when_it_is_changed_and_goes_on_when_it_is_resumed(database: Database) -> None:
    schedule_id = new_id()
    next_at = datetime(2026, 2, 3, tzinfo=UTC)
    changed = ScheduleChanged(plan=plan(late_seconds=5), member_id=MEMBER, next_at=None)
    async with writing(database) as log, reading(database) as views:
        for events, status in (
            ((created(), SchedulePaused(reason="holidays"), changed), "PAUSED"),
            ((ScheduleResumed(next_at=next_at),), "ACTIVE"),
            ((ScheduleChanged(plan=plan(), member_id=MEMBER, next_at=next_at),), "ACTIVE"),
            ((ScheduleRemoved(),), "REMOVED"),
        ):
            await log.write(schedule_id, *events)
            await project_all(database)
            row = (await find_schedules(views, WORKSPACE, [schedule_id]))[schedule_id]
            assert (row.status, row.next_at) == (status, next_at if status == "ACTIVE" else None)


async def test_a_workspace_sees_only_its_own(database: Database) -> None:
    schedule_id = new_id()
    kept, _ = work_off(fold(created()), created().next_at)
    async with writing(database) as log, reading(database) as views:
        await log.write(schedule_id, created(), *kept)
        await project_all(database)
        assert (await list_schedules(views, WORKSPACE)).rows
        assert not (await list_schedules(views, OTHER_WORKSPACE)).rows
        assert not await find_schedules(views, OTHER_WORKSPACE, [schedule_id])
        assert not (await list_schedule_times(views, OTHER_WORKSPACE, schedule_id)).rows


async def test_lists_are_filtered(database: Database) -> None:
    one, two = new_id(), new_id()
    other = created(plan(workflow_id=UUID(int=5)))
    async with writing(database) as log, reading(database) as views:
        await log.write(one, created(), SchedulePaused())
        await log.write(two, other)
        await project_all(database)

        async def ids(**filters: object) -> list[UUID]:
            return [row.schedule_id for row in (await list_schedules(views, WORKSPACE, ScheduleFilter(**filters))).rows]  # type: ignore[arg-type]

        assert await ids() == [two, one]
        assert await ids(statuses=["PAUSED"]) == [one]
        assert await ids(workflow_id=UUID(int=5)) == [two]
        assert await ids(name="Report") == [two, one]
        assert await ids(name="other") == []


async def test_a_runner_asks_for_what_is_due_in_its_shards(database: Database) -> None:
    due, paused, later = new_id(), new_id(), new_id()
    next_at = created().next_at
    async with writing(database) as log, reading(database) as views:
        await log.write(due, created())
        await log.write(paused, created(), SchedulePaused())
        await log.write(later, created(plan(begins_at=next_at + 3 * HOUR)))
        await project_all(database)
        found = await read_due_schedules(views, ALL_SHARDS, next_at + HOUR)
        assert ([row.schedule_id for row in found.schedules], found.position) == ([due], log.position)
        others = [number for number in ALL_SHARDS if number != shard(due)]
        assert not (await read_due_schedules(views, others, next_at + HOUR)).schedules
        assert not (await read_due_schedules(views, ALL_SHARDS, next_at - timedelta(seconds=1))).schedules


async def test_what_is_due_among_many_is_found_by_an_index(database: Database) -> None:
    async with writing(database) as log:
        await log.write(new_id(), created())
        await project_all(database)
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute(
            "insert into views.schedules select gen_random_uuid(), workspace_id, n % 64, n, 1, n, 1, 'x', 'ACTIVE', workflow_id, plan,"
            " member_id, created_by, created_at, changed_at, now() + n * interval '1 minute', null, 0, 0, 0"
            " from views.schedules, generate_series(1, 10000) n"
        )
        connection.execute("analyze views.schedules")
        plans = connection.execute(
            "explain select * from views.schedules s where s.next_at <= now() + interval '1 hour' and s.shard = any(%s)",
            (list(range(32)),),
        ).fetchall()
    assert "schedules_next_at_shard_idx" in "\n".join(line for (line,) in plans)
