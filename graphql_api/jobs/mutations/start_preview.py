"""`startPreview`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.jobs.commands import StartJob
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.mutations.answer import JobChanged, job_changed
from graphql_api.jobs.previewing import Asked, make_preview, one_at_a_time
from graphql_api.refusals import ArgumentRefused
from graphql_api.values.given import NamedValue
from graphql_api.workflows.mutations.answer import read_workflow_id


@input_type
class StartPreviewInput:
    """A draft to be tried: all of it, up to a task, or one task alone."""

    workflow_id: strawberry.ID = about("The workflow.")
    draft_version: int | None = about(
        "The `eventVersion` of the workflow at which its draft is to be tried; the present one unless given.",
        default=None,
    )
    inputs: list[NamedValue] = about(
        "The values of its inputs, of one task alone those of the task. What is not given is, of one task alone, as in the "
        "last preview in which what feeds it succeeded; else its sample; else its default.",
        default_factory=list,
    )
    until: str | None = about(
        "Perform only this task and what leads to it; pinned tasks need nothing that does.", default=None
    )
    alone: str | None = about("Perform only this task.", default=None)
    fresh: bool = about(
        "Clear what earlier previews of the workflow gave. Else it stands wherever kind, configuration and inputs of a "
        "task are the same.",
        default=False,
    )
    effects: bool = about(
        "Perform tasks that change something outside, which are else only shown; needs the permission workflow:activate.",
        default=False,
    )
    time_limit_seconds: float | None = about(
        "After how long it times out; as the workflow says, else after an hour, unless given.", default=None
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class StartPreviewSuccess(JobChanged):
    """The preview was started; its `mode` is PREVIEW."""


StartPreviewResult = Annotated[
    StartPreviewSuccess | CommandRefused,
    strawberry.union("StartPreviewResult", description="The preview that was started, or why it was not."),
]


async def start_preview(info: Info, input: StartPreviewInput) -> StartPreviewResult:  # noqa: A002 - the word of the API
    """Tries a draft in the same engine as jobs run in. It is never counted as a job, and only who edits workflows sees it; what a person has to do is asked of who started it."""
    context = info.context
    context.identity.require("workflow:edit")
    if input.effects:
        context.identity.require("workflow:activate")
    if input.until is not None and input.alone is not None:
        raise ArgumentRefused(expected="until or alone", name="the preview", found="both")
    asked = Asked(
        workflow_id=read_workflow_id(input.workflow_id),
        draft_version=input.draft_version,
        inputs=input.inputs,
        until=input.until,
        alone=input.alone,
        fresh=input.fresh,
        effects=input.effects,
        time_limit_seconds=input.time_limit_seconds,
    )
    at = now()
    job_id = new_id(at)

    async def make() -> StartJob:
        return await make_preview(context, asked, job_id, at)

    async with one_at_a_time(context.workspace_id):
        receipt = await Sender(context, "startPreview", input).send_made(job_id, make)
    return await job_changed(StartPreviewSuccess, context, receipt)
