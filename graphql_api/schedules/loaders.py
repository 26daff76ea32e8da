"""Schedules, many at once."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from projections.schedules import ScheduleRow, ScheduleTimeRow, find_schedules, last_times


async def schedules_by_id(context: Context, ids: list[UUID]) -> list[ScheduleRow | None]:
    """The schedules of the workspace with these ids, the removed ones too."""
    found = await find_schedules(context.api.system.views, context.workspace_id, ids)
    return [found.get(schedule_id) for schedule_id in ids]


async def last_times_of(context: Context, ids: list[UUID]) -> list[ScheduleTimeRow | None]:
    """What became of the latest time of each of these schedules."""
    found = await last_times(context.api.system.views, context.workspace_id, ids)
    return [found.get(schedule_id) for schedule_id in ids]
