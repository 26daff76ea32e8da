"""What falls due: a heap of what is due within the hour, filled from the engine's read model and from what is committed here.

A timer that fires only asks; the log decides. An answer recorded before the expiry counts, whatever the clock says.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

HORIZON = timedelta(hours=1)
"""What is due later is not kept here; it is found when the heap is filled again."""
FILL_AGAIN_SECONDS = 1_800.0
FIRED_AT_ONCE_MAX = 100
LOOK_SECONDS_MAX = 5.0
"""The clock is looked at this often, since it may be set while nothing is due."""

Due = tuple[datetime, UUID, str, UUID]
"""When, which job or schedule, the text of the job's run, and the workspace."""


class Timers:
    """Fires what is due, in order; each only once, however often it was put."""

    def __init__(self, fire: Callable[[UUID, str, UUID], Awaitable[None]]) -> None:
        self._fire = fire
        self._heap: list[Due] = []
        self._known: set[Due] = set()
        self._changed = asyncio.Event()

    def put(self, due_at: datetime, stream: UUID, run: str, workspace: UUID) -> None:
        """Fires at that time; what is due beyond the horizon is left to the next filling."""
        due = (due_at, stream, run, workspace)
        if due in self._known or due_at > datetime.now(UTC) + HORIZON:
            return
        self._known.add(due)
        heapq.heappush(self._heap, due)
        if self._heap[0] is due:
            self._changed.set()

    def drop(self, unwanted: Callable[[UUID], bool]) -> None:
        """Forgets what is due of streams that are no longer this runner's."""
        self._heap = [due for due in self._heap if not unwanted(due[1])]
        heapq.heapify(self._heap)
        self._known = set(self._heap)

    async def run(self) -> None:
        """Fires until cancelled."""
        while True:
            seconds = min(self._seconds_left(), LOOK_SECONDS_MAX)
            if seconds > 0:
                self._changed.clear()
                try:
                    async with asyncio.timeout(seconds):
                        await self._changed.wait()
                except TimeoutError:
                    pass
                continue
            await asyncio.gather(*(self._fire(*due[1:]) for due in self._take_due()))

    def _take_due(self) -> list[Due]:
        now = datetime.now(UTC)
        due: list[Due] = []
        while self._heap and self._heap[0][0] <= now and len(due) < FIRED_AT_ONCE_MAX:
            due.append(heapq.heappop(self._heap))
        self._known.difference_update(due)
        return due

    def _seconds_left(self) -> float:
        if not self._heap:
            return HORIZON.total_seconds()
        return (self._heap[0][0] - datetime.now(UTC)).total_seconds()
