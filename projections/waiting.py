"""Waits until the read models have come to a position: one connection for each process, whatever number of waiters."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from typing import Final

import psycopg

from event_store.session import Session
from event_store.units import StoreUnavailable
from projections.progress import AWAITED, CHANNEL
from projections.views import Views

WAIT_SECONDS_MAX = 2.0
POLL_SECONDS = 0.5
"""The position is looked at this often even if no notification comes."""
RETRY_SECONDS = 0.2
PATIENCE_SECONDS = 0.005
"""Whoever has waited so long has the projector told; mostly a position is there sooner."""
EVENTS_BEHIND_MAX = 100
"""Whoever waits for more events than these has it told at once: under load the projector gathers."""
WAITERS_MAX = 10_000

_LISTEN: Final = f"listen {CHANNEL}".encode()
_POSITION: Final = b"select position from views.progress"
_TELL: Final = f"select pg_notify('{AWAITED}', %b)".encode()


class Waiting:
    """Knows the position of the read models, and wakes who waits for one."""

    def __init__(self, dsn: str, views: Views) -> None:
        self._dsn = dsn
        self._views = views
        self._position: int | None = None  # not known without a connection
        self._waiters: list[tuple[int, int, asyncio.Future[bool]]] = []
        self._tickets = count()
        self._following: asyncio.Task[None] | None = None
        self._told = 0  # the last position of which the projector was told that it is awaited
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def position(self) -> int | None:
        """The position last heard of; None while the database cannot be asked."""
        return self._position

    async def start(self) -> None:
        """Begins to follow the position."""
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Ends; whoever still waits is answered as if the time were over."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
        for task in self._telling:
            task.cancel()
        for _, _, waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(False)
        self._waiters.clear()

    async def wait_for(self, position: int, timeout_seconds: float = WAIT_SECONDS_MAX) -> bool:
        """Whether the read models contain everything up to a position, now or within the time given."""
        if self._position is not None and self._position >= position:
            return True
        if len(self._waiters) >= WAITERS_MAX:
            return False
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        entry = (position, next(self._tickets), waiter)
        heapq.heappush(self._waiters, entry)
        is_far = self._position is not None and position - self._position > EVENTS_BEHIND_MAX
        patience = asyncio.get_running_loop().call_later(0 if is_far else PATIENCE_SECONDS, self._have_told, position)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await waiter
        except TimeoutError:
            return False
        finally:
            patience.cancel()
            if waiter.cancelled():
                with suppress(
                    ValueError
                ):  # The position may have come in the moment between the end of the time and now.
                    self._waiters.remove(entry)
                    heapq.heapify(self._waiters)

    def _have_told(self, position: int) -> None:
        if position > self._told:
            self._told = position
            task = asyncio.get_running_loop().create_task(self._tell(position))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, position: int) -> None:
        with suppress(StoreUnavailable):  # Then the projector has nothing to rest from either.
            await self._views.read(_TELL, (str(position),))

    async def _follow(self) -> None:
        while True:
            with suppress(psycopg.Error, StoreUnavailable):
                session = await Session.open(self._dsn, name="opus waiter")
                try:
                    await session.execute(_LISTEN)
                    async for position in _positions(session):
                        self._reached(position)
                finally:
                    # After a crash of the database the read models may stand further back than was heard.
                    self._position = None
                    self._told = 0
                    await session.close()
            await asyncio.sleep(RETRY_SECONDS)

    def _reached(self, position: int) -> None:
        self._position = position
        while self._waiters and self._waiters[0][0] <= position:
            waiter = heapq.heappop(self._waiters)[2]
            if not waiter.done():
                waiter.set_result(True)


async def _positions(session: Session) -> AsyncIterator[int]:
    while True:
        found = await session.execute(_POSITION)
        yield int(found[0][0])
        async for told in session.connection.notifies(timeout=POLL_SECONDS):
            yield int(told.payload)
