"""How mutations of schedules answer when they succeed."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

import strawberry

from domain.schedules.refusals import ScheduleNotFound
from event_store.requests import Receipt
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, interface_type
from graphql_api.scalars import Position
from graphql_api.schedules.loaders import schedules_by_id
from graphql_api.schedules.types import Schedule, show_schedule


@interface_type
class ScheduleChanged:
    """The schedule was changed, or stands as asked already."""

    schedule_id: strawberry.ID = about("The schedule.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def schedule(self, info: Info) -> Schedule | None:
        """The schedule with the change; null only when the read models lag beyond the bound, or without the permission schedule:read."""
        if not info.context.identity.may("schedule:read") or not await info.context.seen(self.written_at):
            return None
        row = await info.context.loader(schedules_by_id).load(UUID(self.schedule_id))
        return None if row is None else show_schedule(row)


Success = TypeVar("Success", bound=ScheduleChanged)


async def schedule_changed(success: type[Success], context: Context, receipt: Receipt) -> Success:
    """The answer for a receipt, as the success of one mutation."""
    return success(
        schedule_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
    )


def read_schedule_id(text: strawberry.ID) -> UUID:
    """The id of a schedule; what can be no id is no schedule's."""
    schedule_id = read_id(text)
    if schedule_id is None:
        raise ScheduleNotFound
    return schedule_id
