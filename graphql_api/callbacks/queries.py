"""What can be asked of callbacks."""

from __future__ import annotations

import strawberry

from graphql_api.callbacks.loaders import callbacks_by_id
from graphql_api.callbacks.types import Callback, show_callback
from graphql_api.context import Info, read_id
from graphql_api.describe import field
from graphql_api.scalars import Position


@strawberry.type
class CallbackQueries:
    """What can be asked of callbacks."""

    @field
    async def callback(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the word of the API
        at_least_position: Position | None = None,
    ) -> Callback | None:
        """A callback of the workspace; null where there is none of this id."""
        info.context.identity.require("webhook:read")
        await info.context.at_least(at_least_position)
        callback_id = read_id(id)
        row = None if callback_id is None else await info.context.loader(callbacks_by_id).load(callback_id)
        return None if row is None else show_callback(row)
