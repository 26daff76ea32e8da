"""`startJobs`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import strawberry

from graphql_api.answers import CommandRefused, answering
from graphql_api.commanding import Sender
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import job_changed
from graphql_api.jobs.mutations.start_job import StartJobResult, StartJobSuccess, start
from graphql_api.jobs.starting import JobStart, Startable, find_startable
from graphql_api.refusals import TooManyStarts
from graphql_api.scalars import Position

STARTS_MAX = 100


@input_type
class StartJobsInput:
    """Up to 100 jobs to be started, each for itself."""

    jobs: list[JobStart] = about("The jobs; each is started or refused on its own.")
    command_id: str | None = about("Repeated with the same input, the first results are the answer.", default=None)


@object_type
class StartJobsSuccess:
    """What became of each start."""

    position: Position = about("The place of the last of what was written in the log.")
    results: list[StartJobResult] = about(
        "In the order of the jobs asked for: the job that was started, or why it was not."
    )


StartJobsResult = Annotated[
    StartJobsSuccess | CommandRefused,
    strawberry.union("StartJobsResult", description="What became of each start, or why none was looked at."),
]


async def start_jobs(info: Info, input: StartJobsInput) -> StartJobsResult:  # noqa: A002 - the word of the API
    """Starts up to 100 jobs; each is started or refused on its own, and those that start share their commits."""
    context = info.context
    context.identity.require("job:start")
    if not 1 <= len(input.jobs) <= STARTS_MAX:
        raise TooManyStarts(most=STARTS_MAX, count=len(input.jobs))
    versions: dict[str, asyncio.Task[Startable]] = {}

    async def start_one(place: int, asked: JobStart) -> StartJobSuccess:
        # All starts of a workflow look its active version up once.
        looking = versions.get(asked.workflow_id)
        if looking is None:
            looking = versions[asked.workflow_id] = asyncio.create_task(find_startable(context, asked.workflow_id))
        command_id = None if input.command_id is None else f"{input.command_id}:{place}"
        sender = Sender(context, "startJobs", asked, command_id=command_id)
        return await job_changed(StartJobSuccess, context, await start(context, sender, asked, looking))

    started = answering(start_one)
    results = list(await asyncio.gather(*[started(*one) for one in enumerate(input.jobs)]))
    last = max((result.written_at for result in results if isinstance(result, StartJobSuccess)), default=0)
    return StartJobsSuccess(position=await context.show_position(last), results=results)
