"""`reviseWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import ReviseWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed


@input_type
class ReviseWorkflowInput:
    """An active workflow to be changed."""

    workflow_id: strawberry.ID = about("The workflow.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ReviseWorkflowSuccess(WorkflowChanged):
    """The revision is open."""


ReviseWorkflowResult = Annotated[
    ReviseWorkflowSuccess | CommandRefused,
    strawberry.union("ReviseWorkflowResult", description="The workflow with its revision open, or why there is none."),
]


async def revise_workflow(info: Info, input: ReviseWorkflowInput) -> ReviseWorkflowResult:  # noqa: A002 - the word of the API
    """Opens a new draft, copied from the active version, which keeps running jobs."""
    info.context.identity.require("workflow:edit")
    command = ReviseWorkflow(at=now(), workflow_id=read_workflow_id(input.workflow_id))
    return await workflow_changed(
        ReviseWorkflowSuccess, info.context, await Sender(info.context, "reviseWorkflow", input).send(command)
    )
