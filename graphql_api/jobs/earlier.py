"""What earlier previews of a workflow gave, the newest first: what a task alone goes on from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.jobs.run import Run, Source
from domain.jobs.state import Job
from graphql_api.context import Context
from graphql_api.jobs.log import JobLog, job_logs
from graphql_api.values.shown import opened
from projections.jobs import JobFilter, JobRow, list_jobs

EARLIER_MAX = 20
"""How many previews are looked at."""

Output = tuple[str | None, tuple[str, ...]]
"""A task (None: the workflow's inputs), and the path of what is linked there."""


class Earlier:
    """The previews of a workflow that were started last."""

    def __init__(self, context: Context, rows: Sequence[JobRow]) -> None:
        self._context = context
        self._rows = rows
        self._states: dict[UUID, Job] = {}

    @classmethod
    async def of(cls, context: Context, workflow_id: UUID) -> Earlier:
        """Those that the read models have once all that is recorded now is in them, if that is soon."""
        await context.seen(await context.api.system.reader.last_position())
        chosen = JobFilter(workflow_id=workflow_id, mode="preview", roots_only=True)
        page = await list_jobs(context.api.system.views, context.workspace_id, chosen, first=EARLIER_MAX)
        return cls(context, page.rows)

    async def outputs(self, task: str) -> dict[str, Any]:
        """All outputs of a task where it last succeeded, as they are kept; none where it never did."""
        for row in self._rows:
            log = await self._log(row)
            run = await self._run(row, log, task)
            if run is not None and (found := await log.outputs(run)):
                return {name: await log.value(source, items_max=None) for name, source in found.items()}
        return {}

    async def brought(self, sources: Sequence[Output], *, gather: bool) -> Any:
        """What the sources of an input last brought, whole: of several the first that is there, or (gathered) all; None for nothing."""
        for row in self._rows:
            log = await self._log(row)
            found = [value for source in sources if (value := await self._value(row, log, source)) is not None]
            if found:
                return found if gather else found[0]
        return None

    async def _value(self, row: JobRow, log: JobLog, output: Output) -> Any:
        task, path = output
        preview = log.started.preview
        if task is None:
            # The inputs of a task that was tried alone have its own names.
            if preview is not None and preview.alone is not None:
                return None
            return await opened(self._context, await log.value(Source(path=path)))
        run = await self._run(row, log, task)
        if run is None or not await log.outputs(run):
            return None
        return await opened(self._context, await log.value(Source(run=run, path=path), items_max=None))

    async def _run(self, row: JobRow, log: JobLog, task: str) -> Run | None:
        job = self._states.get(row.job_id)
        if job is None:
            job = self._states[row.job_id] = await log.log.state(row.version)
        return job.task_run(task) if task in job.index.graph.named else None

    async def _log(self, row: JobRow) -> JobLog:
        return await self._context.loader(job_logs).load((row.job_id, row.version))
