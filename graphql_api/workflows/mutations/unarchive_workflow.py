"""`unarchiveWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import UnarchiveWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed


@input_type
class UnarchiveWorkflowInput:
    """A workflow to be taken out of the archive."""

    workflow_id: strawberry.ID = about("The workflow.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class UnarchiveWorkflowSuccess(WorkflowChanged):
    """The workflow is back as it was."""


UnarchiveWorkflowResult = Annotated[
    UnarchiveWorkflowSuccess | CommandRefused,
    strawberry.union(
        "UnarchiveWorkflowResult", description="The workflow that was taken out of the archive, or why it was not."
    ),
]


async def unarchive_workflow(info: Info, input: UnarchiveWorkflowInput) -> UnarchiveWorkflowResult:  # noqa: A002 - the word of the API
    """Takes a workflow out of the archive, as it was when it was put away: an active version runs jobs again."""
    info.context.identity.require("workflow:activate")
    command = UnarchiveWorkflow(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        reason=said(input.reason),
    )
    return await workflow_changed(
        UnarchiveWorkflowSuccess, info.context, await Sender(info.context, "unarchiveWorkflow", input).send(command)
    )
