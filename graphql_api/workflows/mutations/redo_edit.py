"""`redoEdit`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import RedoEdit
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed


@input_type
class RedoEditInput:
    """A workflow in which edits that you took back are to be brought back."""

    workflow_id: strawberry.ID = about("The workflow.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RedoEditSuccess(WorkflowChanged):
    """The edits were brought back."""


RedoEditResult = Annotated[
    RedoEditSuccess | CommandRefused,
    strawberry.union("RedoEditResult", description="The workflow with the edits again, or why they stay taken back."),
]


async def redo_edit(info: Info, input: RedoEditInput) -> RedoEditResult:  # noqa: A002 - the word of the API
    """Brings back the edits that you took back last, if you have edited nothing since."""
    info.context.identity.require("workflow:edit")
    command = RedoEdit(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        member_id=info.context.identity.member_id,
    )
    return await workflow_changed(
        RedoEditSuccess, info.context, await Sender(info.context, "redoEdit", input).send(command)
    )
