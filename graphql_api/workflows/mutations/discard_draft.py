"""`discardDraft`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import DiscardDraft
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed


@input_type
class DiscardDraftInput:
    """A workflow whose open revision nobody needs."""

    workflow_id: strawberry.ID = about("The workflow.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class DiscardDraftSuccess(WorkflowChanged):
    """The revision was discarded."""


DiscardDraftResult = Annotated[
    DiscardDraftSuccess | CommandRefused,
    strawberry.union("DiscardDraftResult", description="The workflow without its revision, or why that stays."),
]


async def discard_draft(info: Info, input: DiscardDraftInput) -> DiscardDraftResult:  # noqa: A002 - the word of the API
    """Drops the open revision; the versions that were activated stay as they are."""
    info.context.identity.require("workflow:edit")
    command = DiscardDraft(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        reason=said(input.reason),
    )
    return await workflow_changed(
        DiscardDraftSuccess, info.context, await Sender(info.context, "discardDraft", input).send(command)
    )
