"""Examines jobs at their source: what the log says is running is performed, what it no longer wants is ended.

A run that started before this runner held its shard may have been performed by an earlier holder, so that is recorded before it is
performed again. Whoever gave up the shard in order may still perform it; then its lock is held, and it is left alone until it is
free. A run that started later than any earlier holder can have seen was performed by nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from domain.events import Event
from domain.jobs.commands import RecordRunnerLost
from domain.jobs.events import Resumption, TaskStarted, TaskWaitBegan
from domain.jobs.run import Run
from domain.jobs.shard import shard
from domain.jobs.state import Job
from domain.kinds import by_workers
from domain.refusals import Refusal
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.dispatch import Dispatch
from event_store.envelope import read_time
from event_store.mapper import Mapper, UnreadableEvent
from event_store.reader import Reader
from event_store.units import Record, SessionLost, StoreUnavailable
from runner.expiring import WHOLE_JOB
from runner.external.aligning import Aligning
from runner.performing import Performing
from runner.priorities import Priorities
from runner.seeing_through import SeeingThrough
from runner.sending import Sending
from runner.shards import Shards
from runner.timers import Timers
from runner.values import ValuesOfJobs

EXAMINED_AT_ONCE_MAX = 16
EXAMINE_AGAIN_SECONDS = 1.0
SHORT_EVENTS_MAX = 500
"""A job with fewer events is read whole when it is examined."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Start:
    """Where in the log a run started, or went on after its wait, and the events that say so."""

    position: int
    version: int
    event: TaskStarted
    at: datetime  # when the run started
    resumed: Resumption | None = None


Starts = dict[str, Start]
"""Run text → its start."""


