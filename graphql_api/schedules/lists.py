"""Lists of schedules."""

from __future__ import annotations

from uuid import UUID

import strawberry

from graphql_api.context import Context, read_id
from graphql_api.describe import about, input_type
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import Cursor, Position
from graphql_api.schedules.types import Schedule, ScheduleStatus, show_schedule
from projections.schedules import IN_USE, list_schedules
from projections.schedules import ScheduleFilter as Filter

KIND = "schedules"
NONE = UUID(int=0)


@input_type
class ScheduleFilter:
    """Which schedules a list shows; what is left out does not restrict."""

    statuses: list[ScheduleStatus] | None = about(
        "Those that stand in one of these ways; left out, all that were not removed.", default=None
    )
    workflow_id: strawberry.ID | None = about("Those of one workflow.", default=None)
    name: str | None = about("The one of this name.", default=None)


async def list_schedules_of(
    context: Context, chosen: ScheduleFilter | None, first: int, after: Cursor | None, at_least: Position | None
) -> Connection[Schedule]:
    """A page of the schedules of the workspace."""
    context.identity.require("schedule:read")
    await context.at_least(at_least)
    begin, position = key_of(KIND, after), await context.views_position()
    page = await list_schedules(
        context.api.system.views,
        context.workspace_id,
        _read(chosen or ScheduleFilter()),
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_schedule, lambda row: key_cursor(KIND, row.position), after=after, position=position)


def _read(chosen: ScheduleFilter) -> Filter:
    return Filter(
        statuses=IN_USE if chosen.statuses is None else [status.value for status in chosen.statuses],
        workflow_id=None if chosen.workflow_id is None else read_id(chosen.workflow_id) or NONE,
        name=chosen.name,
    )
