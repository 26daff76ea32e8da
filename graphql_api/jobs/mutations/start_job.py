"""`startJob`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from domain.subject import Command
from event_store.requests import Receipt
from event_store.units import Claim
from graphql_api.answers import CommandRefused
from graphql_api.commanding import IDEMPOTENCY_KEY, Sender, check_key, digest_of, new_id, now
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed
from graphql_api.jobs.starting import JobStart, Startable, find_startable, make_start


@input_type
class StartJobInput(JobStart):
    """A job to be started."""

    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class StartJobSuccess(JobChanged):
    """The job was started, or had been by the same key or command."""


StartJobResult = Annotated[
    StartJobSuccess | CommandRefused,
    strawberry.union("StartJobResult", description="The job that was started, or why it was not."),
]


async def start_job(info: Info, input: StartJobInput) -> StartJobResult:  # noqa: A002 - the word of the API
    """Starts a job on the active version of a workflow. Missing, wrong and unknown inputs are refused together, and nothing is written."""
    info.context.identity.require("job:start")
    sender = Sender(info.context, "startJob", input)
    return await job_changed(StartJobSuccess, info.context, await start(info.context, sender, input))


async def start(
    context: Context, sender: Sender, asked: JobStart, looking: Awaitable[Startable] | None = None
) -> Receipt:
    """Starts one job; with an idempotency key that was used before, the answer is that job."""
    at = now()
    job_id = new_id(at)
    claims = []
    if asked.idempotency_key is not None:
        check_key("idempotencyKey", asked.idempotency_key)
        # Of the start alone: the key is the same whichever mutation it comes by.
        claims.append(Claim(IDEMPOTENCY_KEY, asked.idempotency_key, job_id, digest_of(context, "start", asked)))

    async def make() -> Command:
        version = await (looking or find_startable(context, asked.workflow_id))
        return await make_start(context, asked, version, job_id, at)

    return await sender.send_made(job_id, make, *claims)
