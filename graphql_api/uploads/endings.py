"""Making a file of an upload that is whole takes a while when it is large: whoever asks meanwhile waits for the same work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID


class Endings:
    """The uploads of which this process makes files now."""

    def __init__(self) -> None:
        self._under_way: dict[UUID, asyncio.Task[Any]] = {}

    async def once(self, upload_id: UUID, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does the work, or waits for it where it is under way; it goes on when whoever asked goes away."""
        task = self._under_way.get(upload_id)
        if task is None:
            task = self._under_way[upload_id] = asyncio.get_running_loop().create_task(work())
            task.add_done_callback(lambda done: self._done(upload_id, done))
        await asyncio.shield(task)

    def _done(self, upload_id: UUID, task: asyncio.Task[Any]) -> None:
        del self._under_way[upload_id]
        if not task.cancelled():
            task.exception()  # Whoever asked is told; that all of them may have gone away is no error.
