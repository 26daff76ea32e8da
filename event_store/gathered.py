"""Reads of streams that come together are read together: those asked for while others are on their way share the next query.

A hundred decisions at once read two hundred short streams, a hundred runs what their inputs are bound to; each in a query of its own, the queries would cost
more than all the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import TupleRow

from event_store.session import Statement

READS_AT_ONCE_MAX = 2
"""So that a long stream does not keep all others waiting."""
STREAMS_TOGETHER_MAX = 100
ROWS_TOGETHER_MAX = 500
"""When the reads of a query name so many records, the others wait for the next."""

_TAILS: Final = (
    "select a.place, e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.hash, e.workspace"
    " from unnest(%b::int8[], %b::uuid[], %b::int8[], %b::int8[]) a (place, id, after, most) cross join lateral"
    " (select * from stored_events s where s.originator_id = a.id and s.originator_version > a.after"
    " order by s.originator_version limit a.most) e order by a.place, e.originator_version"
)
_VERSIONS: Final = (
    "select a.place, e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.hash, e.workspace"
    " from unnest(%b::int8[], %b::uuid[], %b::int8[]) a (place, id, version) cross join lateral"
    " (select * from stored_events s where s.originator_id = a.id and s.originator_version = a.version limit 1) e"
    " order by a.place, e.originator_version"
)

Rows = Callable[[Statement, Sequence[Any]], Awaitable[list[TupleRow]]]


class _Asked(NamedTuple):
    """One read: a line of parameters or several, and the promise given to who asked."""

    lines: Sequence[tuple[Any, ...]]
    answer: asyncio.Future[list[TupleRow]]


@dataclass(slots=True)
class _Reads:
    """Gathers what is asked of one statement."""

    rows: Rows
    statement: Statement
    asked: deque[_Asked] = field(default_factory=deque)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    reading: int = 0  # counted by themselves: a task is still among `tasks` when it has seen that nothing is left

    async def read(self, lines: Sequence[tuple[Any, ...]]) -> list[TupleRow]:
        """The rows that these lines of parameters ask for, in their order."""
        answer: asyncio.Future[list[TupleRow]] = asyncio.get_running_loop().create_future()
        self.asked.append(_Asked(lines, answer))
        if self.reading < READS_AT_ONCE_MAX:
            self.reading += 1
            task = asyncio.get_running_loop().create_task(self._read_all())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return await answer

    async def _read_all(self) -> None:
        try:
            while self.asked:
                await self._read_some()
        finally:
            self.reading -= 1

    async def _read_some(self) -> None:
        batch = self._next()
        try:
            lines = [(place, *line) for place, each in enumerate(batch) for line in each.lines]
            rows = await self.rows(self.statement, [list(column) for column in zip(*lines, strict=True)])
        except BaseException as error:
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            found: list[list[TupleRow]] = [[] for _ in batch]
            for place, *row in rows:
                found[place].append(tuple(row))
            for each, records in zip(batch, found, strict=True):
                if not each.answer.done():
                    each.answer.set_result(records)

    def _next(self) -> list[_Asked]:
        batch = [self.asked.popleft()]
        lines = len(batch[0].lines)
        while self.asked and len(batch) < STREAMS_TOGETHER_MAX:
            lines += len(self.asked[0].lines)
            if lines > ROWS_TOGETHER_MAX:
                break
            batch.append(self.asked.popleft())
        return batch


class Gathered:
    """What streams hold from a version on, and what they hold at some."""

    def __init__(self, rows: Rows) -> None:
        self._tails = _Reads(rows, _TAILS)
        self._versions = _Reads(rows, _VERSIONS)

    async def read_tail(self, stream: UUID, after_version: int, limit: int) -> list[TupleRow]:
        """The rows of a stream in order, after a version, at most `limit`."""
        return await self._tails.read([(stream, after_version, limit)])

    async def read_versions(self, stream: UUID, versions: Sequence[int]) -> list[TupleRow]:
        """The rows of a stream at these versions, in order; those that are not there are left out."""
        return await self._versions.read([(stream, version) for version in versions])
