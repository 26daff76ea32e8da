"""Brings what is offered in line with the log: for jobs that were taken over, and those to which others wrote.

A run that waits and is not offered (its runner was lost before it said so, or the table was) is offered; one that is offered and waits no more is
withdrawn. A run whose effect had begun is never offered again: with whoever had taken it, all that was known of it is lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from domain.jobs.commands import RecordWorkerLost
from domain.jobs.events import TaskStarted
from domain.jobs.run import Run
from domain.jobs.shard import shard
from domain.jobs.state import Job
from domain.refusals import Refusal
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.dispatch import Dispatch
from event_store.envelope import read_time
from event_store.mapper import Mapper, UnreadableEvent
from event_store.reader import Reader
from event_store.units import SessionLost, StoreUnavailable
from projections.engine import unaligned_jobs
from projections.views import Views
from runner.external.offering import Offering
from runner.external.rows import Rows
from runner.performing import Performing
from runner.sending import Sending
from runner.shards import Shards

JOBS_AT_ONCE_MAX = 100
AGAIN_SECONDS = 1.0
UNKNOWN_WORKER = "unknown"
"""In place of the name of a worker that nothing is known of any more."""

_log = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    """A run that waits for a worker: where it started, and whether its effect has begun."""

    run: Run
    version: int
    began: bool


class Aligning:
    """Looks at the jobs it is asked to, many at a time."""

    def __init__(
        self,
        *,
        rows: Rows,
        reader: Reader,
        views: Views,
        mapper: Mapper,
        dispatch: Dispatch,
        shards: Shards,
        sending: Sending,
        performing: Performing,
        offering: Offering,
    ) -> None:
        self._rows = rows
        self._reader = reader
        self._views = views
        self._mapper = mapper
        self._dispatch = dispatch
        self._shards = shards
        self._sending = sending
        self._performing = performing
        self._offering = offering
        self._asked: dict[UUID, UUID] = {}
        self._work = asyncio.Event()

    def ask(self, job_id: UUID, workspace: UUID) -> None:
        """Has a job with tasks that workers perform looked at soon."""
        self._asked[job_id] = workspace
        self._work.set()

    async def survey(self, shards: Collection[int]) -> None:
        """Has the jobs of shards that were taken looked at of which something waits and is not offered, or is offered and does not wait."""
        for job in await unaligned_jobs(self._views, shards):
            self.ask(job.job_id, job.workspace_id)

    async def run(self) -> None:
        """Looks at what is asked, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._asked:
                jobs = {job_id: self._asked.pop(job_id) for job_id in list(self._asked)[:JOBS_AT_ONCE_MAX]}
                try:
                    await self._align(jobs)
                except SessionLost:
                    raise
                except (StoreUnavailable, OSError) as error:
                    _log.warning("what is offered of %d jobs is looked at later: %s", len(jobs), error)
                    self._asked.update({**jobs, **self._asked})
                    await asyncio.sleep(AGAIN_SECONDS)

    async def _align(self, jobs: dict[UUID, UUID]) -> None:
        """What waits is looked at, then the table, then what waits again: a run that ends meanwhile, or is offered, is not taken for one that is missing."""
        waiting = {job_id: await self._waiting(job_id, workspace) for job_id, workspace in jobs.items()}
        offered: dict[UUID, set[str]] = {job_id: set() for job_id in jobs}
        for job_id, run in await self._rows.of_jobs(jobs):
            offered[job_id].add(run)
        for job_id, before in waiting.items():
            if before is None or shard(job_id) not in self._shards.mine:
                continue
            still = await self._waiting(job_id, jobs[job_id])
            if still is None:
                continue
            for text in offered[job_id] - still.keys():
                self._offering.withdraw((job_id, text))
            for text in (before.keys() & still.keys()) - offered[job_id]:
                await self._offer(job_id, jobs[job_id], still[text])

    async def _waiting(self, job_id: UUID, workspace: UUID) -> dict[str, _Waiting] | None:
        """The runs of a job that wait for workers; None where it cannot be read."""
        try:
            job: Job
            job, _ = await self._dispatch.load("job", job_id, workspace)
        except (UnreadableEvent, BlobMissing, BlobDamaged) as error:
            _log.error("what is offered of job %s is left alone, for it cannot be read: %s", job_id, error)
            return None
        return {
            run.text: _Waiting(run, job.start_version(run) or 0, job.effect_began(run)) for run in job.with_workers()
        }

    async def _offer(self, job_id: UUID, workspace: UUID, waits: _Waiting) -> None:
        """Has a run offered, with its inputs read and checked as if it had just started; one whose effect had begun is lost."""
        if self._offering.is_said((job_id, waits.run.text)) or self._performing.has(job_id, waits.run.text):
            return
        if waits.began:
            await self._lose(job_id, workspace, waits.run)
            return
        for record in await self._reader.read_versions(job_id, [waits.version]):
            try:
                event = self._mapper.event(record)
            except UnreadableEvent as error:
                _log.error("%s:%s cannot be offered: %s", job_id, waits.run.text, error)
                return
            still = await self._waiting(job_id, workspace)  # From here on, what ends it is told to who performs it.
            if isinstance(event, TaskStarted) and still is not None and still.get(waits.run.text) == waits:
                at = read_time(record.state)
                self._performing.start(workspace, job_id, waits.version, event, at=at)

    async def _lose(self, job_id: UUID, workspace: UUID, run: Run) -> None:
        command = RecordWorkerLost(at=datetime.now(UTC), job_id=job_id, run=run, worker=UNKNOWN_WORKER)
        try:
            await self._sending.send(command, workspace, shard(job_id))
        except Refusal as refusal:
            _log.warning("the worker of %s:%s is not recorded as lost: %s", job_id, run.text, refusal.code)
