"""The log of a job with many events, of which only those are read that are asked for.

The job's state says at which version each run ended, the read model of runs where each started. As of an earlier version the state
of today still tells where a run had ended by then, unless the run was corrected since; only then the job is folded, page by page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from uuid import UUID

from domain.events import Event
from domain.jobs.brought import NOTHING, Brought, brought_by
from domain.jobs.events import ItemsBegan, ItemsEnded, JobCompleted, JobStarted, TaskCorrected, TaskStarted
from domain.jobs.run import Run
from domain.jobs.state import Job
from domain.jobs.subject import JOBS
from event_store.envelope import read_time
from event_store.units import Record
from graphql_api.context import Context
from graphql_api.jobs.whole_log import first_event, items_of
from projections.jobs import find_job_task

PAGE_EVENTS = 1_000


class LongLog:
    """A job's records up to a version, read by their versions."""

    def __init__(self, context: Context, job_id: UUID, until: int | None, first: Record) -> None:
        self._context = context
        self._job_id = job_id
        self._until = until
        self._first = first
        self._folded: Job | None = None

    @cached_property
    def started(self) -> JobStarted:
        """The job's first event."""
        return first_event(self._context.api.system.mapper.event(self._first))

    async def start(self, run: Run) -> TaskStarted | ItemsBegan | None:
        """The event that started a run."""
        version = (await self._state_now()).start_version(run)
        if version is None:
            row = await find_job_task(self._context.api.system.views, self._job_id, run.text)
            version = None if row is None else row.version
        if version is None or not self._reaches(version):
            return None
        event = self._event((await self._records([version]))[version])
        return event if isinstance(event, TaskStarted | ItemsBegan) else None

    async def items(self, task: str) -> Sequence[Run]:
        """The runs of the items of a for-each that succeeded, in the order of the items."""
        job = await self._state_now() if self._until is None else await self.state(self._until)
        return items_of(job, task)

    async def completed(self) -> JobCompleted | None:
        """The last event, when it says that the job completed."""
        version = self._until or (await self._state_now()).version
        event = self._event((await self._records([version]))[version])
        return event if isinstance(event, JobCompleted) else None

    async def brought(self, runs: Iterable[Run | None]) -> Mapping[Run | None, Brought]:
        """What runs brought by the events that last said how they ended (None: the job's inputs)."""
        job, wanted = await self._state_now(), list(runs)
        versions = {run: 1 if run is None else job.outcome(run) for run in wanted}
        records = await self._records(version for version in versions.values() if version is not None)
        found: dict[Run | None, Brought] = dict.fromkeys(wanted, NOTHING)
        for run, version in versions.items():
            if run is None or version is None or self._reaches(version):
                record = None if version is None else records[version]
            elif isinstance(self._event(records[version]), TaskCorrected | ItemsEnded):
                record = await self._ended_by_then(run)
            else:
                record = None  # It ended only afterwards.
            brought = None if record is None else brought_by(self._event(record))
            if brought is not None:
                found[run] = brought[1]
        return found

    async def state(self, version: int) -> Job:
        """How the job stood after a version; how it stands now, unless its log ends before: the read model lags but a little."""
        if self._until is None:
            return await self._state_now()
        if self._folded is None or self._folded.version != version:
            self._folded = await self._fold(version)
        return self._folded

    async def moments(self, versions: Iterable[int]) -> Mapping[int, datetime]:
        """When the events at some versions were recorded."""
        return {version: read_time(record.state) for version, record in (await self._records(versions)).items()}

    async def offer(self) -> None:
        """Nothing: whoever decides on so long a job goes on from its snapshot."""

    async def _state_now(self) -> Job:
        job: Job
        job, _ = await self._context.api.system.dispatch.load("job", self._job_id, self._context.workspace_id)
        return job

    async def _fold(self, until: int) -> Job:
        system = self._context.api.system
        job: Job = JOBS.initial(await system.graph(self._context.workspace_id, self.started.graph))
        while page := await system.reader.read_stream(self._job_id, job.version, PAGE_EVENTS, until):
            for record in page:
                job = JOBS.evolve(job, system.mapper.event(record))
        return job

    async def _ended_by_then(self, run: Run) -> Record | None:
        version = None if self._until is None else (await self.state(self._until)).outcome(run)
        return None if version is None else (await self._records([version]))[version]

    async def _records(self, versions: Iterable[int]) -> dict[int, Record]:
        found = await self._context.api.system.reader.read_versions(self._job_id, list(versions))
        return {record.version: record for record in found}

    def _event(self, record: Record) -> Event:
        return self._context.api.system.mapper.event(record)

    def _reaches(self, version: int) -> bool:
        return self._until is None or version <= self._until
