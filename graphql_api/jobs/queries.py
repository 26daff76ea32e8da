"""What can be asked of jobs."""

from __future__ import annotations

from uuid import UUID

import strawberry

from graphql_api.context import Context, Info, read_id
from graphql_api.describe import field
from graphql_api.jobs.as_of import replay
from graphql_api.jobs.loaders import jobs_by_id
from graphql_api.jobs.seeing import may_see
from graphql_api.jobs.types import Job, show_job
from graphql_api.log.as_of import AsOf
from graphql_api.scalars import Position


@strawberry.type
class JobQueries:
    """What can be asked of jobs."""

    @field
    async def job(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the word of the API
        as_of: AsOf | None = None,
        at_least_position: Position | None = None,
    ) -> Job | None:
        """A job of the workspace, now or as it was at a point in the past; null where there was none of this id."""
        info.context.identity.require("job:read")
        job_id = read_id(id)
        if job_id is None:
            return None
        if as_of is not None:
            replayed = await replay(info.context, job_id, as_of)
            if replayed is None or replayed.job is None or not may_see(info.context.identity, replayed.job.mode):
                return None
            return show_job(replayed.job, replayed.tasks, replayed.wholes)
        await info.context.at_least(at_least_position)
        return await read_job(info.context, job_id)


async def read_job(context: Context, job_id: UUID) -> Job | None:
    """The job as the read models have it."""
    row = await context.loader(jobs_by_id).load(job_id)
    return None if row is None else show_job(row)
