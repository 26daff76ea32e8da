"""What can be asked of schedules."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

import strawberry

from domain.schedules.rules import check_moment
from domain.schedules.times import times
from graphql_api.commanding import now
from graphql_api.context import Info, read_id
from graphql_api.describe import field
from graphql_api.paging import check_first
from graphql_api.scalars import Position
from graphql_api.schedules.given import ScheduleRuleInput, read_rule
from graphql_api.schedules.loaders import schedules_by_id
from graphql_api.schedules.types import NEXT_TIMES_DEFAULT, Schedule, ScheduledTime, show_schedule, show_time


@strawberry.type
class ScheduleQueries:
    """What can be asked of schedules."""

    @field
    async def schedule(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the word of the API
        at_least_position: Position | None = None,
    ) -> Schedule | None:
        """A schedule of the workspace, also a removed one; null where there is none of this id."""
        info.context.identity.require("schedule:read")
        await info.context.at_least(at_least_position)
        schedule_id = read_id(id)
        row = None if schedule_id is None else await info.context.loader(schedules_by_id).load(schedule_id)
        return None if row is None else show_schedule(row)

    @field
    def scheduled_times(
        self, info: Info, rule: ScheduleRuleInput, first: int = NEXT_TIMES_DEFAULT, after: datetime | None = None
    ) -> list[ScheduledTime]:
        """The times of a rule after a moment, now unless given: to look at a rule before a schedule has it."""
        info.context.identity.require("schedule:read")
        begin = after or now()
        check_moment(begin)
        read = read_rule(rule, begin)
        return [show_time(read, time) for time in islice(times(read, begin), check_first(first))]
