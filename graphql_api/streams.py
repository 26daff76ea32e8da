"""What all subscriptions have in common: where they begin, who may go on, and how a message is made of what happened."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from event_store.units import Record
from graphql_api.context import Context
from graphql_api.following import Batch, Interest, OfStream, OfWorkspace, follow
from graphql_api.refusals import PositionNotReached
from graphql_api.scalars import Cursor


async def follow_stream(
    context: Context, stream: UUID, after: Cursor | None, permission: str
) -> AsyncGenerator[Batch, None]:
    """The batches of one stream: from its beginning, or from a cursor on."""
    position = 0 if after is None else await context.api.positions.read(after)
    batches = _follow(context, OfStream(context.api.system.reader, stream), position, permission)
    async with aclosing(batches):
        async for batch in batches:
            yield batch


async def follow_workspace(
    context: Context, topics: tuple[str, ...], after: Cursor | None, permission: str
) -> AsyncGenerator[Batch, None]:
    """The batches of the workspace with these beginnings of wire names: from now on, or from a cursor on."""
    position = None if after is None else await context.api.positions.read(after)
    interest = OfWorkspace(context.api.system.reader, context.workspace_id, topics)
    batches = _follow(context, interest, position, permission)
    async with aclosing(batches):
        async for batch in batches:
            # What a list shows is read from the read models.
            if batch.records and not await context.seen(batch.position):
                await _wait_long(context, batch.position)
            yield batch


def last_of_each(batch: Batch) -> list[Record]:
    """The last record of each stream of a batch, in order of position: each is told once, as it is then."""
    last = {record.stream: record for record in batch.records}
    return sorted(last.values(), key=lambda record: record.position)


def cursor_of(context: Context, record: Record) -> Cursor:
    """The cursor of a message about a record: going on behind it loses and doubles nothing."""
    return Cursor(context.api.positions.show(record.position, record.hash))


async def cursor_at(context: Context, position: int) -> Cursor:
    """The cursor of the mark between what was missed and live."""
    return Cursor(await context.api.positions.show_at(position))


def _follow(context: Context, interest: Interest, position: int | None, permission: str) -> AsyncGenerator[Batch, None]:
    async def still_allowed() -> None:
        (await context.identify_again()).require(permission)

    return follow(context.api.tail, interest, position, still_allowed)


WAITS_MAX = 15


async def _wait_long(context: Context, position: int) -> None:
    """A stream has more patience than a query; at the end it is refused and can be taken up where it was."""
    for _ in range(WAITS_MAX):
        if await context.seen(position):
            return
    raise PositionNotReached(seconds=WAITS_MAX)
