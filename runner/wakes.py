"""What others wrote to this runner's jobs and schedules: found at once by the notification, within a second without it.

The log is the guarantee, a notification a hint. Those that only tell of this runner's own appends lead to no read: it is known up
to which position everything is either its own or read.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from uuid import UUID

from event_store.envelope import Writer
from event_store.journal import Journal
from event_store.reader import Reader
from event_store.session import Session
from event_store.units import Record, StoreUnavailable

WAKES_AT_ONCE_MAX = 500
POLL_SECONDS = 1.0
OWN_APPEND_SECONDS = 0.0005
"""How long a hint waits for the answer to an append of this runner's own that it may tell of."""

Found = Callable[[UUID, list[Record]], Awaitable[None]]
"""Takes the records that were found of one stream."""

_log = logging.getLogger(__name__)


class Covered:
    """Up to which position everything is either this runner's own or read by it."""

    def __init__(self) -> None:
        self.position = 0
        self._beyond: list[tuple[int, int]] = []

    def read_to(self, position: int) -> None:
        """Everything up to there has been read."""
        self.position = max(self.position, position)
        while self._beyond and self._beyond[0][0] <= self.position + 1:
            self.position = max(self.position, heapq.heappop(self._beyond)[1])

    def wrote(self, first: int, last: int) -> None:
        """These positions are this runner's own."""
        heapq.heappush(self._beyond, (first, last))
        self.read_to(self.position)


class CoveringJournal(Journal):
    """A journal on the runner's session that notes which positions it wrote."""

    def __init__(self, dsn: str, *, writer: Writer, session: Session) -> None:
        super().__init__(dsn, writer=writer, session=session)
        self.covered = Covered()

    def _wrote(self, first: int, last: int) -> None:
        self.covered.wrote(first, last)


class Wakes:
    """Follows the events that are marked for the owners of their streams."""

    def __init__(
        self,
        *,
        reader: Reader,
        covered: Covered,
        is_busy: Callable[[], bool],
        found: Mapping[str, Found],  # by subject
    ) -> None:
        self._reader = reader
        self._covered = covered
        self._is_busy = is_busy
        self._found = found
        self._after = 0

    async def begin(self) -> None:
        """What the log holds until now is left to those who take shards over."""
        self._after = await self._reader.last_position()
        self._covered.read_to(self._after)

    async def run(self) -> None:
        """Follows until cancelled."""
        async with aclosing(self._reader.listen(POLL_SECONDS)) as hints:
            async for hint in hints:
                if hint is not None and self._is_busy() and hint > self._covered.position:
                    await asyncio.sleep(OWN_APPEND_SECONDS)
                if hint is None or hint > self._covered.position:
                    await self._try_to_read(hint or 0)

    async def _try_to_read(self, hint: int) -> None:
        try:
            await self._read(hint)
        except StoreUnavailable as error:  # The next hint, or the next second, reads on from the same place.
            _log.warning("what others wrote cannot be read yet: %s", error)

    async def _read(self, hint: int) -> None:
        cut: list[Record] = []
        after = self._after
        while True:
            read = await self._reader.read_wake(after, WAKES_AT_ONCE_MAX)
            is_last = len(read) < WAKES_AT_ONCE_MAX
            after = read[-1].position if read else after
            whole, cut = (cut + read, []) if is_last else _split(cut + read)
            for (subject, stream), of_stream in _by_stream(whole).items():
                if subject in self._found:
                    await self._found[subject](stream, of_stream)
            self._after = cut[0].position - 1 if cut else after
            if is_last:
                self._covered.read_to(max(hint, after))
                return


def _split(records: list[Record]) -> tuple[list[Record], list[Record]]:
    """What is there whole, and what is of the last stream, which may go on: taken in by halves, a job would be decided on as it never stood in the log."""
    last = len(records)
    while last and records[last - 1].stream == records[-1].stream:
        last -= 1
    return records[:last], records[last:]


def _by_stream(records: Iterable[Record]) -> dict[tuple[str, UUID], list[Record]]:
    streams: dict[tuple[str, UUID], list[Record]] = {}
    for record in records:
        streams.setdefault((record.topic.partition(".")[0], record.stream), []).append(record)
    return streams
