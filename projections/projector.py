"""The projector: follows the log and keeps the read models, rows and position in one transaction.

One projector works; others stand by until its session, and with it the lock, is gone. A projector that is frozen loses its
session by itself, and whatever it then still writes is refused, because the position has moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final

import structlog

from event_store.reader import Reader
from event_store.session import Session
from event_store.units import Record, StoreUnavailable
from projections.batch import Projections
from projections.catalogue import READ_MODELS
from projections.model import ReadModel
from projections.progress import ADVANCE, AWAITED, LIVE, Progress, take_stock
from projections.rebuilding import Rebuild
from projections.troubles import WorkLost, losing_work
from projections.views import adapt

BATCH_EVENTS_MAX = 2_000
POLL_SECONDS = 1.0
"""The log is looked at this often even if no notification comes, and so often the session gives a sign of life."""
REST_SHARE = 2.0
"""How long to rest after a batch, by the time it took: what comes first after a silence is projected at once, what then comes at
a rush together."""
REST_SECONDS_MAX = 0.01
GATHER_SECONDS = 0.2
"""So long after a batch of many events, as under load, while nobody waits for what came meanwhile: a row that changes again and again is
written once."""
GATHER_EVENTS_MIN = 100
"""So many events in a batch are a rush."""
LOOK_SECONDS = 0.015
"""While it gathers it looks this often, and takes in what came, so that little is left to do when it is to be written; after a silence of this length it is."""
GATHERED_EVENTS_MAX = 5_000
HEAR_SECONDS = 60.0
"""How often the listener for who waits looks after its connection; what it missed is gathered once more."""
SILENT_SECONDS_MAX = 8
RETRY_SECONDS = 0.2
PROJECTOR_LOCK: Final = 0x6F70_7504

_SETTINGS: Final = {
    "idle_session_timeout": f"{SILENT_SECONDS_MAX}s",
    "idle_in_transaction_session_timeout": f"{SILENT_SECONDS_MAX}s",
    # What is lost with the power is projected again: rows and position go together, and the log is on disk.
    # A commit that does not wait for the disk also gives back at once the lock that NOTIFY takes, which appends need too.
    "synchronous_commit": "off",
    "enable_seqscan": "off",
    # Every row is looked up by its key; a plan made while tables are empty must not walk along whole indexes when they are not.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_memoize": "off",  # No row is looked up twice in a statement.
}
_TRY_LOCK: Final = b"select pg_try_advisory_lock(%b::int4, 0)"
_SIGN_OF_LIFE: Final = b"select"

_log = structlog.get_logger(__name__)


class Projector:
    """Keeps the read models of one database; begins again by itself after every trouble of the database."""

    def __init__(
        self,
        dsn: str,
        reader: Reader,
        *,
        models: Sequence[ReadModel] = READ_MODELS,
        batch_events: int = BATCH_EVENTS_MAX,
        poll_seconds: float = POLL_SECONDS,
        rest_share: float = REST_SHARE,
        rest_seconds_max: float = REST_SECONDS_MAX,
        gather_seconds: float = GATHER_SECONDS,
        gather_events_min: int = GATHER_EVENTS_MIN,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._dsn = dsn
        self._reader = reader
        self._models = models
        self._batch_events = batch_events
        self._poll_seconds = poll_seconds
        self._rest_share = rest_share
        self._rest_seconds_max = rest_seconds_max
        self._gather_seconds = gather_seconds
        self._gather_events_min = gather_events_min
        self._look_seconds = look_seconds
        self._gathers_until = 0.0
        self._awaited = 0  # the last position that somebody was heard to wait for
        self._heard = asyncio.Event()
        self._stopping = asyncio.Event()
        self._leading = asyncio.Event()

    async def run(self) -> None:
        """Works, or stands by, until `stop`. A batch being written then is written whole or not at all."""
        stopping = asyncio.create_task(self._stopping.wait())
        work = asyncio.create_task(self._work())
        try:
            await asyncio.wait({stopping, work}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    def stop(self) -> None:
        """Has `run` end."""
        self._stopping.set()

    async def leading(self) -> None:
        """Waits until this projector is the one that works."""
        await self._leading.wait()

    async def _work(self) -> None:
        said = ""
        while True:
            try:
                session = await Session.open(self._dsn, name="opus projector", settings=_SETTINGS)
                try:
                    with losing_work(session):
                        await self._take_lock(session)
                        said = ""
                        await self._lead(session)
                finally:
                    self._leading.clear()
                    await session.close()
            except (StoreUnavailable, WorkLost) as trouble:
                if said != (said := str(trouble)):
                    _log.warning("projector begins again", because=said)
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_lock(self, session: Session) -> None:
        # Asked for again and again: a statement that waits for it would keep VACUUM from cleaning up.
        while True:
            [(locked,)] = await session.execute(_TRY_LOCK, (PROJECTOR_LOCK,))
            if locked:
                return
            await asyncio.sleep(self._poll_seconds)

    async def _lead(self, session: Session) -> None:
        adapt(session.connection)
        progress, built = await take_stock(session.connection, self._models)
        # One that was built by other code goes on in its old tables, which migrations have fitted to this code.
        projections = Projections([model for model in self._models if model.name in built], LIVE, self._reader)
        await projections.start(session.connection)
        outdated = [model for model in self._models if built.get(model.name) != model.version]
        _log.info("projector works", position=progress.position, outdated=[model.name for model in outdated])
        self._leading.set()
        async with (
            self._rebuilding(outdated),
            self._hearing_who_waits(),
            aclosing(self._reader.listen(self._poll_seconds)) as hints,
        ):
            async for hint in hints:
                if hint is not None and hint <= progress.position:
                    continue  # It tells of what was read with the hint before.
                reached = await self._catch_up(progress, projections, session)
                if reached == progress:
                    await session.execute(_SIGN_OF_LIFE)
                progress = reached

    @asynccontextmanager
    async def _hearing_who_waits(self) -> AsyncIterator[None]:
        hearing = asyncio.create_task(self._hear_who_waits())
        try:
            yield
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _hear_who_waits(self) -> None:
        async with aclosing(self._reader.listen(HEAR_SECONDS, AWAITED)) as awaited:
            async for position in awaited:
                self._awaited = 0 if position is None else max(self._awaited, position)
                self._heard.set()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def _catch_up(self, progress: Progress, projections: Projections, session: Session) -> Progress:
        """Writes all there is; what comes while it gathers is taken in, and written later."""
        written = taken = progress.position
        reading = self._read(taken)
        try:
            while (records := await reading) or taken > written:
                last = records[-1].position if records else taken
                is_full = len(records) == self._batch_events
                # While this batch is projected, the next one comes. Behind one that is not full is nothing yet: a hint will tell.
                reading = self._read(last) if is_full else _nothing()
                if records and self._gathers(written, last):
                    await projections.take(records, session.connection)
                    if not is_full:
                        await self._rest(written)
                        reading = self._read(last)
                else:
                    began = self._now()
                    advance = (ADVANCE, (written, progress.generation, last))
                    await projections.write(records, advance, session.connection)
                    if not is_full:
                        await asyncio.sleep(min((self._now() - began) * self._rest_share, self._rest_seconds_max))
                        is_rush = last - written >= self._gather_events_min
                        self._gathers_until = self._now() + (self._gather_seconds if is_rush else 0.0)
                    written = last
                taken = last
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return Progress(written, progress.generation)

    def _gathers(self, written: int, last: int) -> bool:
        """Whether what follows from the events up to `last` may be written later."""
        is_awaited = self._awaited > written
        return not is_awaited and last - written <= GATHERED_EVENTS_MAX and self._now() < self._gathers_until

    async def _rest(self, written: int) -> None:
        """Lets the log grow for a while; who waits for more than is written ends that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self._look_seconds, self._gathers_until - self._now())):
                while self._awaited <= written:
                    self._heard.clear()
                    await self._heard.wait()

    def _read(self, position: int) -> asyncio.Future[list[Record]]:
        return asyncio.create_task(self._reader.read_log(position, self._batch_events))

    @asynccontextmanager
    async def _rebuilding(self, outdated: Sequence[ReadModel]) -> AsyncIterator[None]:
        if not outdated:
            yield
            return
        rebuilding = asyncio.create_task(Rebuild(self._dsn, self._reader, outdated).run())
        rebuilding.add_done_callback(_say_why)
        try:
            yield
        finally:
            rebuilding.cancel()
            await asyncio.gather(rebuilding, return_exceptions=True)


def _nothing() -> asyncio.Future[list[Record]]:
    nothing: asyncio.Future[list[Record]] = asyncio.get_running_loop().create_future()
    nothing.set_result([])
    return nothing


def _say_why(rebuilding: asyncio.Task[int]) -> None:
    # The old tables go on and nobody waits for this task, so nobody else would tell.
    if not rebuilding.cancelled() and (error := rebuilding.exception()) is not None:
        _log.error("rebuild failed", exc_info=error)
