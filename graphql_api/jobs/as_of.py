"""A job as it was after any of its events: its rows folded from the log as the read model folds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from event_store.units import Record
from graphql_api.context import Context
from graphql_api.log.as_of import AsOf, version_as_of
from projections.happened import open_record
from projections.jobs import ForEachRow, JobRow, JobTaskRow
from projections.jobs.project import JOBS
from projections.jobs.rows import JOBS_TABLE
from projections.rows import Rows
from projections.tables import Table

Row = TypeVar("Row")

PAGE_EVENTS = 1_000


class _Rows(Rows):
    """Rows in memory that know which runs there are."""

    def __init__(self) -> None:
        super().__init__(JOBS.tables)
        self.tasks: dict[str, JobTaskRow] = {}
        self.wholes: dict[str, ForEachRow] = {}

    def put(self, table: Table[Row], row: Row) -> None:
        """Keeps a new or changed row."""
        super().put(table, row)
        if isinstance(row, JobTaskRow):
            self.tasks[row.run] = row
        elif isinstance(row, ForEachRow):
            self.wholes[row.task] = row


class Replayed:
    """The rows of one job while its events are applied one after another."""

    def __init__(self, job_id: UUID) -> None:
        self._job_id = job_id
        self._rows = _Rows()

    def apply(self, record: Record) -> None:
        """Takes in the next event."""
        JOBS.appliers[record.topic](self._rows, open_record(record))
        JOBS.settle(self._rows)

    @property
    def version(self) -> int:
        """The version of the last event that was applied."""
        return 0 if self.job is None else self.job.version

    @property
    def job(self) -> JobRow | None:
        """The job's row; None before its first event."""
        return self._rows.get(JOBS_TABLE, self._job_id)

    @property
    def tasks(self) -> list[JobTaskRow]:
        """The rows of its runs in the order they began."""
        return list(self._rows.tasks.values())

    @property
    def wholes(self) -> Mapping[str, ForEachRow]:
        """How the items of each for-each stand."""
        return self._rows.wholes


async def replay(context: Context, job_id: UUID, as_of: AsOf) -> Replayed | None:
    """The job as of a point in the past; None when it did not exist yet, or never did in this workspace."""
    until, job = await version_as_of(context, job_id, as_of), Replayed(job_id)
    while page := await context.api.system.reader.read_stream(job_id, job.version, PAGE_EVENTS, until):
        if page[0].workspace != context.workspace_id or not page[0].topic.startswith("job."):
            return None
        for record in page:
            job.apply(record)
    return job if job.version else None
