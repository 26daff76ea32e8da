"""Units made ready for the log: their bytes, hashes and claims, as one statement appends several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from event_store.envelope import Writer, claim_marks, opening, rooted, state_bytes
from event_store.hashing import record_hash
from event_store.units import UNIT_STREAMS_MAX, Append, Claim, Head, Unit

UNIT_EVENTS_MAX = 100_000
UNIT_BYTES_MAX = 256 * 1024 * 1024
ROW_BYTES = 150
"""What a row costs beside its state."""


class Row(NamedTuple):
    """One record that is to be written; its position is given by the log."""

    stream: UUID
    version: int
    topic: str
    state: bytes
    hash: bytes
    wake: bool = False


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim that is to be written, with the versions that are its result."""

    claim: Claim
    first_version: int
    last_version: int


class Followed(NamedTuple):
    """A record of the log that the first event of a unit in its stream follows directly."""

    stream: UUID
    version: int
    hash: bytes


class Prepared(NamedTuple):
    """A unit as it will stand in the log."""

    workspace: UUID
    rows: Sequence[Row]
    heads: Sequence[Head]  # after each append
    firsts: Sequence[Row]  # the first row of each stream
    follows: Sequence[Followed]
    claims: Sequence[ClaimRow]
    keys: frozenset[object]  # what only one unit of a batch may touch: streams and claims
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Units that one statement appends, one after another."""

    units: Sequence[Prepared]


@dataclass(slots=True)
class _Stream:
    """What a unit writes to one of its streams."""

    stream: UUID
    head: Head
    last: int
    running: str
    marks: list[Claim] = field(default_factory=list)
    first_row: Row | None = None

    @property
    def first(self) -> int:
        return self.head.version + 1


def prepare(unit: Unit, now: datetime, writer: Writer) -> Prepared:
    """Builds the bytes and hashes of a unit; all its events have one time, never before the last of its streams.

    Raises ValueError where the unit contradicts itself, and pydantic's error for an event that is no JSON.
    """
    streams = _streams(unit)
    time = now
    for append in unit.appends:
        at = append.head.at
        if at is not None and at > time:
            time = at
    opened = opening(unit.origin, time, writer)
    rows: list[Row] = []
    heads: list[Head] = []
    for append in unit.appends:
        written = streams[append.stream.int]
        _write(append, written, opened, rows)
        heads.append(Head(rows[-1].version, written.running, time, append.root))
    size = sum([len(row.state) for row in rows]) + ROW_BYTES * len(rows)
    if size > UNIT_BYTES_MAX:
        raise ValueError(f"Expected a unit of at most {UNIT_BYTES_MAX} bytes, but it has {size}.")
    workspace = unit.origin.workspace
    firsts = [written.first_row for written in streams.values() if written.first_row is not None]
    follows = [
        Followed(written.stream, written.head.version, bytes.fromhex(written.head.hash))
        for written in streams.values()
        if written.head.version > 0
    ]
    claims = [ClaimRow(claim, streams[claim.stream.int].first, streams[claim.stream.int].last) for claim in unit.claims]
    keys = frozenset(
        [*streams, *[(workspace, claim.kind, claim.key) for claim in unit.claims]] if unit.claims else streams
    )
    # Names would take three times as long as the tuple itself.
    return Prepared(workspace, rows, heads, firsts, follows, claims, keys, size)


def _write(append: Append, written: _Stream, opened: bytes, rows: list[Row]) -> None:
    """Adds the rows of one append to those before."""
    stream, version, previous = append.stream, append.head.version, written.running
    opened = rooted(opened, append.root)
    for event, cause in zip(append.events, append.causes, strict=True):
        version += 1
        marks = claim_marks(written.marks, written.last) if written.marks and version == written.first else b""
        state = state_bytes(opened, cause, marks, previous, event.__pydantic_serializer__.to_json(event))
        digest = record_hash(stream, version, event.wire, state)
        previous = digest.hex()
        row = Row(stream, version, event.wire, state, digest, append.wake)
        rows.append(row)
        if written.first_row is None:
            written.first_row = row
    written.running = previous


def _streams(unit: Unit) -> dict[int, _Stream]:
    """What the unit writes where, by the numbers of the streams' ids; refuses a unit whose parts do not fit together, which is a bug of whoever decided it."""
    streams: dict[int, _Stream] = {}
    events = 0
    for append in unit.appends:
        head, count = append.head, len(append.events)
        if not count:
            raise ValueError(f"Expected events for the stream {append.stream}, but got none.")
        events += count
        number = append.stream.int
        written = streams.get(number)
        if written is None:
            if (head.version == 0) != (head.at is None):
                raise ValueError(f"Expected the time of version {head.version} of {append.stream}, but got {head.at}.")
            streams[number] = _Stream(append.stream, head, head.version + count, head.hash)
        elif written.last == head.version:
            written.last += count
        else:
            raise ValueError(f"Expected {append.stream} to go on after {written.last}, but got {head.version}.")
    if not 0 < len(streams) <= UNIT_STREAMS_MAX:
        raise ValueError(f"Expected a unit over 1 to {UNIT_STREAMS_MAX} streams, but it has {len(streams)}.")
    if events > UNIT_EVENTS_MAX:
        raise ValueError(f"Expected a unit of at most {UNIT_EVENTS_MAX} events, but it has {events}.")
    if unit.claims:
        _mark(unit, streams)
    return streams


def _mark(unit: Unit, streams: dict[int, _Stream]) -> None:
    """Puts each claim to its stream, whose first envelope will name it."""
    seen: set[tuple[str, str]] = set()
    for claim in unit.claims:
        if claim.stream.int not in streams:
            raise ValueError(f"Expected the claim {claim.kind} on a stream of its unit, but it is on {claim.stream}.")
        if (claim.kind, claim.key) in seen:
            raise ValueError(f"Expected each claim once in a unit, but {claim.kind} is there twice with one key.")
        if "\0" in claim.kind + claim.key + claim.digest:
            raise ValueError(f"Expected a claim without U+0000, but {claim.kind} has it.")
        seen.add((claim.kind, claim.key))
        streams[claim.stream.int].marks.append(claim)
