"""Proves that the log is what was written: recomputes hashes and chains, and compares everything beside the bytes with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from event_store.claims_check import claims_not_in_log, claims_not_in_table
from event_store.envelope import Envelope, MalformedState, read_envelope
from event_store.hashing import record_hash
from event_store.reader import Reader
from event_store.units import NO_HASH

PAGE_EVENTS = 1_000

_LOOK: Final = (
    "select e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.hash, e.workspace,"
    " p.hash, p.notification_id from stored_events e"
    " left join stored_events p on p.originator_id = e.originator_id and p.originator_version = e.originator_version - 1 "
)
_LOG: Final = _LOOK + "where e.notification_id > %b order by e.notification_id limit %b"
_STREAMS: Final = (
    _LOOK + "where e.originator_id = any(%b::uuid[]) and (e.originator_id, e.originator_version) > (%b, %b)"
    " order by e.originator_id, e.originator_version limit %b"
)
_POSITIONS: Final = (
    "select s.id, s.version, e.notification_id from unnest(%b::uuid[], %b::bigint[]) s (id, version)"
    " join stored_events e on e.originator_id = s.id and e.originator_version = s.version"
)
_REMOVED: Final = (
    "select c.last from (select last from commits order by last desc limit 1) c"
    " where not exists (select from stored_events where notification_id >= c.last)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the log that is not as it was written, and where."""

    position: int
    stream: UUID | None
    version: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it lies in the table, and what lies there of the record before it in its stream."""

    position: int
    stream: UUID
    version: int
    topic: str
    state: bytes
    hash: bytes
    workspace: UUID
    previous_hash: bytes | None
    previous_position: int | None


async def verify_log(reader: Reader, after_position: int = 0) -> AsyncIterator[Finding]:
    """Findings over the whole log in order of position, page by page; none means it is intact."""
    before = after_position
    while page := await _page(reader, _LOG, (before, PAGE_EVENTS)):
        for seen in page:
            if seen.position != before + 1:
                yield Finding(
                    before + 1,
                    None,
                    None,
                    f"Expected a record at every position, but {before + 1} to {seen.position - 1} are missing.",
                )
            before = seen.position
        for finding in await _verify_page(reader, page):
            yield finding
    for (committed,) in await reader.rows(_REMOVED, ()):
        sentence = f"Expected records up to position {committed}, which were committed, but the log ends before."
        yield Finding(before + 1, None, None, sentence)
    async for held in claims_not_in_log(reader):
        yield Finding(held.position, held.stream, held.first_version, held.sentence)


async def verify_stream(reader: Reader, stream: UUID) -> AsyncIterator[Finding]:
    """Findings over one stream in order of version; none means it is intact."""
    async for finding in verify_streams(reader, [stream]):
        yield finding


async def verify_streams(reader: Reader, streams: Sequence[UUID]) -> AsyncIterator[Finding]:
    """Findings over some streams, one after the other; none means they are intact."""
    stream, before = UUID(int=0), 0
    while page := await _page(reader, _STREAMS, (list(streams), stream, before, PAGE_EVENTS)):
        for seen in page:
            if seen.stream != stream:
                stream, before = seen.stream, 0
            if seen.version != before + 1:
                yield _finding(seen, f"Expected version {before + 1} before it, but it is missing.")
            before = seen.version
        for finding in await _verify_page(reader, page):
            yield finding


async def _page(reader: Reader, query: Any, parameters: Sequence[Any]) -> list[Seen]:
    return [Seen(*row) for row in await reader.rows(query, parameters)]


async def _verify_page(reader: Reader, page: Sequence[Seen]) -> list[Finding]:
    """Each record for itself, then its cause and its claims, looked up for the page together."""
    findings: list[Finding] = []
    opened: list[tuple[Seen, Envelope]] = []
    for seen in page:
        findings.extend(_verify_bytes(seen))
        try:
            envelope = read_envelope(seen.state)
        except MalformedState:
            findings.append(_finding(seen, "Expected an envelope and an event in its bytes, but they cannot be read."))
            continue
        opened.append((seen, envelope))
        findings.extend(_verify_envelope(seen, envelope))
    findings.extend(await _verify_causes(reader, opened))
    at = {(seen.stream, seen.version): seen for seen, _ in opened}
    claiming = [(seen.stream, seen.version, envelope) for seen, envelope in opened if envelope.claims]
    for stream, version, sentence in await claims_not_in_table(reader, claiming):
        findings.append(_finding(at[stream, version], sentence))
    return sorted(findings, key=lambda finding: finding.position)


def _verify_bytes(seen: Seen) -> Iterator[Finding]:
    if record_hash(seen.stream, seen.version, seen.topic, seen.state) != seen.hash:
        yield _finding(seen, "Expected the hash beside it to be that of its bytes, but it is another.")


def _verify_envelope(seen: Seen, envelope: Envelope) -> Iterator[Finding]:
    if envelope.workspace != seen.workspace:
        yield _finding(seen, "Expected the workspace beside it to be that of its envelope, but it is another.")
    if seen.version == 1:
        if envelope.previous != NO_HASH:
            yield _finding(seen, "Expected the first record of a stream to follow nothing, but it names a hash.")
    elif seen.previous_hash is None or seen.previous_position is None:
        yield _finding(seen, f"Expected version {seen.version - 1} of its stream, but it is missing.")
    else:
        if envelope.previous != seen.previous_hash.hex():
            yield _finding(seen, "Expected it to name the hash of the record before it, but it names another.")
        if seen.previous_position >= seen.position:
            yield _finding(seen, "Expected positions to rise with versions, but the record before it stands after it.")


async def _verify_causes(reader: Reader, opened: Sequence[tuple[Seen, Envelope]]) -> list[Finding]:
    findings: list[Finding] = []
    caused: list[tuple[Seen, tuple[UUID, int]]] = []
    for seen, envelope in opened:
        if envelope.cause is None:
            continue
        if (place := _place(envelope.cause)) is None:
            findings.append(_finding(seen, "Expected its cause as stream:version, but it is written otherwise."))
        else:
            caused.append((seen, place))
    if not caused:
        return findings
    wanted = list({place for _, place in caused})
    rows = await reader.rows(_POSITIONS, ([stream for stream, _ in wanted], [version for _, version in wanted]))
    positions = {(stream, version): position for stream, version, position in rows}
    for seen, place in caused:
        position = positions.get(place)
        if position is None:
            findings.append(_finding(seen, f"Expected its cause {place[0]}:{place[1]} in the log, but it is missing."))
        elif position >= seen.position:
            findings.append(_finding(seen, "Expected its cause to stand before it, but it stands after it."))
    return findings


def _place(cause: str) -> tuple[UUID, int] | None:
    stream, _, version = cause.rpartition(":")
    try:
        return UUID(stream), int(version)
    except ValueError:
        return None


def _finding(seen: Seen, sentence: str) -> Finding:
    return Finding(seen.position, seen.stream, seen.version, sentence)
