"""`retireWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.subject import Command
from domain.workflows.commands import RetireWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.uses import names_of_users


@input_type
class RetireWorkflowInput:
    """A workflow to be taken out of service."""

    workflow_id: strawberry.ID = about("The workflow.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    even_if_used: bool = about(
        "Also when active workflows execute it; what they execute is pinned and goes on.", default=False
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RetireWorkflowSuccess(WorkflowChanged):
    """The workflow is out of service."""


RetireWorkflowResult = Annotated[
    RetireWorkflowSuccess | CommandRefused,
    strawberry.union("RetireWorkflowResult", description="The workflow out of service, or why it is not."),
]


async def retire_workflow(info: Info, input: RetireWorkflowInput) -> RetireWorkflowResult:  # noqa: A002 - the word of the API
    """Takes the active version out of service: no more jobs start until another is activated; jobs that run go on, an open revision stays."""
    context = info.context
    context.identity.require("workflow:activate")
    workflow_id = read_workflow_id(input.workflow_id)

    async def make() -> Command:
        return RetireWorkflow(
            at=now(),
            workflow_id=workflow_id,
            reason=said(input.reason),
            used_by=await names_of_users(context, workflow_id),
            even_if_used=input.even_if_used,
        )

    receipt = await Sender(context, "retireWorkflow", input).send_made(workflow_id, make)
    return await workflow_changed(RetireWorkflowSuccess, context, receipt)
