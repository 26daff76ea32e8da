"""The history of a stream and of those that belong to it, page by page, forwards or from its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import strawberry

from event_store.units import Record
from event_store.verify import verify_streams
from event_store.woven import count_events, read_between, version_at
from graphql_api.context import Context
from graphql_api.describe import about, object_type
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.types import Event, show_events
from graphql_api.paging import Connection, Edge, PageInfo, check_first, key_cursor, key_of
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Cursor

KIND = "history"
CURSOR_PARTS = 2
"""The version the stream itself had at the event, and the event's position."""
FINDINGS_SHOWN_MAX = 100
_BIGGEST = 2**63 - 1


@object_type
class IntegrityFinding:
    """Something that is not as it was written."""

    stream: strawberry.ID | None = about("The stream of the record it speaks of: the id of the job or of a review.")
    version: int | None = about("The version of the record it speaks of, in its stream.")
    message: str = about("What was expected, and what was found.")


@object_type
class Integrity:
    """Whether the records of a job and of its reviews are what was written, and chained without a gap."""

    intact: bool = about("Whether nothing was found.")
    events: int = about("How many records were looked at.")
    streams: int = about("In how many streams: the job's own, and one for each of its reviews.")
    findings: list[IntegrityFinding] = about("What was found, at most 100.")


@dataclass(frozen=True, slots=True)
class End:
    """Where a history ends: the version its own stream has there, and the position, both included."""

    version: int
    position: int


async def end_of(context: Context, stream: UUID, until: int | None) -> End:
    """The end of a history: at the event of version `until`, or at the end of the log as it is now."""
    reader = context.api.system.reader
    if until is None:
        position = await reader.last_position()
        return End(await version_at(reader, stream, position), position)
    last = await reader.read_stream(stream, until - 1, 1, until)
    return End(until, last[0].position if last else 0)


async def read_history(
    context: Context,
    stream: UUID,
    *,
    end: End,
    first: int | None,
    after: Cursor | None,
    last: int | None,
    before: Cursor | None,
    woven: Sequence[UUID] = (),
) -> Connection[Event]:
    """`first` events of the stream and of those `woven` into it behind `after`, or the `last` ones before `before`."""
    if first is not None and last is not None:
        raise ArgumentRefused(expected="first or last", name="history", found="both")
    asked = first if last is None else last
    count = PAGE_ROWS_DEFAULT if asked is None else check_first(asked)
    low = _place(after) or End(0, 0)
    high = _place(before) or End(_BIGGEST, _BIGGEST)
    high = End(min(high.version, end.version), min(high.position, end.position + 1))
    records = await _read(context, stream, woven, low, high, count=count, newest=last is not None)
    version, cursors = low.version, []
    for record in records:
        version = record.version if record.stream == stream else version
        cursors.append(key_cursor(KIND, version, record.position))
    page = slice(count) if last is None else slice(-count, None)
    nodes = await show_events(context, records[page])
    edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors[page], nodes, strict=True)]
    begins = not edges or (records[page][0].stream, records[page][0].version) == (stream, 1)
    info = PageInfo(
        has_next_page=last is None and len(records) > count,
        has_previous_page=not begins,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, nodes=nodes, page_info=info, position=None)


async def check_integrity(context: Context, stream: UUID, *, end: End, woven: Sequence[UUID]) -> Integrity:
    """Recomputes the chains of a stream and of those that belong to it."""
    reader, streams = context.api.system.reader, [stream, *woven]
    findings = [f async for f in verify_streams(reader, streams) if f.position <= end.position]
    return Integrity(
        intact=not findings,
        events=await count_events(reader, streams, end.position),
        streams=len(streams),
        findings=[
            IntegrityFinding(
                stream=None if f.stream is None else strawberry.ID(str(f.stream)), version=f.version, message=f.sentence
            )
            for f in findings[:FINDINGS_SHOWN_MAX]
        ],
    )


async def _read(
    context: Context, stream: UUID, woven: Sequence[UUID], low: End, high: End, *, count: int, newest: bool
) -> list[Record]:
    """At least one record more than `count` where there are so many, in order, both ends excluded by position."""
    reader = context.api.system.reader
    window = count + 2  # One is the event of the cursor itself, one tells whether more follow.
    begin = max(low.version, high.version - window) if newest else low.version
    own = [r for r in await reader.read_stream(stream, begin, window, high.version) if r.position < high.position]
    after, before = low.position, high.position
    if len(own) > count:
        after, before = (own[0].position, before) if newest else (after, own[-1].position)
    others = await read_between(reader, woven, after, before, count + 1, newest=newest)
    return sorted([*own, *others], key=lambda record: record.position)


def _place(cursor: Cursor | None) -> End | None:
    key = key_of(KIND, cursor, CURSOR_PARTS)
    return None if key is None else End(*(min(max(part, 0), _BIGGEST - 1) for part in key))
