"""`resumeJob`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.jobs.commands import ResumeJob
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed, read_job_id


@input_type
class ResumeJobInput:
    """A paused job that is to go on."""

    job_id: strawberry.ID = about("The job.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ResumeJobSuccess(JobChanged):
    """The job goes on."""


ResumeJobResult = Annotated[
    ResumeJobSuccess | CommandRefused,
    strawberry.union("ResumeJobResult", description="The job that was resumed, or why it was not."),
]


async def resume_job(info: Info, input: ResumeJobInput) -> ResumeJobResult:  # noqa: A002 - the word of the API
    """Has a paused job go on, with all that was recorded meanwhile."""
    info.context.identity.require("job:repair")
    command = ResumeJob(at=now(), job_id=read_job_id(input.job_id), reason=said(input.reason))
    return await job_changed(
        ResumeJobSuccess, info.context, await Sender(info.context, "resumeJob", input).send(command)
    )
