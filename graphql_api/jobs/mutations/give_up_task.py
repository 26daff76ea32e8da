"""`giveUpTask`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.jobs.commands import GiveUpTask
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed, read_job_id
from graphql_api.jobs.run_text import read_run


@input_type
class GiveUpTaskInput:
    """A held run to be given up."""

    job_id: strawberry.ID = about("The job.")
    run: str = about("The held run, as `find#1.1`.")
    leave_out: bool = about(
        "Of a held item of a for-each: whether its task goes on without it. Otherwise the task fails.", default=False
    )
    reason: str | None = about(
        "Why; it stands in the record. Needed where the outcome is unknown: how it is known what happened.",
        default=None,
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class GiveUpTaskSuccess(JobChanged):
    """The task was given up."""


GiveUpTaskResult = Annotated[
    GiveUpTaskSuccess | CommandRefused,
    strawberry.union("GiveUpTaskResult", description="The job whose task was given up, or why it was not."),
]


async def give_up_task(info: Info, input: GiveUpTaskInput) -> GiveUpTaskResult:  # noqa: A002 - the word of the API
    """Gives a held run up: its job fails; of an item, its task fails, or goes on without it."""
    info.context.identity.require("job:repair")
    job_id, run = read_job_id(input.job_id), read_run(input.run)
    command = GiveUpTask(at=now(), job_id=job_id, run=run, reason=said(input.reason), leave_out=input.leave_out)
    return await job_changed(
        GiveUpTaskSuccess, info.context, await Sender(info.context, "giveUpTask", input).send(command)
    )
