"""`forkJob`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.jobs.commands import Fork, StartJob
from domain.jobs.forking import reusable
from domain.jobs.inputs import misfits
from domain.jobs.run import ForkOf
from domain.jobs.standing import refuse_without_reason
from event_store.envelope import read_envelope
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.forking import Before, facts_of, read_reused, read_start
from graphql_api.jobs.mutations.answer import JobChanged, read_job_id
from graphql_api.jobs.seeing import load_job
from graphql_api.values.given import NamedValue, keep, take

SOURCE = "fork"


@input_type
class ForkJobInput:
    """From where on a job is to be run again, as a new one."""

    job_id: strawberry.ID = about("The job; it may have ended, or go on.")
    task: str = about("The task from which on everything is run again.")
    item: int | None = about(
        "Of a for-each: this item alone, counted from 0; the other items that succeeded are reused.", default=None
    )
    inputs: list[NamedValue] | None = about(
        "Inputs to be given anew; what follows from them is run again too.", default=None
    )
    title: str | None = about("What the fork is called; the title of the first job unless given.", default=None)
    reason: str = about("Why; it stands in the record.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ForkJobSuccess(JobChanged):
    """The fork was started. The job it was made of is left as it is."""


ForkJobResult = Annotated[
    ForkJobSuccess | CommandRefused,
    strawberry.union("ForkJobResult", description="The fork that was started, or why it was not."),
]


async def fork_job(info: Info, input: ForkJobInput) -> ForkJobResult:  # noqa: A002 - the word of the API
    """Runs a job again from one of its tasks, as a new job on the same version: the outcomes of all tasks that do not follow it are reused."""
    context = info.context
    context.identity.require("job:repair")
    fork_id = new_id(now())

    async def make() -> StartJob:
        return await _command(context, input, fork_id)

    receipt = await Sender(context, "forkJob", input).send_made(fork_id, make)
    return ForkJobSuccess(job_id=strawberry.ID(str(receipt.stream)), written_at=await context.position_of(receipt))


async def _command(context: Context, asked: ForkJobInput, fork_id: UUID) -> StartJob:
    job_id, reason = read_job_id(asked.job_id), said(asked.reason)
    refuse_without_reason(reason)
    values, details = await take(context, asked.inputs or (), "input")
    job, version = await load_job(context, job_id)
    before = Before(job_id, version, job.index.graph)
    outcomes = reusable(job, asked.task, asked.item, values)
    details += misfits(before.graph.inputs, values, "input")
    record, started = await read_start(context, job_id)
    fork = Fork(
        of=ForkOf(job_id=job_id, version=version, task=asked.task, item=asked.item, reason=reason),
        root=read_envelope(record.state).root,
        reused=() if details else await read_reused(context, before, outcomes),
    )
    return StartJob(
        at=now(),
        job_id=fork_id,
        workflow_id=started.workflow_id,
        workflow_version=started.workflow_version,
        graph=started.graph,
        mode=started.mode,
        source=SOURCE,
        title=started.title if asked.title is None else said(asked.title),
        tags=started.tags or (),
        priority=started.priority or "normal",
        business_key=started.business_key,
        inputs={**started.inputs, **(values if details else await keep(context, values))},
        facts=facts_of(before.graph, started, values),
        findings=tuple(details),
        fork=fork,
        on_behalf_of=context.identity.actor,
    )
