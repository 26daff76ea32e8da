"""Following a stream or a workspace from a position on: what was missed, a mark, then live; nothing lost, nothing doubled."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from event_store.units import Record
from graphql_api.tail import Tail

MISSED_RECORDS_MAX = 500  # read at once
ACCESS_RECHECK_SECONDS = 5.0


class StoredLog(Protocol):
    """What following needs of the log's reader."""

    async def read_stream(
        self, stream: UUID, after_version: int = 0, limit: int | None = None, until: int | None = None
    ) -> list[Record]:
        """Records of a stream in order."""
        ...

    async def read_log(self, after_position: int, limit: int, until: int | None = None) -> list[Record]:
        """Records in order of position."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Records in order of position, all behind what came before; `live` once the end of the log had been reached."""

    records: list[Record]
    live: bool
    position: int  # everything up to here has been told
    mark: bool = False  # the change from what was missed to live


class Interest(Protocol):
    """What is followed, and how what was missed of it is read: in pages, until nothing is left."""

    key: UUID
    topics: tuple[str, ...]

    async def page(self, after: int, until: int) -> tuple[list[Record], int]:
        """Records of interest behind `after`, and the position up to which that is all; `until` ends it."""
        ...


class OfStream:
    """One stream."""

    def __init__(self, log: StoredLog, stream: UUID) -> None:
        self._log = log
        self.key = stream
        self.topics: tuple[str, ...] = ("",)
        self._version: int | None = None  # the last one that stands at or before `after`

    async def page(self, after: int, until: int) -> tuple[list[Record], int]:
        """The next page; where a cursor stands on a record of the stream, nothing before it is read."""
        if self._version is None:
            at_cursor = await self._log.read_log(after - 1, 1) if after else []
            known = at_cursor and at_cursor[0].stream == self.key
            self._version = at_cursor[0].version if known else 0
        read = await self._log.read_stream(self.key, self._version, MISSED_RECORDS_MAX)
        if read:
            self._version = read[-1].version
        missed = [record for record in read if after < record.position <= until]
        whole = len(read) < MISSED_RECORDS_MAX or read[-1].position >= until
        return missed, until if whole else max(after, read[-1].position)


class OfWorkspace:
    """The records of one workspace whose wire names begin in one of the given ways."""

    def __init__(self, log: StoredLog, workspace: UUID, topics: tuple[str, ...]) -> None:
        self._log = log
        self.key = workspace
        self.topics = topics

    async def page(self, after: int, until: int) -> tuple[list[Record], int]:
        """The next page, which may be empty though more follow."""
        read = await self._log.read_log(after, MISSED_RECORDS_MAX, until)
        missed = [r for r in read if r.workspace == self.key and r.topic.startswith(self.topics)]
        return missed, until if len(read) < MISSED_RECORDS_MAX else read[-1].position


async def follow(
    tail: Tail, interest: Interest, after: int | None, still_allowed: Callable[[], Awaitable[None]]
) -> AsyncGenerator[Batch, None]:
    """Batches from `after` on (None: from now on), for ever or until the tail stops; a refusal of `still_allowed` ends it."""
    position = after
    checked_at = time.monotonic()

    async def check_sometimes() -> None:
        nonlocal checked_at
        if time.monotonic() - checked_at > ACCESS_RECHECK_SECONDS:
            await still_allowed()
            checked_at = time.monotonic()

    while True:
        follower = await tail.join(interest.key, interest.topics)
        with tail.following(follower):
            if position is None:
                position = follower.joined_at
            while position < follower.joined_at:
                await check_sometimes()
                records, position = await interest.page(position, follower.joined_at)
                if records:
                    yield Batch(records, live=False, position=records[-1].position)
            yield Batch([], live=True, position=position, mark=True)
            while not follower.overtaken:
                await check_sometimes()
                records = [r for r in await follower.take(ACCESS_RECHECK_SECONDS) if r.position > position]
                if records:
                    position = records[-1].position
                    yield Batch(records, live=True, position=position)
                if follower.ended:
                    return
