"""What the log says of one job: where each value stands, what each run was given, how the job stood.

A job with few events is read whole; of a longer one only what is asked for, by the versions at which it stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.graph import GraphInput
from domain.jobs.brought import Brought, Search, chosen, sources_of
from domain.jobs.events import JobCompleted, JobStarted, TaskStarted
from domain.jobs.run import Binding, Run, Source
from domain.jobs.state import Job
from domain.values import Value
from graphql_api.context import Context
from graphql_api.jobs.long_log import LongLog
from graphql_api.jobs.whole_log import WHOLE_EVENTS_MAX, WholeLog
from graphql_api.values.shown import opened_at


class Log(Protocol):
    """The events of a job up to a version, however they are read."""

    @property
    def started(self) -> JobStarted:
        """The job's first event."""
        ...

    async def start(self, run: Run) -> TaskStarted | None:
        """The event that started a run."""
        ...

    async def completed(self) -> JobCompleted | None:
        """The last event, when it says that the job completed."""
        ...

    async def brought(self, runs: Iterable[Run | None]) -> Mapping[Run | None, Brought]:
        """What runs brought by the events that last said how they ended (None: the job's inputs)."""
        ...

    async def state(self, version: int) -> Job:
        """How the job stood after a version, or a little later where it is long; to be read before the next await."""
        ...

    async def moments(self, versions: Iterable[int]) -> Mapping[int, datetime]:
        """When the events at some versions were recorded."""
        ...


class JobLog:
    """A job's events up to a version, and the values that stand in them."""

    def __init__(self, context: Context, log: Log) -> None:
        self._context = context
        self.log = log

    @property
    def started(self) -> JobStarted:
        """The job's first event."""
        return self.log.started

    async def outputs(self, run: Run) -> dict[str, Source]:
        """The outputs of a run, each by where it stands; none before it has succeeded."""
        brought = (await self.log.brought([run]))[run]
        return {name: Source(run=run, path=(name,)) for name in brought.outputs} | dict(brought.passed)

    async def value(self, source: Source) -> Value:
        """The kept value at a source; all outputs of a run together where it has no path. Large ones stay closed unless the path leads inside."""
        return await self._read(await self._search([source]), source)

    async def bound(self, declared: GraphInput, binding: Binding | None) -> Value:
        """The kept value that an input was given; None for nothing."""
        if binding is None or binding.given == "nothing":
            return None
        if binding.given is not None:
            return chosen(declared, binding)
        search = await self._search(sources_of([binding]))
        if binding.source is not None:
            return await self._read(search, binding.source)
        return [await self._read(search, source) for source in binding.gathered or ()]

    async def _search(self, sources: list[Source]) -> Search:
        search = Search(sources, lambda _: None)
        while missing := search.missing():
            for run, brought in (await self.log.brought(missing)).items():
                search.add(run, brought)
        return search

    async def _read(self, search: Search, source: Source) -> Value:
        if not source.path:
            return {name: await self._read(search, each) for name, each in search.each(source).items()}
        kept, path = search.where(source)
        return await opened_at(self._context, kept, path)


async def job_logs(context: Context, keys: list[tuple[UUID, int | None]]) -> list[JobLog]:
    """The logs of jobs, each up to a version (None: all)."""
    return list(await asyncio.gather(*(_job_log(context, job_id, until) for job_id, until in keys)))


async def _job_log(context: Context, job_id: UUID, until: int | None) -> JobLog:
    reader = context.api.system.reader
    if until is None:
        records = await reader.read_tail(job_id, 0, WHOLE_EVENTS_MAX + 1)
    else:
        records = await reader.read_stream(job_id, limit=WHOLE_EVENTS_MAX + 1, until=until)
    if len(records) <= WHOLE_EVENTS_MAX:
        return JobLog(context, WholeLog(context, records))
    return JobLog(context, LongLog(context, job_id, until, records[0]))
