"""Several streams read as one, in order of position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from event_store.reader import Reader, records_of
from event_store.units import Record

_RECORD: Final = (
    "select notification_id, originator_id, originator_version, topic, state, hash, workspace from stored_events "
)
# Each stream is walked along its own index. The `+ 0` keeps a plan made without statistics from reading the index of
# positions beside it, which holds the whole log.
_OF_EACH: Final = (
    "select e.* from unnest(%b::uuid[]) s (id) cross join lateral (select notification_id, originator_id,"
    " originator_version, topic, state, hash, workspace from stored_events where originator_id = s.id"
    " and notification_id + 0 > %b and notification_id + 0 < %b order by originator_version "
)
_OLDEST: Final = _OF_EACH + "limit %b) e order by e.notification_id limit %b"
_NEWEST: Final = _OF_EACH + "desc limit %b) e order by e.notification_id desc limit %b"
_OF_TOPIC: Final = (
    _RECORD + "where originator_id = %b and originator_version > %b and originator_version <= %b and topic = %b"
    " order by originator_version"
)
_LAST_OF_TOPIC: Final = (
    _RECORD + "where originator_id = %b and originator_version <= %b and topic = %b"
    " order by originator_version desc limit 1"
)
_VERSION_AT: Final = (
    "select originator_version from stored_events where originator_id = %b and notification_id + 0 <= %b"
    " order by originator_version desc limit 1"
)
_COUNT: Final = (
    "select coalesce(sum(e.events), 0)::bigint from unnest(%b::uuid[]) s (id) cross join lateral"
    " (select count(*) events from stored_events where originator_id = s.id and notification_id + 0 <= %b) e"
)


async def read_between(
    reader: Reader, streams: Sequence[UUID], after: int, before: int, limit: int, *, newest: bool = False
) -> list[Record]:
    """Records of the streams between two positions, both excluded, in order: at most `limit`, the oldest or the newest."""
    if not streams or before - after <= 1:
        return []
    records = records_of(
        await reader.rows(_NEWEST if newest else _OLDEST, (list(streams), after, before, limit, limit))
    )
    return records[::-1] if newest else records


async def read_topic(reader: Reader, stream: UUID, topic: str, until: int, *, after: int = 0) -> list[Record]:
    """The records of one kind of event in a stream, behind a version, up to and with version `until`."""
    return records_of(await reader.rows(_OF_TOPIC, (stream, after, until, topic)))


async def last_of_topic(reader: Reader, stream: UUID, topic: str, until: int) -> list[Record]:
    """The last record of one kind of event in a stream up to and with version `until`, alone; none where there is none."""
    return records_of(await reader.rows(_LAST_OF_TOPIC, (stream, until, topic)))


async def version_at(reader: Reader, stream: UUID, position: int) -> int:
    """The version a stream had at a position; 0 before its first record."""
    found = await reader.rows(_VERSION_AT, (stream, position))
    return int(found[0][0]) if found else 0


async def count_events(reader: Reader, streams: Sequence[UUID], until: int) -> int:
    """How many records the streams have together, up to and with position `until`."""
    found = await reader.rows(_COUNT, (list(streams), until))
    return int(found[0][0])
