"""A job as it was after any of its events: its rows folded from the log as the read model folds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import strawberry

from event_store.units import Record
from graphql_api.context import Context
from graphql_api.describe import about, one_of_input
from graphql_api.scalars import Position
from projections.happened import open_record
from projections.jobs import JobRow, JobTaskRow
from projections.jobs.project import JOBS
from projections.jobs.rows import JOBS_TABLE
from projections.rows import Rows
from projections.tables import Table

Row = TypeVar("Row")


@one_of_input
class AsOf:
    """A point in the past: one of the three."""

    version: int | None = about("After this version of the job.", default=strawberry.UNSET)
    position: Position | None = about("After everything up to this place in the log.", default=strawberry.UNSET)
    moment: datetime | None = about("After everything recorded by then.", default=strawberry.UNSET)


class _Rows(Rows):
    """Rows in memory that know which runs there are."""

    def __init__(self) -> None:
        super().__init__(JOBS.tables)
        self.tasks: dict[str, JobTaskRow] = {}

    def put(self, table: Table[Row], row: Row) -> None:
        """Keeps a new or changed row."""
        super().put(table, row)
        if isinstance(row, JobTaskRow):
            self.tasks[row.run] = row


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


async def replay(context: Context, job_id: UUID, as_of: AsOf) -> Replayed | None:
    """The job as of a point in the past; None when it did not exist yet, or never did in this workspace."""
    return replayed(job_id, await _records(context, job_id, as_of), context.workspace_id)


def replayed(job_id: UUID, records: Sequence[Record], workspace: UUID) -> Replayed | None:
    """A job after some records; None for another workspace's."""
    if not records or records[0].workspace != workspace or not records[0].topic.startswith("job."):
        return None
    job = Replayed(job_id)
    for record in records:
        job.apply(record)
    return job


async def _records(context: Context, job_id: UUID, as_of: AsOf) -> list[Record]:
    reader = context.api.system.reader
    if isinstance(as_of.version, int):
        return await reader.read_stream(job_id, until=as_of.version)
    if isinstance(as_of.moment, datetime):
        position = await reader.position_at(as_of.moment)
    else:
        position = await context.api.positions.read(str(as_of.position))
    return [record for record in await reader.read_stream(job_id) if record.position <= position]
