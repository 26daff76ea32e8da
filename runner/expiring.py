"""Ends what was waited for too long, and starts what is to be tried again. A timer only asks; the log decides."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.events import Event
from domain.jobs.commands import EndWait, ExpireJob, ExpireTask, JobCommand, StartRetry
from domain.jobs.events import JobStarted, TaskFailed, TaskWaitBegan
from domain.jobs.run import Run
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
WHOLE_JOB = ""
"""In place of the text of a run: what is due is the job itself."""

_log = logging.getLogger(__name__)


class Expiring:
    """What the timers fire."""

    def __init__(self, *, dispatch: Dispatch, sending: Sending, shards: Shards) -> None:
        self._dispatch = dispatch
        self._sending = sending
        self._shards = shards
        self.timers = Timers(self._expire)

    async def _expire(self, job_id: UUID, text: str, workspace: UUID) -> None:
        """Asks what is due: the end of a job or of a wait, or a next attempt; a run that is performed has a limit of its own."""
        if shard(job_id) not in self._shards.mine:
            return
        try:
            job: Job
            job, _ = await self._dispatch.load("job", job_id, workspace)
            command = _due(job, job_id, text)
            if command is None:
                return
            receipt = await self._sending.send(command, workspace, shard(job_id))
            if isinstance(command, StartRetry) and not receipt.position and job.paused is None:
                # As a rule no slot is free, and the run starts with the next that is; clocks that differ must not forget it.
                self.timers.put(datetime.now(UTC) + EXPIRE_AGAIN, job_id, text, workspace)
        except (Refusal, UnreadableEvent, BlobMissing, BlobDamaged) as error:
            _log.warning("%s of job %s is not ended: %s", text, job_id, error)
        except (StoreUnavailable, OSError) as error:
            _log.warning("%s of job %s is ended later: %s", text, job_id, error)
            self.timers.put(datetime.now(UTC) + EXPIRE_AGAIN, job_id, text, workspace)


class Due(NamedTuple):
    """When something falls due, and the text of the run it is due of (WHOLE_JOB: the job)."""

    at: datetime
    of: str


def due_in(event: Event) -> Due | None:
    """What an event makes due; nothing of runs that are performed, which have a limit of their own."""
    if isinstance(event, TaskWaitBegan) and event.due_at is not None:
        return Due(event.due_at, event.run.text)
    if isinstance(event, JobStarted) and event.due_at is not None:
        return Due(event.due_at, WHOLE_JOB)
    if isinstance(event, TaskFailed) and event.retry_at is not None:
        return Due(event.retry_at, event.run.text)
    return None


def _due(job: Job, job_id: UUID, text: str) -> JobCommand | None:
    """What to ask of the job, or of the run of this text if it waits or is to be tried again."""

    def named(runs: list[Run]) -> Run | None:
        return next((run for run in runs if run.text == text), None)

    now = datetime.now(UTC)
    if text == WHOLE_JOB:
        return ExpireJob(at=now, job_id=job_id) if job.version else None
    if (waiting := named(job.waiting())) is not None:
        ask = EndWait if job.succeeds_when_due(waiting) else ExpireTask
        return ask(at=now, job_id=job_id, run=waiting)
    if (failed := named(job.retrying())) is not None:
        return StartRetry(at=now, job_id=job_id, run=failed)
    return None
