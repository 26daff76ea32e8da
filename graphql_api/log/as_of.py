"""Points in the past of a stream."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from event_store.woven import version_at
from graphql_api.context import Context
from graphql_api.describe import about, one_of_input
from graphql_api.scalars import Position


@one_of_input
class AsOf:
    """A point in the past: one of the three."""

    version: int | None = about("After this version of its stream.", default=strawberry.UNSET)
    position: Position | None = about("After everything up to this place in the log.", default=strawberry.UNSET)
    moment: datetime | None = about("After everything recorded by then.", default=strawberry.UNSET)


async def version_as_of(context: Context, stream: UUID, as_of: AsOf) -> int:
    """The version a stream had at a point in the past."""
    reader = context.api.system.reader
    if isinstance(as_of.version, int):
        return as_of.version
    if isinstance(as_of.moment, datetime):
        position = await reader.position_at(as_of.moment)
    else:
        position = await context.api.positions.read(str(as_of.position))
    return await version_at(reader, stream, position)