class Examining:
    """Examines the jobs it is asked to, several at once, each by one examiner at a time."""

    def __init__(
        self,
        *,
        dispatch: Dispatch,
        reader: Reader,
        mapper: Mapper,
        values: ValuesOfJobs,
        shards: Shards,
        sending: Sending,
        performing: Performing,
        timers: Timers,
        endings: SeeingThrough,
        pauses: SeeingThrough,
        priorities: Priorities,
        aligning: Aligning,
    ) -> None:
        self._dispatch = dispatch
        self._reader = reader
        self._mapper = mapper
        self._values = values
        self._shards = shards
        self._sending = sending
        self._performing = performing
        self._timers = timers
        self._endings = endings
        self._pauses = pauses
        self._priorities = priorities
        self._aligning = aligning
        self._asked: dict[UUID, tuple[UUID, Starts | None]] = {}
        self._examined: set[UUID] = set()
        self._elsewhere: dict[UUID, UUID] = {}
        self._again: dict[tuple[UUID, str], Start] = {}
        self._work = asyncio.Event()

    def ask(self, job_id: UUID, workspace: UUID, starts: Starts | None = None) -> None:
        """Has a job examined soon, again if it is being examined. `starts`: what is new in a job that is followed here already."""
        _, known = self._asked.get(job_id, (workspace, {}))
        self._asked[job_id] = (workspace, None if known is None or starts is None else known | starts)
        self._work.set()

    def ask_elsewhere(self) -> None:
        """Looks again at jobs with runs that another runner went on performing."""
        for job_id, workspace in self._elsewhere.items():
            self.ask(job_id, workspace)
        self._elsewhere.clear()

    def performed_again(self, job_id: UUID, run: Run) -> Start | None:
        """The start of a run whose loss was just recorded, so that it is performed from there."""
        return self._again.pop((job_id, run.text), None)

    async def run(self) -> None:
        """Examines until cancelled."""
        async with asyncio.TaskGroup() as examiners:
            for _ in range(EXAMINED_AT_ONCE_MAX):
                examiners.create_task(self._examine_asked())

    async def _examine_asked(self) -> None:
        while True:
            job_id = next((job_id for job_id in self._asked if job_id not in self._examined), None)
            if job_id is None:
                self._work.clear()
                await self._work.wait()
                continue
            workspace, starts = self._asked.pop(job_id)
            self._examined.add(job_id)
            try:
                await self._examine(job_id, workspace, starts)
            except (UnreadableEvent, BlobMissing, BlobDamaged) as error:
                _log.error("job %s is left alone, for it cannot be read: %s", job_id, error)
            except SessionLost:
                raise
            except (Refusal, StoreUnavailable, OSError) as error:
                _log.warning("job %s is examined again: %s", job_id, error)
                asyncio.get_running_loop().call_later(EXAMINE_AGAIN_SECONDS, self.ask, job_id, workspace)
            finally:
                self._examined.discard(job_id)
                self._work.set()

    async def _examine(self, job_id: UUID, workspace: UUID, starts: Starts | None) -> None:
        if shard(job_id) not in self._shards.mine:
            return
        new = starts or {}
        if starts is None:
            starts = await self._read_if_short(job_id)
        job: Job
        job, version = await self._dispatch.load("job", job_id, workspace)
        if not version:
            return
        if by_workers(job.index.graph):
            self._aligning.ask(job_id, workspace)
        running = {run.text: run for run in job.running()}
        outside = {run.text: run for run in job.with_workers()}
        self._performing.stop_job(job_id, but=(*running, *outside))
        to_offer = [new[text] for text, run in outside.items() if text in new and not job.effect_began(run)]
        for start in to_offer:
            self._performing.start(workspace, job_id, start.version, start.event, at=start.at)
        for run in (*job.waiting(), *job.retrying()):
            if (due_at := job.due_at(run)) is not None:
                self._timers.put(due_at, job_id, run.text, workspace)
        if job.deadline is not None and job.ending is None:
            self._timers.put(job.deadline, job_id, WHOLE_JOB, workspace)
        if job.is_ending:
            self._endings.see_through(job_id, workspace)
        if job.has_children_to_tell:
            self._pauses.see_through(job_id, workspace)
        since = {text: job.resumed_at(run) or 0 for text, run in running.items()}
        missing = {text for text in running if not self._performing.has(job_id, text, since[text])}
        begun = {text for text in missing if job.effect_began(running[text])}
        if missing:
            self._priorities.learn(job_id, (await self._values.of(job_id)).priority)
            unknown = [
                run for text, run in running.items() if text in missing and not _is_known(starts, text, since[text])
            ]
            starts = starts | await self._read_starts(job_id, job, unknown)
            await self._perform(job_id, workspace, {text: starts[text] for text in missing}, begun)

    async def _read_if_short(self, job_id: UUID) -> Starts:
        """Reads a job that has few events at once, for all who need it; of a longer one each reads only what it needs."""
        records = await self._reader.read_stream(job_id, limit=SHORT_EVENTS_MAX)
        if not records or len(records) == SHORT_EVENTS_MAX:
            return {}
        events = [self._mapper.event(record) for record in records]
        await self._dispatch.offer("job", records, events)
        self._values.offer(job_id, records, events)
        return starts_in(records, events)

    async def _read_starts(self, job_id: UUID, job: Job, runs: Sequence[Run]) -> Starts:
        """The events that started runs, and let those that waited go on, by the versions at which the job's state says they stand."""
        versions = [version for run in runs for version in (job.start_version(run), job.resumed_at(run))]
        if not versions:
            return {}
        records = await self._reader.read_versions(job_id, [version for version in versions if version is not None])
        return starts_in(records, [self._mapper.event(record) for record in records])

    async def _perform(self, job_id: UUID, workspace: UUID, starts: Starts, begun: set[str]) -> None:
        """Performs runs; those that may have been performed before, or whose effect has begun, only when that is recorded."""
        running = await self._running(job_id, workspace)
        if shard(job_id) not in self._shards.mine:
            return
        held_from = self._shards.held[shard(job_id)]
        earlier: dict[str, Start] = {}
        for text, start in starts.items():
            if text not in running:
                continue  # It was performed, and ended, while its start was read.
            if start.position > held_from and text not in begun:
                self._performing.start(workspace, job_id, start.version, start.event, start.resumed, at=start.at)
            else:
                earlier[f"{job_id}:{text}"] = start
        if earlier and shard(job_id) in self._shards.watched:
            free = await self._shards.unperformed(earlier)
            if len(free) < len(earlier):
                self._elsewhere[job_id] = workspace
            earlier = {attempt_id: start for attempt_id, start in earlier.items() if attempt_id in free}
        if shard(job_id) in self._shards.orderly:
            earlier = await self._without_handed_over(job_id, workspace, earlier, begun)
        for start in earlier.values():
            await self._perform_again(job_id, workspace, start)
        if earlier:
            await self._shards.forget_late(earlier)

    async def _without_handed_over(
        self, job_id: UUID, workspace: UUID, earlier: dict[str, Start], begun: set[str]
    ) -> dict[str, Start]:
        """Performs the runs that their last holder handed over unbegun, or ended in order; gives those that it lost."""
        lost = await self._shards.lost(earlier)
        # Of a late run, the outcome came before its lock was let go.
        running = await self._running(job_id, workspace)
        left: dict[str, Start] = {}
        for attempt_id, start in earlier.items():
            text = start.event.run.text
            if attempt_id in lost or text in begun:
                left[attempt_id] = start
            elif text in running and shard(job_id) in self._shards.mine:
                self._performing.start(workspace, job_id, start.version, start.event, at=start.at)
        return left

    async def _running(self, job_id: UUID, workspace: UUID) -> set[str]:
        """The runs that are running now, by the log."""
        job: Job
        job, _ = await self._dispatch.load("job", job_id, workspace)
        return {run.text for run in job.running()}

    async def _perform_again(self, job_id: UUID, workspace: UUID, start: Start) -> None:
        """Records that the run may have been lost with a runner; its commit has the run performed, if it still runs."""
        key = (job_id, start.event.run.text)
        self._again[key] = start
        try:
            command = RecordRunnerLost(at=datetime.now(UTC), job_id=job_id, run=start.event.run)
            await self._sending.send(command, workspace, shard(job_id))
        finally:
            self._again.pop(key, None)


def _is_known(starts: Starts, text: str, since: int) -> bool:
    return text in starts and starts[text].version >= since


def starts_in(records: Sequence[Record], events: Sequence[Event]) -> Starts:
    """Where runs started among these events that are performed, or went on after a wait that began among them, by the text of the run."""
    starts: Starts = {}
    for record, event in zip(records, events, strict=True):
        if isinstance(event, TaskStarted):
            at = read_time(record.state)
            starts[event.run.text] = Start(record.position, record.version, event, at)
        elif isinstance(event, TaskWaitBegan) and event.waits_for == "review":
            starts.pop(event.run.text, None)
        elif isinstance(event, Resumption) and event.run.text in starts:
            before = starts[event.run.text]
            starts[event.run.text] = Start(record.position, record.version, before.event, before.at, event)
    return starts
