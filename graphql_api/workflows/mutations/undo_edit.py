"""`undoEdit`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import UndoEdit
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed


@input_type
class UndoEditInput:
    """A workflow in which your last edits are to be taken back."""

    workflow_id: strawberry.ID = about("The workflow.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class UndoEditSuccess(WorkflowChanged):
    """Your last edits were taken back."""


UndoEditResult = Annotated[
    UndoEditSuccess | CommandRefused,
    strawberry.union("UndoEditResult", description="The workflow without your last edits, or why they stay."),
]


async def undo_edit(info: Info, input: UndoEditInput) -> UndoEditResult:  # noqa: A002 - the word of the API
    """Takes back your own edits that were submitted together last; refused when something newer stands on them."""
    info.context.identity.require("workflow:edit")
    command = UndoEdit(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        member_id=info.context.identity.member_id,
    )
    return await workflow_changed(
        UndoEditSuccess, info.context, await Sender(info.context, "undoEdit", input).send(command)
    )
