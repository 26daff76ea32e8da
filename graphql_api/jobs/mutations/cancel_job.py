"""`cancelJob`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.jobs.commands import CancelJob
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed, read_job_id


@input_type
class CancelJobInput:
    """A job to be ended now."""

    job_id: strawberry.ID = about("The job.")
    reason: str = about("Why; it stands in the record.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class CancelJobSuccess(JobChanged):
    """The job is cancelled."""


CancelJobResult = Annotated[
    CancelJobSuccess | CommandRefused,
    strawberry.union("CancelJobResult", description="The job that was cancelled, or why it was not."),
]


async def cancel_job(info: Info, input: CancelJobInput) -> CancelJobResult:  # noqa: A002 - the word of the API
    """Ends a job now: what it performs is stopped, its waiting reviews are withdrawn. An end is final."""
    info.context.identity.require("job:repair")
    command = CancelJob(at=now(), job_id=read_job_id(input.job_id), reason=said(input.reason))
    return await job_changed(
        CancelJobSuccess, info.context, await Sender(info.context, "cancelJob", input).send(command)
    )
