"""Reads of streams that come together are read together: those asked for while others are on their way share the next query.

A hundred decisions at once read two hundred short streams; each in a query of its own, the queries would cost more than the decisions.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg.rows import TupleRow

from event_store.session import Statement

READS_AT_ONCE_MAX = 2
"""So that a long stream does not keep all others waiting."""
STREAMS_TOGETHER_MAX = 100

_TAILS: Final = (
    "select a.ordinal, e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.hash, e.workspace"
    " from unnest(%b::uuid[], %b::int8[], %b::int8[]) with ordinality a (id, after, most, ordinal) cross join lateral"
    " (select * from stored_events s where s.originator_id = a.id and s.originator_version > a.after"
    " order by s.originator_version limit a.most) e order by a.ordinal, e.originator_version"
)

Rows = Callable[[Statement, Sequence[Any]], Awaitable[list[TupleRow]]]


@dataclass(slots=True, eq=False)
class _Asked:
    stream: UUID
    after: int
    most: int
    answer: asyncio.Future[list[TupleRow]]


class Tails:
    """Gathers what is asked for."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._asked: deque[_Asked] = deque()
        self._reading = 0  # counted by themselves: a task is still among `_tasks` when it has seen that nothing is left
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, stream: UUID, after_version: int, limit: int) -> list[TupleRow]:
        """The rows of a stream in order, after a version, at most `limit`."""
        answer: asyncio.Future[list[TupleRow]] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(stream, after_version, limit, answer))
        if self._reading < READS_AT_ONCE_MAX:
            self._reading += 1
            task = asyncio.get_running_loop().create_task(self._read_all())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _read_all(self) -> None:
        try:
            while self._asked:
                await self._read_some()
        finally:
            self._reading -= 1

    async def _read_some(self) -> None:
        batch = [self._asked.popleft() for _ in range(min(len(self._asked), STREAMS_TOGETHER_MAX))]
        try:
            rows = await self._rows(
                _TAILS,
                ([each.stream for each in batch], [each.after for each in batch], [each.most for each in batch]),
            )
        except BaseException as error:
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            found: list[list[TupleRow]] = [[] for _ in batch]
            for ordinal, *row in rows:
                found[ordinal - 1].append(tuple(row))
            for each, records in zip(batch, found, strict=True):
                if not each.answer.done():
                    each.answer.set_result(records)
