"""Lists of callbacks."""

from __future__ import annotations

from graphql_api.callbacks.types import Callback, CallbackStatus, show_callback
from graphql_api.context import Context
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import Cursor, Position
from projections.callbacks import CALLBACK_STATUSES, list_callbacks

KIND = "callbacks"


async def list_callbacks_of_workspace(
    context: Context,
    statuses: list[CallbackStatus] | None,
    first: int,
    after: Cursor | None,
    at_least: Position | None,
) -> Connection[Callback]:
    """A page of the callbacks of the workspace."""
    context.identity.require("webhook:read")
    await context.at_least(at_least)
    begin, position = key_of(KIND, after), await context.views_position()
    page = await list_callbacks(
        context.api.system.views,
        context.workspace_id,
        CALLBACK_STATUSES if statuses is None else [status.value for status in statuses],
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_callback, lambda row: key_cursor(KIND, row.position), after=after, position=position)
