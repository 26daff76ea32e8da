"""Writes the units of a process: gathers them while the last append is in flight, and appends each gathering at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import psycopg

from event_store.batches import Batch, prepare
from event_store.envelope import Writer
from event_store.faults import is_conflict, is_loss, is_passing, is_unwilling
from event_store.recorder import Conflict, Recorder, open_recorder, refusal
from event_store.session import Session, end_backend
from event_store.units import Committed, OutcomeUnknown, SessionLost, StoreUnavailable, Unit
from event_store.waiting import Queue, Ticket, fail_all

OUTAGE_SECONDS_MAX = 15.0
"""How long a unit waits for a database that does not answer before its sender is told."""
RECONNECT_SECONDS_MIN = 0.05
RECONNECT_SECONDS_MAX = 1.0
ATTEMPTS_MAX = 3


class Journal:
    """The only writer of a process. With `session`, it writes there and nowhere else, since its locks allow to."""

    def __init__(
        self,
        dsn: str,
        *,
        writer: Writer,
        session: Session | None = None,
        recorder: Recorder | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._dsn = dsn
        self._writer = writer
        self._recorder = recorder or open_recorder(dsn)
        self.clock = clock
        """By which events are dated, but never before what they follow."""
        self._dedicated = session is not None
        self._session = session
        self._queue = Queue()
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._closed: Callable[[], StoreUnavailable] | None = _not_running
        self._task: asyncio.Task[None] | None = None
        self._why = "It answers, but slowly."

    async def start(self) -> None:
        """Connects and begins to write; raises StoreUnavailable when the database does not answer in time."""
        if self._session is None:
            self._session = await self._connect(until=self._now() + OUTAGE_SECONDS_MAX)
            if self._session is None:
                raise self._unreachable()
        self._closed = None
        self._task = asyncio.create_task(self._work(), name="journal")

    async def stop(self) -> None:
        """Takes no new units, writes those that wait, and closes its own session (a given one stays open)."""
        self._closed = self._closed or _not_running
        self._arrived.set()
        self._room.set()
        if self._task is not None:
            await asyncio.shield(self._task)
        if self._session is not None and not self._dedicated:
            await self._session.close()
            self._session = None

    async def append(self, unit: Unit) -> Committed:
        """Writes the unit: all or nothing, on disk when this returns.

        Raises VersionTaken, ClaimTaken, HeadUnknown, or StoreUnavailable (SessionLost, OutcomeUnknown). A sender that is
        cancelled while its unit waits takes it back; once it is under way, it is written whether someone waits or not.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + OUTAGE_SECONDS_MAX
        while self._queue.full and self._closed is None:
            self._room.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._room.wait()
            except TimeoutError:
                raise self._unreachable() from None
        if self._closed is not None:
            raise self._closed()
        prepared = prepare(unit, self.clock(), self._writer)
        promise: asyncio.Future[Committed] = loop.create_future()
        self._queue.put(Ticket(prepared, promise, deadline))
        self._arrived.set()
        return await promise

    def _wrote(self, first: int, last: int) -> None:
        """Is told the positions of each batch that was written, before its senders are."""

    async def _work(self) -> None:
        """Writes batch after batch until the journal is stopped and nothing waits."""
        tickets: list[Ticket] = []
        try:
            while True:
                if tickets := self._queue.take():
                    self._room.set()
                    await self._write(tickets)
                elif self._closed is not None:
                    return
                else:
                    self._arrived.clear()
                    await self._arrived.wait()
        except BaseException:
            # A bug, or the end of the loop: nobody may wait for ever.
            fail_all(tickets, _unknown)
            self._close(_not_running)
            raise

    async def _write(self, tickets: list[Ticket]) -> None:
        """Appends units together until each of them is written or has left with its reason."""
        attempts = 0
        while tickets:
            if self._session is None:
                tickets = await self._reconnect(tickets)
                continue
            session = self._session
            try:
                last = await self._recorder.append(session, _batch(tickets))
            except psycopg.Error as error:
                if is_loss(session, error):
                    session.abandon()
                    tickets = await self._settle(session, tickets)
                elif attempts == ATTEMPTS_MAX:
                    return await self._write_apart(tickets, error)
                elif is_conflict(error):
                    before = len(tickets)
                    tickets = await self._without_conflicts(session, tickets)
                    attempts += len(tickets) == before
                elif is_passing(error):
                    attempts += 1
                else:
                    return await self._write_apart(tickets, error)
            else:
                first = last + 1 - sum([len(ticket.prepared.rows) for ticket in tickets])
                self._wrote(first, last)
                for ticket in tickets:
                    first = ticket.keep(first)
                return None
        return None

    async def _write_apart(self, tickets: list[Ticket], error: psycopg.Error) -> None:
        """Tells the senders what the database cannot do; if it may be one unit's fault, the others are tried alone."""
        if is_unwilling(error):
            fail_all(tickets, lambda: StoreUnavailable(f"Expected the database to write, but it refused: {error}"))
        elif len(tickets) == 1:
            tickets[0].fail(error)
        else:
            for ticket in tickets:
                await self._write([ticket])

    async def _without_conflicts(self, session: Session, tickets: list[Ticket]) -> list[Ticket]:
        """Tells each unit that cannot be written any more why; gives the others."""
        try:
            conflicts = await self._recorder.conflicts(session, _batch(tickets))
        except psycopg.Error:
            return tickets  # They are written again as they are; a lost session shows itself there.
        of_unit: dict[int, list[Conflict]] = {}
        for conflict in conflicts:
            of_unit.setdefault(id(conflict.unit), []).append(conflict)
        for ticket in tickets:
            if found := of_unit.get(id(ticket.prepared)):
                ticket.fail(refusal(found))
        return [ticket for ticket in tickets if id(ticket.prepared) not in of_unit]

    async def _settle(self, lost: Session, tickets: list[Ticket]) -> list[Ticket]:
        """After a lost answer: learns on another session which units are in the log. Gives those still to be written."""
        until = _latest(tickets)
        session = certain = None
        while session is None and (found := await self._connect(until)) is not None:
            try:
                certain = await end_backend(found, lost.backend)
                settled = await self._recorder.settled(found, _batch(tickets))
            except psycopg.Error:
                await found.close()
                if self._now() >= until:
                    break
                await asyncio.sleep(RECONNECT_SECONDS_MIN)
            else:
                session = found
                for index, first in settled.items():
                    tickets[index].keep(first)
                tickets = [ticket for index, ticket in enumerate(tickets) if index not in settled]
        if self._dedicated:
            if session is not None:
                await session.close()
            fail_all(tickets, _session_lost if session is not None and certain else _unknown)
            self._close(_session_lost)
            return []
        await lost.close()
        self._session = session
        if session is None:
            fail_all(tickets, _unknown)
            return []
        return tickets  # Should the lost statement still come to pass, it finds the versions taken.

    async def _reconnect(self, tickets: list[Ticket]) -> list[Ticket]:
        """Connects anew; units that were not sent and waited too long are told so."""
        self._session = await self._connect(_latest(tickets))
        if self._session is not None:
            return tickets
        fail_all(tickets, self._unreachable)
        return []

    async def _connect(self, until: float) -> Session | None:
        """Tries to connect at growing distances, at least once, until a moment of the loop's time."""
        pause = RECONNECT_SECONDS_MIN
        while True:
            try:
                return await Session.open(self._dsn, name="opus journal")
            except StoreUnavailable as error:
                self._why = str(error)
                self._queue.expire(self._now(), self._unreachable)
                if self._now() >= until:
                    return None
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_SECONDS_MAX)

    def _close(self, reason: Callable[[], StoreUnavailable]) -> None:
        """Nothing is written any more: whoever waits is told."""
        self._closed = reason
        fail_all(self._queue.tickets, reason)
        self._room.set()

    def _unreachable(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"Expected the database to take a unit within {OUTAGE_SECONDS_MAX} s, but it did not; nothing was written."
            f" {self._why}",
        )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _batch(tickets: Iterable[Ticket]) -> Batch:
    return Batch([ticket.prepared for ticket in tickets])


def _latest(tickets: Iterable[Ticket]) -> float:
    """Until when any of the senders waits."""
    return max(ticket.deadline for ticket in tickets)


def _not_running() -> StoreUnavailable:
    return StoreUnavailable("Expected a journal that runs, but it is not started, stopping or broken.")


def _unknown() -> OutcomeUnknown:
    return OutcomeUnknown(
        "Expected an answer to an append, but the connection was lost; ask again whether it was written."
    )


def _session_lost() -> SessionLost:
    return SessionLost("Expected the session that holds the locks, but it was lost; the unit was not written.")
