"""Ends what was waited for too long. A timer only asks; an answer recorded before it counts, whatever the clock says."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.jobs.commands import ExpireTask
from domain.jobs.shard import shard
from domain.jobs.state import Job
from domain.refusals import Refusal
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.dispatch import Dispatch
from event_store.mapper import UnreadableEvent
from event_store.units import StoreUnavailable
from runner.sending import Sending
from runner.shards import Shards
from runner.timers import Timers

EXPIRE_AGAIN = timedelta(seconds=5)

_log = logging.getLogger(__name__)


class Expiring:
    """What the timers fire."""

    def __init__(self, *, dispatch: Dispatch, sending: Sending, shards: Shards) -> None:
        self._dispatch = dispatch
        self._sending = sending
        self._shards = shards
        self.timers = Timers(self._expire)

    async def _expire(self, job_id: UUID, text: str, workspace: UUID) -> None:
        """Asks whether a run that waits is overdue; one that is performed has a limit of its own."""
        if shard(job_id) not in self._shards.mine:
            return
        try:
            job: Job
            job, _ = await self._dispatch.load("job", job_id, workspace)
            run = next((run for run in job.waiting() if run.text == text), None)
            if run is not None:
                command = ExpireTask(at=datetime.now(UTC), job_id=job_id, run=run)
                await self._sending.send(command, workspace, shard(job_id))
        except (Refusal, UnreadableEvent, BlobMissing, BlobDamaged) as error:
            _log.warning("%s of job %s is not ended: %s", text, job_id, error)
        except (StoreUnavailable, OSError) as error:
            _log.warning("%s of job %s is ended later: %s", text, job_id, error)
            self.timers.put(datetime.now(UTC) + EXPIRE_AGAIN, job_id, text, workspace)
