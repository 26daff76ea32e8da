"""Sees jobs through what takes more than one unit: to their end, where more was to be cancelled than one holds; a pause that is passed on."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from uuid import UUID

from domain.jobs.commands import ContinueEnding, PassPauseOn
from domain.jobs.shard import shard
from domain.refusals import Refusal
from event_store.units import StoreUnavailable
from runner.sending import Sending

_log = logging.getLogger(__name__)


class SeeingThrough:
    """The jobs that are being seen through here: one step after another is asked for, until none is left."""

    def __init__(self, sending: Sending, step: type[ContinueEnding | PassPauseOn]) -> None:
        self._sending = sending
        self._step = step
        self._jobs: dict[UUID, asyncio.Task[None]] = {}

    def see_through(self, job_id: UUID, workspace: UUID) -> None:
        """Goes on until nothing of it is left to do; asking twice is no error."""
        if job_id not in self._jobs:
            self._jobs[job_id] = asyncio.get_running_loop().create_task(self._go_on(job_id, workspace))

    async def stop(self) -> None:
        """Leaves what is left to the next owner."""
        tasks = list(self._jobs.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _go_on(self, job_id: UUID, workspace: UUID) -> None:
        try:
            while True:
                command = self._step(at=datetime.now(UTC), job_id=job_id)
                receipt = await self._sending.send(command, workspace, shard(job_id))
                if not receipt.position:  # Nothing was left.
                    return
        except (Refusal, StoreUnavailable) as error:
            _log.warning("%s of job %s is left to whoever takes it over: %s", self._step.__name__, job_id, error)
        finally:
            del self._jobs[job_id]
