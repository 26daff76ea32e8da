"""`archiveWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.subject import Command
from domain.workflows.commands import ArchiveWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.uses import names_of_users


@input_type
class ArchiveWorkflowInput:
    """A workflow to be put away."""

    workflow_id: strawberry.ID = about("The workflow.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    even_if_used: bool = about(
        "Also when active workflows execute it; what they execute is pinned and goes on.", default=False
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ArchiveWorkflowSuccess(WorkflowChanged):
    """The workflow was archived."""


ArchiveWorkflowResult = Annotated[
    ArchiveWorkflowSuccess | CommandRefused,
    strawberry.union("ArchiveWorkflowResult", description="The workflow that was archived, or why it was not."),
]


async def archive_workflow(info: Info, input: ArchiveWorkflowInput) -> ArchiveWorkflowResult:  # noqa: A002 - the word of the API
    """Puts a workflow away: it is edited no more and starts no more jobs; jobs that run go on."""
    context = info.context
    context.identity.require("workflow:activate")
    workflow_id = read_workflow_id(input.workflow_id)

    async def make() -> Command:
        return ArchiveWorkflow(
            at=now(),
            workflow_id=workflow_id,
            reason=said(input.reason),
            used_by=await names_of_users(context, workflow_id),
            even_if_used=input.even_if_used,
        )

    receipt = await Sender(context, "archiveWorkflow", input).send_made(workflow_id, make)
    return await workflow_changed(ArchiveWorkflowSuccess, context, receipt)
