"""The one tail of the log in this process, read while somebody follows it and fanned out to all who do."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Protocol
from uuid import UUID

from event_store.units import Record, StoreUnavailable

READ_RECORDS_MAX = 500
READ_POSITIONS_MAX = 20_000  # of the log looked through at once
KEYS_ASKED_MAX = 100
"""Are more streams and workspaces followed, everything is read and passed over here."""
WAITING_RECORDS_MAX = 1_000  # for one follower; who is slower goes on from the log
POLL_SECONDS = 1.0

logger = logging.getLogger("opus.graphql_api.tail")


class Log(Protocol):
    """What the tail needs of the log's reader."""

    async def read_log(
        self, after_position: int, limit: int, until: int | None = None, of: Sequence[UUID] | None = None
    ) -> list[Record]:
        """Records in order of position, of these streams and workspaces or of all."""
        ...

    async def last_position(self) -> int:
        """The last position, 0 for an empty log."""
        ...

    def listen(self, poll_seconds: float = 1.0) -> AsyncGenerator[int | None, None]:
        """Hints that there may be more, at least every `poll_seconds`."""
        ...


class Follower:
    """One who follows a stream or a workspace: what came since `joined_at` and waits to be taken."""

    def __init__(self, key: UUID, topics: tuple[str, ...], joined_at: int) -> None:
        self.key = key
        self.topics = topics  # beginnings of the wire names it wants
        self.joined_at = joined_at
        self.overtaken = False  # more came than may wait; what waited is dropped and stands in the log
        self.ended = False
        self._waiting: deque[Record] = deque()
        self._woken = asyncio.Event()

    def offer(self, record: Record) -> None:
        """Adds a record it wants, unless too many wait already."""
        if self.overtaken or not record.topic.startswith(self.topics):
            return
        if len(self._waiting) >= WAITING_RECORDS_MAX:
            self.overtaken = True
            self._waiting.clear()
        else:
            self._waiting.append(record)
        self._woken.set()

    def end(self) -> None:
        """Wakes whoever takes, to find that the tail has stopped."""
        self.ended = True
        self._woken.set()

    async def take(self, seconds: float) -> list[Record]:
        """All that waits; waits for it up to `seconds`, then nothing."""
        if not self._waiting and not self.overtaken and not self.ended:
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), seconds)
            except TimeoutError:
                return []
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


class Tail:
    """Reads the log once, however many follow it, and where they are few only what they follow; reads nothing while nobody does."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._position: int | None = None  # up to where it has been fanned out; None: nobody follows
        self._reading_to = 0  # what stands up to here is being read, for those who followed when that began
        self._followers: defaultdict[UUID, set[Follower]] = defaultdict(set)
        self._stopped = False

    async def run(self) -> None:
        """Reads on at every hint, until cancelled; whatever goes wrong, it goes on, since streams live by it."""
        while True:
            try:
                async with aclosing(self._log.listen(POLL_SECONDS)) as hints:
                    async for hint in hints:
                        if self._position is not None and (hint is None or hint > self._position):
                            await self._read_on(hint)
            except StoreUnavailable as error:
                logger.warning("the log cannot be read, trying again: %s", error)
            except Exception:
                logger.exception("the tail stumbled, and goes on")
            await asyncio.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ends every follower, so that streams are completed before the server closes."""
        self._stopped = True
        for followers in self._followers.values():
            for follower in followers:
                follower.end()

    async def join(self, key: UUID, topics: tuple[str, ...]) -> Follower:
        """Begins to follow a stream or a workspace: everything after the follower's `joined_at` will be offered to it."""
        if self._position is None:
            last = await self._log.last_position()
            if self._position is None:  # Somebody else may have joined meanwhile.
                self._position = last
        follower = Follower(key, topics, max(self._position, self._reading_to))
        if self._stopped:
            follower.end()
        self._followers[key].add(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        """Ends following; with the last one the tail rests."""
        followers = self._followers[follower.key]
        followers.discard(follower)
        if not followers:
            del self._followers[follower.key]
        if not self._followers:
            self._position = None

    @contextmanager
    def following(self, follower: Follower) -> Iterator[Follower]:
        """Leaves when the block ends, however it ends."""
        try:
            yield follower
        finally:
            self.leave(follower)

    async def _read_on(self, hint: int | None) -> None:
        """Goes on to the position that is hinted at; where none is told, to the end of the log."""
        end = await self._log.last_position() if hint is None else hint
        while self._position is not None and self._position < end:
            after = self._position
            until = self._reading_to = min(end, after + READ_POSITIONS_MAX)
            try:
                records = await self._log.read_log(after, READ_RECORDS_MAX, until, self._keys())
            finally:
                self._reading_to = 0
            if self._position != after:
                continue  # All left while this was read, and others joined at another place.
            for record in records:
                self._fan_out(record)
            self._position = until if len(records) < READ_RECORDS_MAX else records[-1].position

    def _keys(self) -> Sequence[UUID] | None:
        return list(self._followers) if len(self._followers) <= KEYS_ASKED_MAX else None

    def _fan_out(self, record: Record) -> None:
        for key in (record.stream, record.workspace):
            for follower in self._followers.get(key, ()):
                follower.offer(record)
