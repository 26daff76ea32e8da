"""A job as it was after any of its events: its rows folded from the log as the read model folds them."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from uuid import UUID

from event_store.units import Record
from graphql_api.context import Context
from graphql_api.log.as_of import AsOf, version_as_of
from projections.happened import open_record
from projections.jobs import ForEachRow, JobRow, JobTaskRow
from projections.jobs.project import JOBS
from projections.jobs.rows import FOR_EACH_TABLE, JOB_ITEMS_TABLE, JOB_TASKS_TABLE, JOBS_TABLE
from projections.rows import Rows

PAGE_EVENTS = 1_000


class Replayed:
    """The rows of one job while its events are applied one after another."""

    def __init__(self, job_id: UUID) -> None:
        self._job_id = job_id
        self._rows = Rows(JOBS.tables)
        self.version = 0
        """Of the last event that was applied."""

    def apply(self, record: Record) -> None:
        """Takes in the next event."""
        JOBS.appliers[record.topic](self._rows, open_record(record))
        JOBS.settle(self._rows)
        self.version = record.version

    @property
    def job(self) -> JobRow | None:
        """The job's row; None before its first event."""
        return self._rows.get(JOBS_TABLE, self._job_id.int)

    @property
    def tasks(self) -> list[JobTaskRow]:
        """The rows of its runs in the order they began."""
        rows = [*self._rows.known(JOB_TASKS_TABLE), *self._rows.known(JOB_ITEMS_TABLE)]
        return sorted(rows, key=attrgetter("position"))

    @property
    def wholes(self) -> Mapping[str, ForEachRow]:
        """How the items of each for-each stand."""
        return {row.task: row for row in self._rows.known(FOR_EACH_TABLE)}


async def replay(context: Context, job_id: UUID, as_of: AsOf) -> Replayed | None:
    """The job as of a point in the past; None when it did not exist yet, or never did in this workspace."""
    until, job = await version_as_of(context, job_id, as_of), Replayed(job_id)
    while page := await context.api.system.reader.read_stream(job_id, job.version, PAGE_EVENTS, until):
        if page[0].workspace != context.workspace_id or not page[0].topic.startswith("job."):
            return None
        for record in page:
            job.apply(record)
    return job if job.version else None
