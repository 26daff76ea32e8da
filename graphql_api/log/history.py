"""The history of one stream, page by page, forwards or from its end."""

from __future__ import annotations

from uuid import UUID

from event_store.verify import verify_stream
from graphql_api.context import Context
from graphql_api.describe import about, object_type
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.types import Event, show_event
from graphql_api.paging import Connection, Edge, PageInfo, check_first, key_cursor, key_of
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Cursor

KIND = "history"
FINDINGS_SHOWN_MAX = 100


@object_type
class IntegrityFinding:
    """Something that is not as it was written."""

    version: int | None = about("The version of the record it speaks of.")
    message: str = about("What was expected, and what was found.")


@object_type
class Integrity:
    """Whether the records of a stream are what was written, and chained without a gap."""

    intact: bool = about("Whether nothing was found.")
    events: int = about("How many records were looked at.")
    findings: list[IntegrityFinding] = about("What was found, at most 100.")


async def read_history(
    context: Context,
    stream: UUID,
    *,
    until: int | None,
    first: int | None,
    after: Cursor | None,
    last: int | None,
    before: Cursor | None,
) -> Connection[Event]:
    """`first` events behind `after`, or the `last` ones before `before`; none beyond version `until`."""
    if first is not None and last is not None:
        raise ArgumentRefused(expected="first or last", name="history", found="both")
    count = check_first(last or first or PAGE_ROWS_DEFAULT)
    begin = (key_of(KIND, after) or (0,))[0]
    end = (key_of(KIND, before) or (0,))[0] - 1
    if end < 0:
        end = await context.api.system.reader.last_version(stream) if until is None else until
    if last is not None:
        begin = max(begin, end - count)
    records = await context.api.system.reader.read_stream(stream, begin, min(count, max(end - begin, 0)), end)
    edges = [Edge(cursor=key_cursor(KIND, record.version), node=show_event(context, record)) for record in records]
    info = PageInfo(
        has_next_page=bool(records) and records[-1].version < end,
        has_previous_page=bool(records) and records[0].version > 1,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, nodes=[edge.node for edge in edges], page_info=info, position=None)


async def check_integrity(context: Context, stream: UUID, *, until: int | None) -> Integrity:
    """Recomputes the chain of a stream."""
    reader = context.api.system.reader
    findings = [finding async for finding in verify_stream(reader, stream)]
    relevant = [f for f in findings if until is None or f.version is None or f.version <= until]
    return Integrity(
        intact=not relevant,
        events=await reader.last_version(stream) if until is None else until,
        findings=[IntegrityFinding(version=f.version, message=f.sentence) for f in relevant[:FINDINGS_SHOWN_MAX]],
    )
