"""The field `history` of all that is one stream of the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from graphql_api.context import Info
from graphql_api.describe import field
from graphql_api.log.history import end_of, read_history
from graphql_api.log.types import Event
from graphql_api.paging import Connection
from graphql_api.scalars import Cursor


def history_of(stream_of: Callable[[Any], UUID]) -> Any:
    """The field for a type whose stream is found so."""

    async def history(  # noqa: PLR0917 - the arguments of the API
        self: Any,
        info: Info,
        first: int | None = None,
        after: Cursor | None = None,
        last: int | None = None,
        before: Cursor | None = None,
    ) -> Connection[Event]:
        """Everything that happened to it: the `first` events behind `after`, or the `last` ones before `before`."""
        stream = stream_of(self)
        end = await end_of(info.context, stream, None)
        return await read_history(info.context, stream, end=end, first=first, after=after, last=last, before=before)

    return field(history)
