"""`editWorkflow`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.workflows.commands import EditWorkflow
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.log.types import Event, show_events
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.operations import EditOperation
from graphql_api.workflows.reading import read_operations
from graphql_api.workflows.sub_workflows import sign

MERGED_TOLD_MAX = 100


@input_type
class EditWorkflowInput:
    """Edits of the draft of a workflow."""

    workflow_id: strawberry.ID = about("The workflow.")
    expected_version: int | None = about(
        "The `eventVersion` the edits were made on: refused when what they touch was changed since, naming it; else merged. "
        "Touched are: a task as a whole (added, duplicated, renamed, removed), its settings (configuration, declared variables, "
        "texts, policy, pins), its place, the routes that lead to it, or one of its inputs (what feeds it and what it holds); "
        "an input of the workflow; an output, or what feeds that; a setting of the workflow; a note. An edge is a matter of "
        "the end it feeds; an edit without effect touches nothing.",
        default=None,
    )
    operations: list[EditOperation] = about("The edits, in order; they take effect together or not at all.")
    message: str | None = about("What they are for; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class EditWorkflowSuccess(WorkflowChanged):
    """The draft was edited."""

    version: int = about("The version of the workflow's last event, the edits included: the next `expectedVersion`.")
    merged: strawberry.Private[tuple[int, int]]  # the versions between which others had edited

    @field
    async def merged_over(self, info: Info) -> list[Event]:
        """What was changed after `expectedVersion`, and touches nothing of these edits: at most the last 100 events; none without the permission workflow:read."""
        first, last = self.merged
        if not info.context.identity.may("workflow:read"):
            return []
        begin = max(first, last - MERGED_TOLD_MAX)
        records = await info.context.api.system.reader.read_stream(UUID(self.workflow_id), begin, until=last)
        return await show_events(info.context, records)


EditWorkflowResult = Annotated[
    EditWorkflowSuccess | CommandRefused,
    strawberry.union("EditWorkflowResult", description="The workflow that was edited, or why it was not."),
]


async def edit_workflow(info: Info, input: EditWorkflowInput) -> EditWorkflowResult:  # noqa: A002 - the word of the API
    """Edits the draft of a workflow: all operations take effect together, or none."""
    context = info.context
    context.identity.require("workflow:edit")
    command = EditWorkflow(
        at=now(),
        workflow_id=read_workflow_id(input.workflow_id),
        member_id=context.identity.member_id,
        operations=await sign(context, read_operations(input.operations)),
        expected_version=input.expected_version,
        message=said(input.message),
    )
    receipt = await Sender(context, "editWorkflow", input).send(command)
    before = receipt.first_version - 1
    seen = before if input.expected_version is None else input.expected_version
    return await workflow_changed(
        EditWorkflowSuccess, context, receipt, version=receipt.last_version, merged=(seen, before)
    )
