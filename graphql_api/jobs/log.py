"""What the log says of one job: where each value stands, what each run was given, how the job stood.

A job with few events is read whole; of a longer one only what is asked for, by the versions at which it stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.graph import GraphInput
from domain.jobs.brought import Brought, Search, chosen, item_at, sources_of
from domain.jobs.events import ItemsBegan, JobCompleted, JobStarted, TaskStarted
from domain.jobs.run import Binding, Run, Source
from domain.jobs.state import Job
from domain.values import Value
from graphql_api.context import Context
from graphql_api.jobs.long_log import LongLog
from graphql_api.jobs.whole_log import WHOLE_EVENTS_MAX, WholeLog
from graphql_api.values.links import Gathered
from graphql_api.values.shown import opened, opened_at

ITEMS_SHOWN_MAX = 1_000
"""Of how many items of a for-each what they gave is shown as one list; of more it is to be fetched."""


class Log(Protocol):
    """The events of a job up to a version, however they are read."""

    @property
    def started(self) -> JobStarted:
        """The job's first event."""
        ...

    async def start(self, run: Run) -> TaskStarted | ItemsBegan | None:
        """The event that started a run."""
        ...

    async def items(self, task: str) -> Sequence[Run]:
        """The runs of the items of a for-each that succeeded, in the order of the items."""
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

    async def offer(self) -> None:
        """Has whoever decides on the job next know what was read of it."""
        ...


class JobLog:
    """A job's events up to a version, and the values that stand in them."""

    def __init__(self, context: Context, log: Log, job_id: UUID, until: int | None) -> None:
        self._context = context
        self.log = log
        self._job_id = job_id
        self._until = until

    @property
    def started(self) -> JobStarted:
        """The job's first event."""
        return self.log.started

    async def outputs(self, run: Run) -> dict[str, Source]:
        """The outputs of a run, each by where it stands; none before it has succeeded."""
        brought = (await self.log.brought([run]))[run]
        if brought.collected:
            return {name: Source(run=run, path=(name,)) for name in await self._names(run)}
        return {name: Source(run=run, path=(name,)) for name in brought.outputs} | dict(brought.passed)

    async def value(self, source: Source, *, items_max: int | None = ITEMS_SHOWN_MAX) -> Value:
        """The kept value at a source; all outputs of a run together where it has no path. Large ones stay closed unless the path leads inside.

        What more items of a for-each gave than `items_max` stands as `Gathered`, to be fetched.
        """
        return await self._read(await self._search([source]), source, items_max)

    async def bound(self, declared: GraphInput, binding: Binding | None) -> Value:
        """The kept value that an input was given; None for nothing."""
        if binding is None or binding.given == "nothing":
            return None
        if binding.given is not None:
            return chosen(declared, binding)
        search = await self._search(sources_of([binding]))
        if binding.source is not None:
            return await self._read(search, binding.source, ITEMS_SHOWN_MAX)
        return [await self._read(search, source, ITEMS_SHOWN_MAX) for source in binding.gathered or ()]

    async def _search(self, sources: list[Source]) -> Search:
        search = Search(sources, lambda _: None)
        while missing := search.missing():
            for run, brought in (await self.log.brought(missing)).items():
                search.add(run, brought)
        return search

    async def _read(self, search: Search, source: Source, items_max: int | None) -> Value:
        if not source.path:
            each = search.each(source)
            if source.run is not None and search.is_collected(source.run):
                each = {name: Source(run=source.run, path=(name,)) for name in await self._names(source.run)}
            return {name: await self._read(search, one, items_max) for name, one in each.items()}
        if (collected := search.collected(source)) is not None:
            return await self._collect(*collected, items_max)
        kept, path = search.where(source)
        if source.item is None:
            return await opened_at(self._context, kept, path)
        return item_at(await opened(self._context, await opened_at(self._context, kept, path)), source.item)

    async def _collect(self, run: Run, source: Source, items_max: int | None) -> Value:
        runs = await self.log.items(run.task)
        if source.item is not None:
            runs = runs[source.item : source.item + 1]
        elif items_max is not None and len(runs) > items_max:
            of = (run.task, run.round, run.attempt)
            return Gathered(self._job_id, self._until, of, source.path, len(runs))
        gave = await self._gave(runs, source, items_max)
        return gave if source.item is None else next(iter(gave), None)

    async def gathered(self, gathered: Gathered) -> AsyncIterator[Value]:
        """What the items of a for-each gave, one after another, large ones opened."""
        task, number, attempt = gathered.run
        source = Source(run=Run(task=task, round=number, attempt=attempt), path=gathered.path)
        runs = await self.log.items(task)
        for first in range(0, len(runs), ITEMS_SHOWN_MAX):
            for value in await self._gave(runs[first : first + ITEMS_SHOWN_MAX], source, None):
                yield await opened(self._context, value)

    async def _gave(self, runs: Sequence[Run], source: Source, items_max: int | None) -> list[Value]:
        asked = [Source(run=each, path=source.path) for each in runs]
        search = await self._search(asked)
        return [await self._read(search, each, items_max) for each in asked]

    async def _names(self, run: Run) -> list[str]:
        graph = await self._context.api.system.graph(self._context.workspace_id, self.started.graph)
        return [output.name for output in graph.named[run.task].outputs]


async def job_logs(context: Context, keys: list[tuple[UUID, int | None]]) -> list[JobLog]:
    """The logs of jobs, each up to a version (None: all)."""
    return list(await asyncio.gather(*(_job_log(context, job_id, until) for job_id, until in keys)))


async def offered_logs(context: Context, keys: list[UUID]) -> list[JobLog]:
    """The logs of jobs that are about to be decided on, which need not read them again."""
    logs = await job_logs(context, [(job_id, None) for job_id in keys])
    for log in logs:
        await log.log.offer()
    return logs


async def _job_log(context: Context, job_id: UUID, until: int | None) -> JobLog:
    reader = context.api.system.reader
    if until is None:
        records = await reader.read_tail(job_id, 0, WHOLE_EVENTS_MAX + 1)
    else:
        records = await reader.read_stream(job_id, limit=WHOLE_EVENTS_MAX + 1, until=until)
    if len(records) <= WHOLE_EVENTS_MAX:
        return JobLog(context, WholeLog(context, records), job_id, until)
    return JobLog(context, LongLog(context, job_id, until, records[0]), job_id, until)
