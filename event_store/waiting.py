"""The units that wait to be written, in the order they came, and the promises given to their senders."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from event_store.batches import Prepared
from event_store.units import Committed

BATCH_EVENTS_MIN = 200
BATCH_EVENTS_MAX = 1_000
BATCH_SHARE = 4
"""A batch takes a fourth of what waits, within its bounds: while it is in flight, the next ones are made ready."""
BATCH_BYTES_MAX = 4 * 1024 * 1024
QUEUE_EVENTS_MAX = 20_000
QUEUE_BYTES_MAX = 64 * 1024 * 1024


@dataclass(slots=True, eq=False)
class Ticket:
    """A unit that waits, the promise given to its sender, and until when (in the loop's time) the sender waits."""

    prepared: Prepared
    promise: asyncio.Future[Committed]
    deadline: float

    def fail(self, error: Exception) -> None:
        """Tells the sender why the unit was not written."""
        if not self.promise.done():
            self.promise.set_exception(error)

    def keep(self, first: int) -> int:
        """Tells the sender that the unit stands from this position on; gives the position after it."""
        after = first + len(self.prepared.rows)
        if not self.promise.done():
            self.promise.set_result(Committed(first, after - 1, self.prepared.heads))
        return after


@dataclass(slots=True)
class Queue:
    """A bounded queue of tickets."""

    tickets: deque[Ticket] = field(default_factory=deque)
    events: int = 0
    size: int = 0

    @property
    def full(self) -> bool:
        """Whether the next unit has to wait outside."""
        return self.events >= QUEUE_EVENTS_MAX or self.size >= QUEUE_BYTES_MAX

    def put(self, ticket: Ticket) -> None:
        """Takes a unit in."""
        self.tickets.append(ticket)
        self.events += len(ticket.prepared.rows)
        self.size += ticket.prepared.size

    def take(self) -> list[Ticket]:
        """The next batch: at most one unit for each stream and claim; what must wait for another keeps its place."""
        taken: list[Ticket] = []
        passed: list[Ticket] = []
        keys: set[object] = set()
        events = size = 0
        events_max = min(max(self.events // BATCH_SHARE, BATCH_EVENTS_MIN), BATCH_EVENTS_MAX)
        while self.tickets:
            ticket = self.tickets[0]
            unit = ticket.prepared
            if taken and (events + len(unit.rows) > events_max or size + unit.size > BATCH_BYTES_MAX):
                break
            self.tickets.popleft()
            if ticket.promise.done():  # The sender went away; nothing was sent for it.
                self._forget(ticket)
                continue
            if keys.isdisjoint(unit.keys):
                taken.append(ticket)
                self._forget(ticket)
                events += len(unit.rows)
                size += unit.size
            else:
                passed.append(ticket)
            keys |= unit.keys
        self.tickets.extendleft(reversed(passed))
        return taken

    def expire(self, now: float, reason: Callable[[], Exception]) -> None:
        """Tells the senders that waited too long; their units were never sent."""
        while self.tickets and self.tickets[0].deadline <= now:
            ticket = self.tickets.popleft()
            self._forget(ticket)
            ticket.fail(reason())

    def _forget(self, ticket: Ticket) -> None:
        self.events -= len(ticket.prepared.rows)
        self.size -= ticket.prepared.size


def fail_all(tickets: Iterable[Ticket], reason: Callable[[], Exception]) -> None:
    """Tells every sender the same, each with an error of its own."""
    for ticket in tickets:
        ticket.fail(reason())
