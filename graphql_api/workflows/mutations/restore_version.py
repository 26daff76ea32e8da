"""`restoreVersion`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.subject import Command
from domain.workflows.commands import RestoreVersion
from domain.workflows.design import Design
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.drafts import find_design
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed


@input_type
class RestoreVersionInput:
    """A version that the draft is to be drawn like."""

    workflow_id: strawberry.ID = about("The workflow.")
    number: int = about("The number of the version.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RestoreVersionSuccess(WorkflowChanged):
    """The draft is drawn like the version."""


RestoreVersionResult = Annotated[
    RestoreVersionSuccess | CommandRefused,
    strawberry.union("RestoreVersionResult", description="The workflow with its draft, or why that is as it was."),
]


async def restore_version(info: Info, input: RestoreVersionInput) -> RestoreVersionResult:  # noqa: A002 - the word of the API
    """Draws the draft like a version that was activated once, opening a revision if none is open; `undoEdit` takes it back."""
    context = info.context
    context.identity.require("workflow:edit")
    workflow_id = read_workflow_id(input.workflow_id)

    async def make() -> Command:
        design = await find_design(context, workflow_id, input.number)
        return RestoreVersion(
            at=now(),
            workflow_id=workflow_id,
            member_id=context.identity.member_id,
            number=input.number,
            design=design or Design(),
        )

    receipt = await Sender(context, "restoreVersion", input).send_made(workflow_id, make)
    return await workflow_changed(RestoreVersionSuccess, context, receipt)
