"""`sendMessage`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.jobs.commands import SendMessage
from domain.refusals import Detail
from domain.subject import Command
from domain.types import check, describe
from event_store.units import Claim
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, check_key, digest_of, new_id, now
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.addressing import jobs_lately, open_job
from graphql_api.jobs.messages import types_of
from graphql_api.jobs.mutations.answer import JobChanged, read_job_id
from graphql_api.jobs.seeing import load_job
from graphql_api.refusals import ArgumentRefused
from graphql_api.values.given import GivenValue, NamedValue, keep, take

MESSAGE_CLAIM = "message"
VALUE = "value"


@input_type
class SendMessageInput:
    """A message to one job, named by its id or by its business key."""

    job_id: strawberry.ID | None = about("The job.", default=None)
    business_key: str | None = about(
        "In its place: what the only job with it that has not ended is about.", default=None
    )
    name: str = about("The name of the message, by which tasks wait for it.")
    value: GivenValue | None = about("What comes with it, of the type the tasks declare.", default=None)
    message_id: str | None = about(
        "The sender's own id of it. Sent again with the same id, the first result is the answer; with another content it "
        "is refused. Without one, a message that is sent again is another.",
        default=None,
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class SendMessageSuccess(JobChanged):
    """The message is the job's: a run that waited for it has taken it, or one that will wait for it does."""

    message_id: str = about("The id of the message: the sender's own, or the one it was given.")


SendMessageResult = Annotated[
    SendMessageSuccess | CommandRefused,
    strawberry.union("SendMessageResult", description="The job that has the message, or why it was not taken."),
]


async def send_message(info: Info, input: SendMessageInput) -> SendMessageResult:  # noqa: A002 - the word of the API
    """Sends a message to a job. One that comes before a task waits for it is kept; one that no task can take any more is refused."""
    context = info.context
    context.identity.require("job:message")
    if (input.job_id is None) == (input.business_key is None):
        found = "neither" if input.job_id is None else "both"
        raise ArgumentRefused(expected="jobId or businessKey", name="the job", found=found)
    at = now()
    message_id = str(new_id(at)) if input.message_id is None else input.message_id
    check_key("messageId", message_id)
    digest = digest_of(context, "message", input.name, input.value)
    job_id = await _job(context, input, message_id, digest)

    async def make() -> Command:
        return await _command(context, input, job_id, message_id)

    receipt = await Sender(context, "sendMessage", input).send_made(job_id, make, _claim(job_id, message_id, digest))
    return SendMessageSuccess(
        job_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
        message_id=message_id,
    )


def _claim(job_id: UUID, message_id: str, digest: str) -> Claim:
    return Claim(MESSAGE_CLAIM, f"{job_id}:{message_id}", job_id, digest)


async def _job(context: Context, asked: SendMessageInput, message_id: str, digest: str) -> UUID:
    if asked.business_key is None:
        return read_job_id(asked.job_id or strawberry.ID(""))
    if asked.message_id is not None:
        # The job that has this message may have ended since, and another have its key.
        for job_id in await jobs_lately(context, asked.business_key):
            if await context.api.system.dispatch.first_result(
                [_claim(job_id, message_id, digest)], context.workspace_id
            ):
                return job_id
    return await open_job(context, asked.business_key)


async def _command(context: Context, asked: SendMessageInput, job_id: UUID, message_id: str) -> SendMessage:
    job, _ = await load_job(context, job_id)
    graph = job.index.graph
    given = [] if asked.value is None else [NamedValue(name=VALUE, value=asked.value)]
    values, details = await take(context, given, "message")
    value = values.get(VALUE)
    required = any(output.required for task in graph.tasks if task.takes == asked.name for output in task.outputs)
    for declared in types_of(graph, asked.name)[:1]:
        if value is not None:
            details += check(declared, value, VALUE)
        elif required and not details:
            details.append(Detail(VALUE, describe(declared), "nothing"))
    kept: Any = value if details else (await keep(context, {VALUE: value}))[VALUE]
    return SendMessage(
        at=now(),
        job_id=job_id,
        name=asked.name,
        message_id=message_id,
        value=kept,
        findings=tuple(details),
    )
