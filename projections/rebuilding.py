"""Builds read models anew beside the old ones, which go on, and exchanges their tables when they have caught up."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg

from event_store.reader import Reader
from event_store.session import Session
from event_store.units import StoreUnavailable
from projections.batch import Projections
from projections.model import ReadModel
from projections.progress import ADVANCE_NEXT, NEXT
from projections.troubles import WorkLost, losing_work
from projections.views import Connection, adapt

BATCH_EVENTS_MAX = 1_000
LAST_EVENTS_MAX = 5_000
"""What may be left to read when the exchange is tried: meanwhile the old tables cannot move."""
RETRY_SECONDS = 1.0
NEW_OBJECTS_MAX = 100_000
LOCK_MILLISECONDS_MAX = 500
REBUILD_LOCK: Final = 0x6F70_7505

_SETTINGS: Final = {
    "synchronous_commit": "off",
    "enable_seqscan": "off",
    "enable_memoize": "off",  # No row is looked up twice in a statement.
    "statement_timeout": "0",
    # A long read of the old tables must not have everything queue up behind the exchange.
    "lock_timeout": f"{LOCK_MILLISECONDS_MAX}ms",
    "idle_in_transaction_session_timeout": "30s",
}
_TRY_LOCK: Final = b"select pg_try_advisory_lock(%b::int4, 0)"
_BEGIN: Final = b"select views.begin_rebuild(%b::text[])"
_FINISH: Final = b"select views.finish_rebuild(%b::text[], %b::int4[], %b::text[])"
_LIVE: Final = b"select position from views.progress"
_LIVE_HELD: Final = b"select position from views.progress for update"

_log = logging.getLogger(__name__)


class Rebuild:
    """Builds some read models anew, from the first event on. One rebuild at a time in a database."""

    def __init__(
        self, dsn: str, reader: Reader, models: Sequence[ReadModel], *, batch_events: int = BATCH_EVENTS_MAX
    ) -> None:
        self._dsn = dsn
        self._reader = reader
        self._models = models
        self._batch_events = batch_events
        self._tables = [table.name for model in models for table in model.tables]

    async def run(self) -> int:
        """Builds, exchanges, and gives the position at which it did; begins again after every trouble of the database."""
        while True:
            try:
                session = await Session.open(self._dsn, name="opus rebuild", settings=_SETTINGS)
                try:
                    with losing_work(session):
                        return await self._build(session)
                finally:
                    await session.close()
            except (StoreUnavailable, WorkLost) as trouble:
                _log.warning("the rebuild begins again: %s", trouble)
            await asyncio.sleep(RETRY_SECONDS)

    async def _build(self, session: Session) -> int:
        await _take_lock(session)
        connection = session.connection
        adapt(connection)
        await connection.execute(_BEGIN, (self._tables,))
        projections = Projections(self._models, NEXT, self._reader)
        await projections.start(connection)
        _log.info("rebuild of %s began", ", ".join(model.name for model in self._models))
        position = 0
        while True:
            while (live := await _position(connection, _LIVE)) - position > LAST_EVENTS_MAX:
                position = await self._follow(projections, connection, position, live)
            if (exchanged := await self._exchange(projections, connection, position)) is not None:
                _log.info("rebuild done, as of position %d", exchanged)
                return exchanged
            # What the attempt wrote was undone, so what is kept in memory no longer is what stands in the tables.
            await projections.start(connection)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, projections: Projections, connection: Connection, position: int, until: int) -> int:
        while position < until:
            records = await self._reader.read_log(position, self._batch_events, until)
            position = records[-1].position
            await projections.write(records, (ADVANCE_NEXT, (position,)), connection)
        return position

    async def _exchange(self, projections: Projections, connection: Connection, position: int) -> int | None:
        """Follows the last events and exchanges the tables while the old ones stand still; None when that did not succeed."""
        models = [(model.name, model.version) for model in self._models]
        names, versions = zip(*models, strict=True)
        try:
            async with connection.transaction():
                live = await _position(connection, _LIVE_HELD)
                if live - position > LAST_EVENTS_MAX:
                    return None
                await self._follow(projections, connection, position, live)
                await connection.execute(_FINISH, (list(names), list(versions), self._tables))
        except psycopg.errors.LockNotAvailable:
            return None
        return live


async def rebuild(dsn: str, reader: Reader, models: Sequence[ReadModel]) -> int:
    """Builds read models anew beside the old ones, and gives the position at which they were exchanged."""
    with _rare_collections():
        return await Rebuild(dsn, reader, models).run()


@contextmanager
def _rare_collections() -> Iterator[None]:
    # A batch makes tens of thousands of objects and no circles; looking for some at the usual pace takes a good part of the time.
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], NEW_OBJECTS_MAX), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


async def _take_lock(session: Session) -> None:
    while True:
        [(locked,)] = await session.execute(_TRY_LOCK, (REBUILD_LOCK,))
        if locked:
            return
        await asyncio.sleep(RETRY_SECONDS)


async def _position(connection: Connection, query: bytes) -> int:
    found = await (await connection.execute(query)).fetchone()
    return 0 if found is None else int(found[0])
