"""Schedules, many at once."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from projections.schedules import ScheduleRow, find_schedules


async def schedules_by_id(context: Context, ids: list[UUID]) -> list[ScheduleRow | None]:
    """The schedules of the workspace with these ids, the removed ones too."""
    found = await find_schedules(context.api.system.views, context.workspace_id, ids)
    return [found.get(schedule_id) for schedule_id in ids]
