"""`retryTask`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.jobs.commands import RetryTask
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed, read_job_id
from graphql_api.jobs.run_text import read_run


@input_type
class RetryTaskInput:
    """A held run to be tried again."""

    job_id: strawberry.ID = about("The job.")
    run: str = about("The held run, as `find#1.1`.")
    reason: str | None = about(
        "Why; it stands in the record. Needed where the outcome is unknown: how it is known what happened.",
        default=None,
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RetryTaskSuccess(JobChanged):
    """The task is tried again."""


RetryTaskResult = Annotated[
    RetryTaskSuccess | CommandRefused,
    strawberry.union("RetryTaskResult", description="The job whose task is tried again, or why it is not."),
]


async def retry_task(info: Info, input: RetryTaskInput) -> RetryTaskResult:  # noqa: A002 - the word of the API
    """Has a held run tried again, as its next attempt."""
    info.context.identity.require("job:repair")
    job_id, run = read_job_id(input.job_id), read_run(input.run)
    command = RetryTask(at=now(), job_id=job_id, run=run, reason=said(input.reason))
    return await job_changed(
        RetryTaskSuccess, info.context, await Sender(info.context, "retryTask", input).send(command)
    )
