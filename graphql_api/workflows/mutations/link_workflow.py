"""`linkWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import LinkWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.operations.parts import EdgeInput
from graphql_api.workflows.reading import read_edges


@input_type
class LinkWorkflowInput:
    """A draft with inputs that nothing feeds yet."""

    workflow_id: strawberry.ID = about("The workflow.")
    edges: list[EdgeInput] | None = about(
        "Which of the proposed `links`; if left out, all whose name and type speak for them.", default=None
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class LinkWorkflowSuccess(WorkflowChanged):
    """The links are connected, by edits that can be undone together."""


LinkWorkflowResult = Annotated[
    LinkWorkflowSuccess | CommandRefused,
    strawberry.union("LinkWorkflowResult", description="The workflow that was linked, or why it was not."),
]


async def link_workflow(info: Info, input: LinkWorkflowInput) -> LinkWorkflowResult:  # noqa: A002 - the word of the API
    """Connects links that are proposed for inputs of a draft."""
    info.context.identity.require("workflow:edit")
    command = LinkWorkflow(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        member_id=info.context.identity.member_id,
        edges=None if input.edges is None else read_edges(input.edges),
    )
    return await workflow_changed(
        LinkWorkflowSuccess, info.context, await Sender(info.context, "linkWorkflow", input).send(command)
    )
