"""Reads the log: streams, tails, heads, moments; and listens for what is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from event_store.arrays import column
from event_store.envelope import read_envelope
from event_store.epochs import LogIdentity
from event_store.gathered import ROWS_TOGETHER_MAX, Gathered
from event_store.session import ANSWER_SECONDS_MAX, Session, Statement, configure, connection_string, cut, first_line
from event_store.units import Head, Record, StoreUnavailable

CONNECTIONS_MAX = 4
READ_EVENTS_MAX = 10_000
"""The most records one read of the log gives, whatever is asked for."""
OUTAGE_SECONDS_MAX = 15.0
RETRY_SECONDS_MIN = 0.05
RETRY_SECONDS_MAX = 1.0
POLL_SECONDS = 1.0

CHANNEL: Final = "stored_events"
# The log grows faster than its statistics: a plan made for an empty table must not read a million rows one by one.
_SETTINGS = {"enable_seqscan": "off"}
_QUERY_CANCELED = "57014"

_RECORD: Final = (
    "select notification_id, originator_id, originator_version, topic, state, hash, workspace from stored_events "
)
_STREAM: Final = (
    _RECORD + "where originator_id = %b and originator_version > %b and originator_version <= %b"
    " order by originator_version limit %b"
)
_LOG: Final = _RECORD + "where notification_id > %b and notification_id <= %b order by notification_id limit %b"
_LOG_OF: Final = (
    _RECORD + "where notification_id > %b and notification_id <= %b"
    " and (originator_id = any(%b::uuid[]) or workspace = any(%b::uuid[])) order by notification_id limit %b"
)
_WAKE: Final = _RECORD + "where wake and notification_id > %b order by notification_id limit %b"
_HEADS: Final = (
    "select e.originator_id, e.originator_version, e.hash, e.state from unnest(%b::uuid[]) s (id) cross join lateral"
    " (select originator_id, originator_version, hash, state from stored_events where originator_id = s.id"
    " order by originator_version desc limit 1) e"
)
_LAST_VERSION: Final = "select coalesce(max(originator_version), 0) from stored_events where originator_id = %b"
_LAST: Final = "select notification_id from stored_events order by notification_id desc limit 1"
_LAST_AT: Final = "select last from commits where at <= %b order by at desc, last desc limit 1"
_HASH_AT: Final = "select hash from stored_events where notification_id = %b"
_BIGGEST = 2**63 - 1


class Reader:
    """Reads through a small pool of its own; a read over a lost connection is repeated, within a bound."""

    def __init__(self, dsn: str, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self._dsn = dsn
        self._pool = AsyncConnectionPool[AsyncConnection[TupleRow]](
            connection_string(dsn, "opus reader"),
            kwargs={"autocommit": True, "prepare_threshold": 0},
            configure=_configure,
            min_size=1,
            max_size=connections_max,
            timeout=OUTAGE_SECONDS_MAX,
            open=False,
        )
        self._gathered = Gathered(self.rows)
        self._listening: set[Session] = set()
        self._stopped = False

    async def start(self) -> None:
        """Opens the pool; connections are made when they are needed."""
        await self._pool.open()

    async def stop(self) -> None:
        """Closes the pool and ends the listeners."""
        self._stopped = True
        for session in self._listening:
            session.abandon()
        await self._pool.close()

    async def read_stream(
        self, stream: UUID, after_version: int = 0, limit: int | None = None, until: int | None = None
    ) -> list[Record]:
        """Records of a stream in order, after a version, at most `limit`, up to and with version `until`."""
        return records_of(await self.rows(_STREAM, (stream, after_version, _or_all(until), _or_all(limit))))

    async def read_tail(self, stream: UUID, after_version: int, limit: int) -> list[Record]:
        """Records of a stream in order, after a version, at most `limit`; read together with others that are asked for now."""
        return records_of(await self._gathered.read_tail(stream, after_version, limit))

    async def read_versions(self, stream: UUID, versions: Sequence[int]) -> list[Record]:
        """The records of a stream at these versions, in order; those that are not there are left out. They are read together with others that are asked for now."""
        records: list[Record] = []
        wanted = sorted(set(versions))
        for first in range(0, len(wanted), ROWS_TOGETHER_MAX):
            page = wanted[first : first + ROWS_TOGETHER_MAX]
            records += records_of(await self._gathered.read_versions(stream, page))
        return records

    async def read_log(
        self, after_position: int, limit: int, until: int | None = None, of: Sequence[UUID] | None = None
    ) -> list[Record]:
        """Records of the log in order of position, after one, at most `limit`, up to and with position `until`; where streams or workspaces are named, theirs."""
        last, most = _or_all(until), min(limit, READ_EVENTS_MAX)
        if of is None:
            return records_of(await self.rows(_LOG, (after_position, last, most)))
        wanted = column("uuid", of)
        return records_of(await self.rows(_LOG_OF, (after_position, last, wanted, wanted, most)))

    async def read_wake(self, after_position: int, limit: int) -> list[Record]:
        """Records that were written by someone who does not own their stream, in order of position."""
        return records_of(await self.rows(_WAKE, (after_position, min(limit, READ_EVENTS_MAX))))

    async def head(self, stream: UUID) -> Head:
        """The last record of a stream; version 0 when it has none."""
        return (await self.heads([stream]))[stream]

    async def heads(self, streams: Sequence[UUID]) -> Mapping[UUID, Head]:
        """The last record of each of these streams; version 0 for one that has none."""
        found = {stream: Head() for stream in streams}
        for stream, version, digest, state in await self.rows(_HEADS, (list(found),)):
            envelope = read_envelope(state)
            found[stream] = Head(version, digest.hex(), envelope.time, envelope.root)
        return found

    async def last_version(self, stream: UUID) -> int:
        """The version of the last record of a stream, which is not opened; 0 when it has none."""
        return await self._number(_LAST_VERSION, (stream,))

    async def last_position(self) -> int:
        """The last position of the log; 0 when it is empty."""
        return await self._number(_LAST, ())

    async def position_at(self, moment: datetime) -> int:
        """The last position that was committed at or before a moment, by the database's clock; 0 before the first."""
        if moment.tzinfo is None:
            raise ValueError("Expected a moment with its offset, but got one without.")
        return await self._number(_LAST_AT, (moment,))

    async def hash_at(self, position: int) -> str | None:
        """The hash of the record at a position; None where there is none."""
        found = await self.rows(_HASH_AT, (position,))
        return found[0][0].hex() if found else None

    async def identity(self) -> LogIdentity:
        """Which log this is, and in which epoch."""
        found = await self.rows("select id, epoch from log", ())
        if not found:
            raise StoreUnavailable("Expected a log that has begun, but it has no epoch yet; run the migrations first.")
        return LogIdentity(*found[0])

    async def listen(
        self, poll_seconds: float = POLL_SECONDS, channel: LiteralString = CHANNEL
    ) -> AsyncGenerator[int | None, None]:
        """Yields after appends (with the last position then, if known) and at least every `poll_seconds`, until stopped.

        On another channel, after what is notified there, with its number.

        A hint and no more: whoever listens reads on from where it was. A lost connection is replaced, and shows as a hint.
        """
        async with aclosing(self.hear(channel, poll_seconds)) as heard:
            async for said in heard:
                yield max((int(text) for text in said if text.isdigit()), default=None)

    async def hear(self, channel: LiteralString, poll_seconds: float) -> AsyncGenerator[list[str], None]:
        """Yields what is notified on a channel, all that came at once, until stopped; an empty list where something may have been missed.

        That is when it begins to listen, when nothing came for `poll_seconds`, and when a lost connection is replaced.
        """
        while self._runs():
            try:
                session = await Session.open(self._dsn, name="opus listener")
            except StoreUnavailable:
                yield []
                await asyncio.sleep(min(poll_seconds, RETRY_SECONDS_MAX))
                continue
            self._listening.add(session)
            try:
                await session.execute(f"listen {channel}".encode())
                yield []  # What was notified before this moment was told to nobody here.
                while self._runs():
                    yield await _notified(session, poll_seconds)
            except psycopg.Error:
                yield []
            finally:
                self._listening.discard(session)
                await session.close()

    def _runs(self) -> bool:
        return not self._stopped

    async def rows(self, query: Statement, parameters: Sequence[Any]) -> list[TupleRow]:
        """The rows of a query that may be repeated; raises StoreUnavailable when the database stays away."""
        deadline = asyncio.get_running_loop().time() + OUTAGE_SECONDS_MAX
        pause = RETRY_SECONDS_MIN
        while True:
            try:
                async with self._pool.connection() as connection:
                    return await _fetched(connection, query, parameters)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if error.sqlstate == _QUERY_CANCELED or asyncio.get_running_loop().time() >= deadline:
                    raise StoreUnavailable(f"Expected the database to be read, but: {first_line(error)}") from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_SECONDS_MAX)

    async def _number(self, query: Statement, parameters: Sequence[Any]) -> int:
        found = await self.rows(query, parameters)
        return int(found[0][0]) if found else 0


async def _configure(connection: AsyncConnection[TupleRow]) -> None:
    await configure(connection, _SETTINGS)


async def _fetched(
    connection: AsyncConnection[TupleRow], query: Statement, parameters: Sequence[Any]
) -> list[TupleRow]:
    overdue = asyncio.get_running_loop().call_later(ANSWER_SECONDS_MAX, cut, connection)
    try:
        cursor = await connection.execute(query, parameters, binary=True)
        return await cursor.fetchall()
    finally:
        overdue.cancel()


async def _notified(session: Session, seconds_max: float) -> list[str]:
    """Waits for a notification; gives all that came at once, nothing when none came in time."""
    notifications = session.connection.notifies(timeout=seconds_max, stop_after=1)
    return [notification.payload async for notification in notifications]


def records_of(rows: Sequence[TupleRow]) -> list[Record]:
    """The records in rows of the log, in the order of its columns as `Reader` reads them."""
    return [
        Record(position, stream, version, topic, state, digest.hex(), workspace)
        for position, stream, version, topic, state, digest, workspace in rows
    ]


def _or_all(bound: int | None) -> int:
    return _BIGGEST if bound is None else bound
