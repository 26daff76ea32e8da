"""`pauseJob`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.jobs.commands import PauseJob
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed, read_job_id


@input_type
class PauseJobInput:
    """A job to be paused."""

    job_id: strawberry.ID = about("The job.")
    reason: str = about("Why; it stands in the record.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class PauseJobSuccess(JobChanged):
    """The job is paused."""


PauseJobResult = Annotated[
    PauseJobSuccess | CommandRefused,
    strawberry.union("PauseJobResult", description="The job that was paused, or why it was not."),
]


async def pause_job(info: Info, input: PauseJobInput) -> PauseJobResult:  # noqa: A002 - the word of the API
    """Pauses a job: what runs or waits goes on and is recorded, but nothing starts, is skipped or ends until it is resumed. Time limits run."""
    info.context.identity.require("job:repair")
    command = PauseJob(at=now(), job_id=read_job_id(input.job_id), reason=said(input.reason))
    return await job_changed(PauseJobSuccess, info.context, await Sender(info.context, "pauseJob", input).send(command))
