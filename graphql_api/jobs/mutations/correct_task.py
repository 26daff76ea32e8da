"""`correctTask`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.jobs.commands import CorrectTask
from domain.jobs.facts import facts
from domain.jobs.inputs import misfits
from domain.jobs.run import Facts
from domain.subject import Command
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed, read_job_id
from graphql_api.jobs.run_text import read_run
from graphql_api.jobs.seeing import load_job
from graphql_api.refusals import TaskNotFound
from graphql_api.values.given import NamedValue, keep, take


@input_type
class CorrectTaskInput:
    """The outputs of a run, given in its place."""

    job_id: strawberry.ID = about("The job.")
    run: str = about("The run, as `find#1.1`: a held one, or a finished one that nothing has used.")
    outputs: list[NamedValue] = about("All of its outputs.")
    route: str | None = about("The route to take, of a task whose kind has routes.", default=None)
    reason: str = about("Why; it stands in the record.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class CorrectTaskSuccess(JobChanged):
    """The outputs were given."""


CorrectTaskResult = Annotated[
    CorrectTaskSuccess | CommandRefused,
    strawberry.union("CorrectTaskResult", description="The job whose task was corrected, or why it was not."),
]


async def correct_task(info: Info, input: CorrectTaskInput) -> CorrectTaskResult:  # noqa: A002 - the word of the API
    """Gives the outputs of a held run, or of a finished one that nothing has used yet, in its place."""
    info.context.identity.require("job:repair")
    job_id = read_job_id(input.job_id)

    async def make() -> Command:
        return await _command(info.context, input)

    receipt = await Sender(info.context, "correctTask", input).send_made(job_id, make)
    return await job_changed(CorrectTaskSuccess, info.context, receipt)


async def _command(context: Context, asked: CorrectTaskInput) -> CorrectTask:
    job_id, run = read_job_id(asked.job_id), read_run(asked.run)
    job, _ = await load_job(context, job_id)
    graph = job.index.graph
    task = next((task for task in graph.tasks if task.name == run.task), None)
    if task is None:
        raise TaskNotFound(task=run.task)
    values, details = await take(context, asked.outputs, "output")
    details += misfits(task.given if run.item is None else task.outputs, values, "output")
    return CorrectTask(
        at=now(),
        job_id=job_id,
        run=run,
        outputs=values if details else await keep(context, values),
        facts=facts(graph, run.task, values, asked.route) if run.item is None else Facts(route=asked.route),
        findings=tuple(details),
        reason=said(asked.reason),
    )
