"""How far the read models are behind the log."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info
from graphql_api.describe import about, field, object_type
from graphql_api.scalars import Position


@object_type
class ReadModels:
    """How far the read models have come."""

    position: Position | None = about("Everything up to here is in them; null while that is not known.")
    behind: int | None = about("How many events of the log are not in them yet; null while that is not known.")


@strawberry.type
class LogQueries:
    """What can be asked of the log."""

    @field
    async def read_models(self, info: Info) -> ReadModels:
        """How far the read models have come, and how far they are behind the log."""
        system = info.context.api.system
        position = system.waiting.position
        last = await system.reader.last_position()
        return ReadModels(
            position=await info.context.views_position(),
            behind=None if position is None else max(last - position, 0),
        )
