"""What a repeated command had made the first time: it stands in the event it wrote then."""

from __future__ import annotations

from typing import TypeVar

from domain.events import Event
from event_store.requests import Receipt
from graphql_api.context import Context

Happened = TypeVar("Happened", bound=Event)


async def first_result(context: Context, receipt: Receipt, kind: type[Happened]) -> Happened:
    """The event of this kind among those that a receipt speaks of."""
    system = context.api.system
    records = await system.reader.read_stream(receipt.stream, receipt.first_version - 1, until=receipt.last_version)
    for record in records:
        event = system.mapper.event(record)
        if isinstance(event, kind):
            return event
    raise LookupError(f"Expected {kind.wire} among the first results of {receipt.stream}, but there is none.")
