"""What the API has for workers: runs to take, at once or as soon as there are some, and reports that are recorded by runners.

A long poll is a future in a queue: it costs nothing while it waits. Notifications of the database wake as many as there are runs; what a lost
notification would have told is found within a second, by one question for all who wait. The connection that listens is there while somebody waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import psycopg

from event_store.reader import Reader
from event_store.session import Session
from event_store.units import Origin, StoreUnavailable
from graphql_api.external.desk import Lease, Looked, Reported, Taken, Wanted
from runner.external.leases import Leases
from runner.external.rows import FREE_CHANNEL, RECORDED_CHANNEL, read_recorded

LOOK_SECONDS = 1.0
"""How soon what no notification told is found."""
IDLE_SECONDS = 60.0
"""How long the connection is kept after the last who waited."""
CONNECT_AGAIN_SECONDS = 0.5
RECORDED_SECONDS_MAX = 2.0
"""How long a report may take to be recorded before its worker is answered without its place in the log."""

Queue = tuple[UUID, str]

_LISTEN: Final = (b"listen external_free", b"listen external_recorded")
_log = logging.getLogger(__name__)


class ExternalTasks:
    """One for each API process."""

    def __init__(self, dsn: str, reader: Reader) -> None:
        self._dsn = dsn
        self._leases = Leases(reader)
        self._waiting: dict[Queue, OrderedDict[asyncio.Event, None]] = {}
        self._reports: defaultdict[int, set[asyncio.Future[int]]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None
        self._stopped = False
        self._fewer = asyncio.Event()

    async def stop(self) -> None:
        """Ends all waiting."""
        self.end_waits()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    def end_waits(self) -> None:
        """Has every long poll answered with what there is."""
        self._stopped = True
        for waiters in self._waiting.values():
            for waiter in waiters:
                waiter.set()

    async def take(self, wanted: Wanted, wait_seconds: float, is_gone: Callable[[], Awaitable[bool]]) -> list[Taken]:
        """Runs of a queue, leased to a worker: at once, or as soon as there are some within the time; none for a client that is gone."""
        token = wanted.token or uuid4()
        taken = await self._leases.take(wanted, token)
        if not taken and wanted.token is not None:
            taken = await self._leases.taken_by(wanted.workspace, token)
        if taken or wait_seconds <= 0:
            return taken
        until = asyncio.get_running_loop().time() + wait_seconds
        with self._waits((wanted.workspace, wanted.queue)) as woken:
            while True:
                woken.clear()
                taken = await self._leases.take(wanted, token)
                left = until - asyncio.get_running_loop().time()
                if taken or left <= 0 or self._stopped:
                    return taken
                try:
                    async with asyncio.timeout(left):
                        await woken.wait()
                except TimeoutError:
                    return []
                if await is_gone():
                    self._wake((wanted.workspace, wanted.queue), 1)  # What woke this one is another's.
                    return []

    async def keep(
        self, workspace: UUID, leases: Sequence[Lease], progress: Sequence[str | None]
    ) -> dict[Lease, datetime]:
        """Renews leases; gives those that hold, each with the moment until which it does."""
        return await self._leases.keep(workspace, leases, progress)

    async def look(self, workspace: UUID, leases: Sequence[Lease]) -> dict[Lease, Looked]:
        """The runs of leases that hold, or whose workers have reported."""
        return await self._leases.look(workspace, leases)

    async def tell(self, leases: Sequence[Lease], reports: Sequence[Reported], origin: Origin) -> dict[int, int | None]:
        """Keeps reports, and waits until runners have recorded them: number → position, 0 where the log took none, None where that is not known yet.

        Those whose leases hold no more are left out.
        """
        futures = {number: self._expect(number) for number, _ in leases}
        try:
            told = await self._leases.tell(leases, reports, origin) if leases else set()
            return await self._until_recorded({number: futures[number] for number in told})
        finally:
            self._give_up(futures)

    async def until_recorded(self, numbers: Collection[int]) -> dict[int, int | None]:
        """Waits for the records of reports that were kept before."""
        futures = {number: self._expect(number) for number in numbers}
        try:
            there = await self._leases.there(numbers)
            return {
                **dict.fromkeys(set(numbers) - there),
                **await self._until_recorded({number: futures[number] for number in there}),
            }
        finally:
            self._give_up(futures)

    async def held(self, workspace: UUID, queue: str, worker: str) -> int:
        """How many runs of a queue a worker holds."""
        return await self._leases.held(workspace, queue, worker)

    async def until_fewer(self, seconds: float) -> None:
        """Waits until a report was recorded, whosever, or the time is over."""
        self._listen()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._fewer.wait()

    @property
    def is_stopped(self) -> bool:
        """Whether this process ends."""
        return self._stopped

    async def _until_recorded(self, futures: dict[int, asyncio.Future[int]]) -> dict[int, int | None]:
        if futures:
            await asyncio.wait(futures.values(), timeout=RECORDED_SECONDS_MAX)
        return {number: future.result() if future.done() else None for number, future in futures.items()}

    def _expect(self, number: int) -> asyncio.Future[int]:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._reports[number].add(future)
        self._listen()
        return future

    def _give_up(self, futures: dict[int, asyncio.Future[int]]) -> None:
        for number, future in futures.items():
            self._reports[number].discard(future)
            if not self._reports[number]:
                del self._reports[number]

    @contextmanager
    def _waits(self, queue: Queue) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        waiters = self._waiting.setdefault(queue, OrderedDict())
        waiters[woken] = None
        self._listen()
        try:
            yield woken
        finally:
            waiters.pop(woken, None)
            if not waiters and self._waiting.get(queue) is waiters:
                del self._waiting[queue]

    def _wake(self, queue: Queue, count: int) -> None:
        """Wakes as many as there are runs, those first that wait longest; who was woken stands behind the others."""
        waiters = self._waiting.get(queue, OrderedDict())
        for woken in [waiter for waiter in waiters if not waiter.is_set()][:count]:
            woken.set()
            waiters.move_to_end(woken)

    def _listen(self) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._hear())

    async def _hear(self) -> None:
        idle_until = asyncio.get_running_loop().time() + IDLE_SECONDS
        while self._waiting or self._reports or asyncio.get_running_loop().time() < idle_until:
            try:
                session = await Session.open(self._dsn, name="opus external tasks")
            except StoreUnavailable as error:
                _log.warning("workers wait for what is not heard yet: %s", error)
                await asyncio.sleep(CONNECT_AGAIN_SECONDS)
                continue
            try:
                for statement in _LISTEN:
                    await session.execute(statement)
                await self._hear_on(session)
            except (psycopg.Error, StoreUnavailable) as error:
                _log.warning("the connection that hears for workers is made anew: %s", error)
                await asyncio.sleep(CONNECT_AGAIN_SECONDS)
            finally:
                await session.close()

    async def _hear_on(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        idle_until = loop.time() + IDLE_SECONDS
        await self._look()  # What was told before this moment was told to nobody here.
        looked_at = loop.time()
        while True:
            async for notification in session.connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                self._heard(notification.channel, notification.payload)
            if loop.time() - looked_at >= LOOK_SECONDS:
                await self._look()
                looked_at = loop.time()
            if self._waiting or self._reports:
                idle_until = loop.time() + IDLE_SECONDS
            elif loop.time() >= idle_until:
                return

    def _heard(self, channel: str, payload: str) -> None:
        if channel == FREE_CHANNEL:
            workspace, queue, count = payload.split(" ")
            self._wake((UUID(workspace), queue), int(count))
        elif channel == RECORDED_CHANNEL:
            self._fewer.set()
            self._fewer = asyncio.Event()
            for number, position in read_recorded(payload).items():
                for future in self._reports.get(number, ()):
                    if not future.done():
                        future.set_result(position)

    async def _look(self) -> None:
        if self._waiting:
            for queue in await self._leases.free_of(list(self._waiting)):
                self._wake(queue, 1)
