"""Keeps what is performed here in step with the log: with what this runner commits, and with what others write to its jobs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from domain.events import Event
from domain.jobs.events import (
    JobCancelled,
    JobCompleted,
    JobEndingBegan,
    JobFailed,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTimedOut,
    Resumption,
    TaskCancelled,
    TaskFailed,
    TaskRunnerLost,
    TaskSkipped,
    TaskStarted,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.jobs.shard import shard
from domain.kinds import by_workers
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.dispatch import Dispatch
from event_store.drafting import Written
from event_store.mapper import Mapper, UnreadableEvent
from event_store.units import Record
from runner.examining import Examining, starts_in
from runner.expiring import due_in
from runner.external.offering import Offering
from runner.performing import Performing
from runner.priorities import Priorities
from runner.seeing_through import SeeingThrough
from runner.shards import Shards
from runner.timers import Timers
from runner.values import ValuesOfJobs

_ENDS = (JobCompleted, JobFailed, JobCancelled, JobTimedOut)
_BEGINNINGS = (JobStarted, TaskStarted, TaskSkipped, TaskWaitBegan)
_QUIET: frozenset[type[Event]] = frozenset({JobStarted, TaskSucceeded, TaskSkipped})
"""Most events, and nothing to react to; asking a pydantic model whether it is an instance of each of the others is slow."""

_log = logging.getLogger(__name__)


class Following:
    """Reacts to events of jobs. Nothing here waits: whatever takes time is begun, and goes on by itself."""

    def __init__(
        self,
        *,
        shards: Shards,
        mapper: Mapper,
        dispatch: Dispatch,
        values: ValuesOfJobs,
        performing: Performing,
        examining: Examining,
        timers: Timers,
        endings: SeeingThrough,
        priorities: Priorities,
        offering: Offering,
    ) -> None:
        self._shards = shards
        self._mapper = mapper
        self._dispatch = dispatch
        self._values = values
        self._performing = performing
        self._examining = examining
        self._timers = timers
        self._endings = endings
        self._priorities = priorities
        self._offering = offering
        self.ended: list[UUID] = []
        """Jobs that have ended since they were last forgotten."""

    def written(self, written: Written) -> None:
        """What this runner just committed: its runs are performed, cancelled, timed."""
        if written.subject != "job":
            return
        job_id, events = written.stream, written.events
        self._values.follow(job_id, written.first_version, events)
        if theirs := by_workers(written.state.index.graph):
            for text in self._offering.follow(job_id, events, theirs):
                self._performing.stop_run(job_id, text)  # It may not have been offered yet.
        mine = shard(job_id) in self._shards.mine
        if mine and written.first_version == 1:
            self._begin(job_id, written.workspace, events[0])
        for place, event in enumerate(events):
            if isinstance(event, TaskStarted):
                if mine and not _is_asked(events, place):
                    version, at = written.first_version + place, written.at or datetime.now(UTC)
                    self._performing.start(written.workspace, job_id, version, event, at=at)
            elif type(event) not in _QUIET:
                self._react(written, event, mine=mine)

    def _react(self, written: Written, event: Event, *, mine: bool) -> None:
        job_id, events = written.stream, written.events
        if isinstance(event, JobEndingBegan):
            self._performing.stop_job(job_id)
            if mine and not isinstance(events[-1], _ENDS):
                self._endings.see_through(job_id, written.workspace)
        elif isinstance(event, _ENDS):
            self._values.forget(job_id)
            self._priorities.forget(job_id)
            self.ended.append(job_id)
        elif isinstance(event, TaskCancelled):
            self._performing.stop_run(job_id, event.run.text)
        elif mine:
            self._react_to_own(written, event)

    def _react_to_own(self, written: Written, event: Event) -> None:
        job_id, workspace = written.stream, written.workspace
        if type(event) is TaskWaitBegan and event.waits_for != "worker":
            self._values.rest(job_id)
        if isinstance(event, TaskRunnerLost):
            self._perform_again(job_id, workspace, event, written.events)
        elif isinstance(event, Resumption | JobPaused | JobResumed):  # What is to be performed, or passed on.
            self._examining.ask(job_id, workspace, {})
        elif (due := due_in(event)) is not None:
            self._timers.put(due.at, job_id, due.of, workspace)

    async def woken(self, job_id: UUID, records: list[Record]) -> None:
        """What someone else wrote to a job, marked for its owner."""
        workspace = records[0].workspace
        if shard(job_id) not in self._shards.mine:
            return
        try:
            events = [self._mapper.event(record) for record in records]
            await self._dispatch.offer("job", records, events)
        except (UnreadableEvent, BlobMissing, BlobDamaged) as error:
            _log.error("job %s is left alone, for it cannot be read: %s", job_id, error)
            self._values.forget(job_id)
            return
        except OSError:  # The blob store is away, and with it the job's graph.
            self._values.forget(job_id)
            self._examining.ask(job_id, workspace)
            return
        if records[0].version == 1:
            self._values.offer(job_id, records, events)
        else:
            self._values.follow(job_id, records[0].version, events)
        starts = starts_in(records, events)
        # What is known here beyond these records was written meanwhile, as when it was examined and performed already.
        is_all = self._dispatch.version_kept("job", job_id) <= records[-1].version
        begins = is_all and records[0].version == 1 and all(isinstance(event, _BEGINNINGS) for event in events)
        if begins and records[0].position > self._shards.held.get(shard(job_id), records[-1].position):
            self._begin(job_id, workspace, events[0])
            for event in events[1:]:
                if (due := due_in(event)) is not None:
                    self._timers.put(due.at, job_id, due.of, workspace)
            for start in starts.values():
                self._performing.start(workspace, job_id, start.version, start.event, at=start.at)
        else:
            self._examining.ask(job_id, workspace, starts)

    def _begin(self, job_id: UUID, workspace: UUID, event: Event) -> None:
        self._priorities.started(job_id, event)
        if (due := due_in(event)) is not None:
            self._timers.put(due.at, job_id, due.of, workspace)

    def _perform_again(self, job_id: UUID, workspace: UUID, lost: TaskRunnerLost, events: Sequence[Event]) -> None:
        start = self._examining.performed_again(job_id, lost.run)
        failed = any(isinstance(event, TaskFailed) and event.run == lost.run for event in events)
        if start is not None and not failed:
            self._performing.start(workspace, job_id, start.version, start.event, start.resumed, at=start.at)


def _is_asked(events: Sequence[Event], place: int) -> bool:
    """Whether the run that starts there waits for a person at once."""
    after = events[place + 1] if place + 1 < len(events) else None
    return type(after) is TaskWaitBegan and after.waits_for == "review" and after.run == events[place].run  # type: ignore[attr-defined]
