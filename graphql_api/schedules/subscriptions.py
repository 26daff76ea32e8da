"""The live stream of one schedule: each time as it comes, and what people do to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import strawberry

from domain.schedules.events import ScheduleCreated
from domain.schedules.refusals import ScheduleNotFound
from graphql_api.context import Info, read_id
from graphql_api.describe import about, field, object_type, subscription
from graphql_api.log.types import Event, show_event
from graphql_api.scalars import Cursor
from graphql_api.schedules.loaders import schedules_by_id
from graphql_api.schedules.types import Schedule, show_schedule
from graphql_api.streams import cursor_at, cursor_of, follow_stream


@object_type
class ScheduleMessage:
    """One event of a schedule, or the mark at which what was missed ends and live begins."""

    cursor: Cursor = about("Hand it back as `after` to go on behind this message.")
    live: bool = about("Whether all that was missed has been told: true from the mark on.")
    event: Event | None = about("What happened; null for the mark.")
    schedule_id: strawberry.Private[UUID]
    written_at: strawberry.Private[int]

    @field
    async def schedule(self, info: Info) -> Schedule | None:
        """The schedule as it is now, the event included; null only when the read models lag beyond the bound."""
        if not await info.context.seen(self.written_at):
            return None
        row = await info.context.loader(schedules_by_id).load(self.schedule_id)
        return None if row is None else show_schedule(row)


@strawberry.type
class ScheduleSubscriptions:
    """Live streams of schedules."""

    @subscription
    async def schedule_events(
        self, info: Info, schedule_id: strawberry.ID, after: Cursor | None = None
    ) -> AsyncGenerator[ScheduleMessage, None]:
        """Everything that happens to a schedule: what was missed since `after` (without it, from its start), a mark, then live."""
        context = info.context
        context.identity.require("schedule:read")
        known = read_id(schedule_id)
        head = await context.api.system.reader.read_stream(known, limit=1) if known else []
        if (
            known is None
            or not head
            or head[0].workspace != context.workspace_id
            or head[0].topic != ScheduleCreated.wire
        ):
            raise ScheduleNotFound
        async with aclosing(follow_stream(context, known, after, "schedule:read")) as batches:
            async for batch in batches:
                for record in batch.records:
                    context.forget()
                    yield ScheduleMessage(
                        cursor=cursor_of(context, record),
                        live=batch.live,
                        event=show_event(context, record),
                        schedule_id=known,
                        written_at=record.position,
                    )
                if batch.mark:
                    cursor = await cursor_at(context, batch.position)
                    yield ScheduleMessage(
                        cursor=cursor, live=True, event=None, schedule_id=known, written_at=batch.position
                    )
