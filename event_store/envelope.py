"""What stands beside every event in the same bytes: who, when, in which request, caused by what, chained to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from event_store.units import Claim, Origin

_ENVELOPE_BEGIN = b'{"envelope":'
# Inside a JSON text a quote is escaped, so these bytes stand only where the envelope ends, and says its time and its root.
_EVENT_BEGIN = b'},"event":'
_TIME = b'"time":"'
_ROOT = b'"root":"'
_TIME_BYTES = len("2026-01-31T12:00:00.000000Z")

ORIGINS_KEPT_MAX = 1_024
ROOTS_KEPT_MAX = 2_048


class MalformedState(Exception):
    """Expected the bytes of a record to be `{"envelope":{…},"event":{…}}`, but they are not."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The program that wrote a record: its build and the number of its engine rules."""

    build: str
    rules: int


class Envelope(NamedTuple):
    """The envelope of one record, read back."""

    actor: str
    on_behalf_of: str | None
    workspace: UUID
    time: datetime
    command_id: str | None
    request_id: str | None
    writer: Writer
    root: UUID
    cause: str | None
    claims: Sequence[ClaimMark]
    until: int | None  # where claims stand: the last version their unit wrote to this stream
    previous: str


class ClaimMark(NamedTuple):
    """A claim as the envelope names it; its stream and versions are those of the record."""

    kind: str
    key: str
    digest: str


def moment(time: datetime) -> str:
    """A moment as the record holds it: ISO 8601 in UTC with microseconds and `Z`."""
    return _moment(time).decode()


def _moment(time: datetime) -> bytes:
    in_utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    if in_utc.microsecond:
        return orjson.dumps(in_utc, option=orjson.OPT_UTC_Z)[1:-1]  # Several times as fast, but leaves zeros out.
    return f"{in_utc.isoformat(timespec='microseconds')[:-6]}Z".encode()


def opening(origin: Origin, time: datetime, writer: Writer) -> bytes:
    """The part of the envelope that is the same for every event of a unit; to be continued by `state_bytes`."""
    before, after = _around_time(origin, writer)
    return b"%b%b%b" % (before, _moment(time), after)


@lru_cache(ORIGINS_KEPT_MAX)  # A runner has one origin for all its units, a request one for all its commands.
def _around_time(origin: Origin, writer: Writer) -> tuple[bytes, bytes]:
    before: dict[str, Any] = {"actor": origin.actor}
    if origin.on_behalf_of is not None:
        before["on_behalf_of"] = origin.on_behalf_of
    before["workspace"] = str(origin.workspace)
    after: dict[str, Any] = {}
    if origin.command_id is not None:
        after["command_id"] = origin.command_id
    if origin.request_id is not None:
        after["request_id"] = origin.request_id
    after["writer"] = {"build": writer.build, "rules": writer.rules}
    begin, end = orjson.dumps(before)[:-1], orjson.dumps(after)[1:-1]
    return b'%b%b,"time":"' % (_ENVELOPE_BEGIN, begin), b'",%b' % end


def claim_marks(claims: Sequence[Claim], until: int) -> bytes:
    """The claims for the first event that the unit writes to their stream; empty bytes for none."""
    if not claims:
        return b""
    marks = [{"kind": claim.kind, "key": claim.key, "digest": claim.digest} for claim in claims]
    return b',"claims":%b,"until":%d' % (orjson.dumps(marks), until)


def rooted(opened: bytes, root: UUID) -> bytes:
    """The opened envelope with the root that all events of one append share."""
    return b"%b%b" % (opened, _root(root.int))


# A stream goes on with the root it began with, again and again. Python takes long to hash a UUID, so by its number.
@lru_cache(ROOTS_KEPT_MAX)
def _root(number: int) -> bytes:
    return b',"root":"%b"' % str(UUID(int=number)).encode()


def state_bytes(opened: bytes, cause: str | None, marks: bytes, previous: str, event: bytes) -> bytes:
    """The bytes of a record: the opened and rooted envelope with what is this event's own, and the event's JSON."""
    caused = b"" if cause is None else b',"cause":' + orjson.dumps(cause)
    return b'%b%b%b,"previous":"%b"},"event":%b}' % (opened, caused, marks, previous.encode(), event)


def envelope_json(state: bytes) -> bytes:
    """The JSON of the envelope, as it stands in the bytes of a record."""
    return state[len(_ENVELOPE_BEGIN) : _envelope_end(state) + 1]


def event_json(state: bytes) -> bytes:
    """The JSON of the event, alike."""
    return state[_envelope_end(state) + len(_EVENT_BEGIN) : -1]


def _envelope_end(state: bytes) -> int:
    end = state.find(_EVENT_BEGIN)
    if end < 0 or not state.startswith(_ENVELOPE_BEGIN) or not state.endswith(b"}"):
        raise MalformedState
    return end


def read_envelope(state: bytes) -> Envelope:
    """The envelope in the bytes of a record."""
    try:
        return _envelope(orjson.loads(envelope_json(state)))
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedState from error


def read_time(state: bytes) -> datetime:
    """When a record says that it happened: as `read_envelope` has it, at a tenth of the cost."""
    try:
        begin = state.index(_TIME) + len(_TIME)
        return datetime.fromisoformat(state[begin : begin + _TIME_BYTES].decode())
    except ValueError as error:
        raise MalformedState from error


def read_root(state: bytes) -> UUID:
    """The root that a record names, alike."""
    try:
        begin = state.index(_ROOT) + len(_ROOT)
        return _read_id(state[begin : state.index(b'"', begin)])
    except ValueError as error:
        raise MalformedState from error


@lru_cache(ROOTS_KEPT_MAX)  # Whoever takes a stream in asks for the root of several of its records.
def _read_id(text: bytes) -> UUID:
    return UUID(text.decode())


def _envelope(found: Mapping[str, Any]) -> Envelope:
    writer = found["writer"]
    return Envelope(
        actor=found["actor"],
        on_behalf_of=found.get("on_behalf_of"),
        workspace=UUID(found["workspace"]),
        time=datetime.fromisoformat(found["time"]),
        command_id=found.get("command_id"),
        request_id=found.get("request_id"),
        writer=Writer(writer["build"], writer["rules"]),
        root=UUID(found["root"]),
        cause=found.get("cause"),
        claims=tuple(ClaimMark(mark["kind"], mark["key"], mark["digest"]) for mark in found.get("claims", ())),
        until=found.get("until"),
        previous=found["previous"],
    )
