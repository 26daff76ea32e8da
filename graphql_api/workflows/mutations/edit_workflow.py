"""`editWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import EditWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.operations import EditOperation
from graphql_api.workflows.reading import read_operations
from graphql_api.workflows.sub_workflows import sign


@input_type
class EditWorkflowInput:
    """Edits of the draft of a workflow."""

    workflow_id: strawberry.ID = about("The workflow.")
    expected_version: int | None = about(
        "The `eventVersion` the edits were made on: refused when what they touch was changed since, naming it.",
        default=None,
    )
    operations: list[EditOperation] = about("The edits, in order; they take effect together or not at all.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class EditWorkflowSuccess(WorkflowChanged):
    """The draft was edited."""


EditWorkflowResult = Annotated[
    EditWorkflowSuccess | CommandRefused,
    strawberry.union("EditWorkflowResult", description="The workflow that was edited, or why it was not."),
]


async def edit_workflow(info: Info, input: EditWorkflowInput) -> EditWorkflowResult:  # noqa: A002 - the word of the API
    """Edits the draft of a workflow: all operations take effect together, or none."""
    info.context.identity.require("workflow:edit")
    command = EditWorkflow(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        member_id=info.context.identity.member_id,
        operations=await sign(info.context, read_operations(input.operations)),
        expected_version=input.expected_version,
    )
    return await workflow_changed(
        EditWorkflowSuccess, info.context, await Sender(info.context, "editWorkflow", input).send(command)
    )
