"""`createWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import CreateWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, workflow_changed
from graphql_api.workflows.naming import send_named
from graphql_api.workflows.operations import EditOperation
from graphql_api.workflows.reading import read_operations
from graphql_api.workflows.sub_workflows import sign


@input_type
class CreateWorkflowInput:
    """A workflow to begin."""

    name: str = about("Its name, unique in the workspace.")
    operations: list[EditOperation] = about("Edits of the new draft, in the same unit.", default_factory=list)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class CreateWorkflowSuccess(WorkflowChanged):
    """The workflow was created."""


CreateWorkflowResult = Annotated[
    CreateWorkflowSuccess | CommandRefused,
    strawberry.union("CreateWorkflowResult", description="The workflow that was created, or why none was."),
]


async def create_workflow(info: Info, input: CreateWorkflowInput) -> CreateWorkflowResult:  # noqa: A002 - the word of the API
    """Creates a workflow with a draft: empty, or as the edits given make it."""
    context, at = info.context, now()
    context.identity.require("workflow:edit")
    workflow_id = new_id(at)
    command = CreateWorkflow(
        at=at,
        workflow_id=workflow_id,
        member_id=context.identity.member_id,
        name=input.name,
        operations=await sign(context, read_operations(input.operations)),
    )
    receipt = await send_named(context, Sender(context, "createWorkflow", input), command)
    return await workflow_changed(CreateWorkflowSuccess, context, receipt)
