"""How mutations of jobs answer when they succeed."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

import strawberry

from event_store.requests import Receipt
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, interface_type
from graphql_api.jobs.queries import read_job
from graphql_api.jobs.types import Job
from graphql_api.refusals import JobNotFound
from graphql_api.scalars import Position


@interface_type
class JobChanged:
    """The job was changed, or stands as asked already."""

    job_id: strawberry.ID = about("The job.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def job(self, info: Info) -> Job | None:
        """The job with the change; null only when the read models lag beyond the bound, or without the permission job:read."""
        if not info.context.identity.may("job:read") or not await info.context.seen(self.written_at):
            return None
        return await read_job(info.context, UUID(self.job_id))


Success = TypeVar("Success", bound=JobChanged)


async def job_changed(success: type[Success], context: Context, receipt: Receipt) -> Success:
    """The answer for a receipt, as the success of one mutation."""
    return success(
        job_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
    )


def read_job_id(text: strawberry.ID) -> UUID:
    """The id of a job; what can be no id is no job's."""
    job_id = read_id(text)
    if job_id is None:
        raise JobNotFound(id=text)
    return job_id
