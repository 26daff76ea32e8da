"""The log of a job with few events: all of them, read at once, opened when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from domain.events import Event
from domain.jobs.brought import NOTHING, Brought, brought_by
from domain.jobs.events import (
    ItemsBegan,
    ItemsEnded,
    JobCompleted,
    JobStarted,
    TaskCorrected,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskReused,
    TaskRoundEnded,
    TaskStarted,
    TaskSucceeded,
)
from domain.jobs.run import Run
from domain.jobs.state import Job
from domain.jobs.subject import JOBS
from event_store.envelope import read_time
from event_store.units import Record
from graphql_api.context import Context

WHOLE_EVENTS_MAX = 500
_OUTCOMES = (
    ItemsEnded,
    TaskRoundEnded,
    TaskSucceeded,
    TaskReused,
    TaskCorrected,
    TaskFailed,
    TaskOutcomeUnknown,
)
_READ = frozenset(event.wire for event in (JobStarted, TaskStarted, ItemsBegan, JobCompleted, *_OUTCOMES))


class WholeLog:
    """All records of a job up to a version."""

    def __init__(self, context: Context, records: Sequence[Record]) -> None:
        self._context = context
        self._records = records

    @cached_property
    def started(self) -> JobStarted:
        """The job's first event."""
        return first_event(self._events[0])

    async def start(self, run: Run) -> TaskStarted | ItemsBegan | None:
        """The event that started a run."""
        return self._starts.get(run)

    async def items(self, task: str) -> Sequence[Run]:
        """The runs of the items of a for-each that succeeded, in the order of the items."""
        return items_of(await self.state(len(self._records)), task)

    async def completed(self) -> JobCompleted | None:
        """The last event, when it says that the job completed."""
        last = self._events[-1]
        return last if isinstance(last, JobCompleted) else None

    async def brought(self, runs: Iterable[Run | None]) -> Mapping[Run | None, Brought]:
        """What runs brought by the events that last said how they ended (None: the job's inputs)."""
        return {run: self._brought.get(run, NOTHING) for run in runs}

    async def state(self, version: int) -> Job:
        """How the job stood after a version."""
        system = self._context.api.system
        job: Job = JOBS.initial(await system.graph(self._context.workspace_id, self.started.graph))
        for record in self._records[:version]:
            job = JOBS.evolve(job, system.mapper.event(record))
        return job

    async def moments(self, versions: Iterable[int]) -> Mapping[int, datetime]:
        """When the events at some versions were recorded."""
        return {version: read_time(self._records[version - 1].state) for version in versions}

    async def offer(self) -> None:
        """Has whoever decides on the job next know what was read here, so that it is not read again."""
        system = self._context.api.system
        events = [system.mapper.event(record) for record in self._records]
        self._events = [event for event in events if event.wire in _READ]
        await system.dispatch.offer(JOBS.name, self._records, events)

    @cached_property
    def _events(self) -> list[Event]:
        mapper = self._context.api.system.mapper
        return [mapper.event(record) for record in self._records if record.topic in _READ]

    @cached_property
    def _starts(self) -> Mapping[Run, TaskStarted | ItemsBegan]:
        return {event.run: event for event in self._events if isinstance(event, TaskStarted | ItemsBegan)}

    @cached_property
    def _brought(self) -> Mapping[Run | None, Brought]:
        return dict(found for event in self._events if (found := brought_by(event)) is not None)


def first_event(event: Event) -> JobStarted:
    """The first event of a job as what it must be."""
    if not isinstance(event, JobStarted):
        raise TypeError(f"Expected a job to begin with its start, but got {event.wire}.")
    return event


def items_of(job: Job, task: str) -> list[Run]:
    """The last runs of the items of a for-each that succeeded, in the order of the items."""
    return [job.last_run(job.index.lane(Run(task=task, item=item))) for item, _ in job.collected(task)]
