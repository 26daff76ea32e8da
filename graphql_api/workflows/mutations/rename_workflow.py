"""`renameWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import RenameWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.naming import send_named


@input_type
class RenameWorkflowInput:
    """A workflow and its new name."""

    workflow_id: strawberry.ID = about("The workflow.")
    name: str = about("Its new name, unique in the workspace.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RenameWorkflowSuccess(WorkflowChanged):
    """The workflow has the name."""


RenameWorkflowResult = Annotated[
    RenameWorkflowSuccess | CommandRefused,
    strawberry.union(
        "RenameWorkflowResult", description="The workflow with its new name, or why it keeps the old one."
    ),
]


async def rename_workflow(info: Info, input: RenameWorkflowInput) -> RenameWorkflowResult:  # noqa: A002 - the word of the API
    """Gives a workflow another name; the old one still leads to it, and no other workflow can have it."""
    info.context.identity.require("workflow:activate")
    command = RenameWorkflow(at=now(), workflow_id=read_workflow_id(input.workflow_id), name=input.name)
    receipt = await send_named(info.context, Sender(info.context, "renameWorkflow", input), command)
    return await workflow_changed(RenameWorkflowSuccess, info.context, receipt)
