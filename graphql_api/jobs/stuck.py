"""Jobs that stand still though nothing says what they wait for: there should never be one."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from graphql_api.context import Context, Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs.loaders import jobs_by_id
from graphql_api.jobs.types import Job, show_job
from projections.engine import StuckJob as Row
from projections.engine import list_stuck_jobs


@enumeration
class StuckBecause(Enum):
    """Why a job stands still: nothing in it moves or waits, no runner holds it though something is to be performed, or what is due is overdue."""

    NOTHING_MOVES = "nothing_moves"
    NO_RUNNER = "no_runner"
    OVERDUE = "overdue"


@object_type
class StuckJob:
    """A job that stands still."""

    because: StuckBecause = about("Why.")
    run: str | None = about("The run that is overdue; null: the job as a whole.")
    since: datetime | None = about("When it was due, or its runner was last heard of.")
    row: strawberry.Private[Row]

    @field
    async def job(self, info: Info) -> Job | None:
        """The job."""
        row = await info.context.loader(jobs_by_id).load(self.row.job_id)
        return None if row is None else show_job(row)


async def stuck_jobs_of(context: Context) -> list[StuckJob]:
    """The jobs of the workspace that stand still."""
    context.identity.require("job:read")
    found = await list_stuck_jobs(context.api.system.views, context.workspace_id)
    seen = await context.loader(jobs_by_id).load_many([row.job_id for row in found])
    return [
        StuckJob(because=StuckBecause(row.because), run=row.run, since=row.since, row=row)
        for row, job in zip(found, seen, strict=True)
        if job is not None
    ]
