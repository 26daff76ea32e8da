"""What screens ask of schedules, and what a runner asks when it takes over shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import LiteralString
from uuid import UUID

from projections.pages import Page, page_of, rows_to_read
from projections.schedules.rows import ScheduleRow, ScheduleTimeRow
from projections.tables import query
from projections.views import Views

SCHEDULE_STATUSES = ("ACTIVE", "PAUSED", "ENDED", "REMOVED")
IN_USE = SCHEDULE_STATUSES[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFilter:
    """Which schedules a list shows; what is None does not restrict."""

    statuses: Sequence[str] = IN_USE
    workflow_id: UUID | None = None
    name: str | None = None


ALL_IN_USE = ScheduleFilter()

_FIND = query("select {s} from views.schedules s where s.schedule_id = any(%s) and s.workspace_id = %s", s=ScheduleRow)
_LIST: LiteralString = "select {s} from views.schedules s where {where} order by s.position desc limit %(limit)s"
_CONDITIONS: dict[str, LiteralString] = {
    "workflow_id": "s.workflow_id = %(workflow_id)s",
    "name": "s.name = %(name)s",
    "after": "s.position < %(after)s",
}
_TIMES = query(
    "select {t} from views.schedule_times t where t.schedule_id = %(schedule_id)s and t.workspace_id = %(workspace_id)s"
    " and (%(after)s::int8 is null or t.version < %(after)s)"
    " and (%(outcomes)s::text[] is null or t.outcome = any(%(outcomes)s)) order by t.version desc limit %(limit)s",
    t=ScheduleTimeRow,
)
_LAST_TIMES = query(
    "select {t} from unnest(%s::uuid[]) asked (schedule_id) cross join lateral (select * from views.schedule_times t"
    " where t.schedule_id = asked.schedule_id and t.workspace_id = %s order by t.version desc limit 1) t",
    t=ScheduleTimeRow,
)
_POSITION = b"select position from views.progress"
_DUE = query(
    "select {s} from views.schedules s where s.next_at <= %s and s.shard = any(%s) order by s.next_at", s=ScheduleRow
)


@dataclass(frozen=True, slots=True)
class DueSchedules:
    """Schedules that are due until a moment, as of a position: the log from there tells the rest."""

    position: int
    schedules: Sequence[ScheduleRow]


async def find_schedules(views: Views, workspace_id: UUID, schedule_ids: Sequence[UUID]) -> dict[UUID, ScheduleRow]:
    """Those of the schedules that this workspace has or had, by id."""
    rows = await views.fetch(ScheduleRow, _FIND, (list(schedule_ids), workspace_id))
    return {row.schedule_id: row for row in rows}


async def list_schedules(
    views: Views,
    workspace_id: UUID,
    schedules: ScheduleFilter = ALL_IN_USE,
    *,
    first: int = 50,
    after: int | None = None,
) -> Page[ScheduleRow]:
    """Schedules of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = asdict(schedules) | {"workspace_id": workspace_id, "after": after, "limit": rows_to_read(first)}
    parameters["statuses"] = list(schedules.statuses)
    asked = tuple(name for name in _CONDITIONS if parameters[name] is not None)
    return page_of(await views.fetch(ScheduleRow, _list_query(asked), parameters), first)


async def list_schedule_times(
    views: Views,
    workspace_id: UUID,
    schedule_id: UUID,
    *,
    outcomes: Sequence[str] | None = None,
    first: int = 50,
    after: int | None = None,
) -> Page[ScheduleTimeRow]:
    """What became of the times of a schedule, the latest first; `after` is the `version` of the last row of the page before."""
    parameters = {
        "workspace_id": workspace_id,
        "schedule_id": schedule_id,
        "outcomes": None if outcomes is None else list(outcomes),
        "after": after,
        "limit": rows_to_read(first),
    }
    return page_of(await views.fetch(ScheduleTimeRow, _TIMES, parameters), first)


async def last_times(views: Views, workspace_id: UUID, schedule_ids: Sequence[UUID]) -> dict[UUID, ScheduleTimeRow]:
    """What became of the latest time of each schedule that had one, by the schedule."""
    rows = await views.fetch(ScheduleTimeRow, _LAST_TIMES, (list(schedule_ids), workspace_id))
    return {row.schedule_id: row for row in rows}


async def read_due_schedules(views: Views, shards: Sequence[int], due_until: datetime) -> DueSchedules:
    """Schedules of these shards due until then, overdue ones too, and the position that is true at, in one snapshot."""
    async with views.snapshot() as connection:
        found = await (await connection.execute(_POSITION)).fetchone()
        rows = await (await connection.execute(_DUE, (due_until, list(shards)))).fetchall()
    return DueSchedules(0 if found is None else int(found[0]), [ScheduleRow(*row) for row in rows])


@cache
def _list_query(asked: tuple[str, ...]) -> bytes:
    where: list[LiteralString] = [
        "s.workspace_id = %(workspace_id)s",
        "s.status = any(%(statuses)s)",
        *[_CONDITIONS[name] for name in asked],
    ]
    return query(_LIST, where=where, s=ScheduleRow)
