"""`repairWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.subject import Command
from domain.workflows.commands import RepairWorkflow
from domain.workflows.state import Workflow, open_design
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.sub_workflows import find_sub_workflows


@input_type
class RepairWorkflowInput:
    """A draft whose checks know a repair."""

    workflow_id: strawberry.ID = about("The workflow.")
    codes: list[str] | None = about(
        "The codes of the checks to be mended; all that know a repair if left out.", default=None
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RepairWorkflowSuccess(WorkflowChanged):
    """What could be mended is mended, by edits that can be undone together."""


RepairWorkflowResult = Annotated[
    RepairWorkflowSuccess | CommandRefused,
    strawberry.union("RepairWorkflowResult", description="The workflow that was mended, or why it was not."),
]


async def repair_workflow(info: Info, input: RepairWorkflowInput) -> RepairWorkflowResult:  # noqa: A002 - the word of the API
    """Makes the repairs that the checks of a draft know, and those that these make necessary; what knows none stays as it is."""
    context = info.context
    context.identity.require("workflow:edit")
    workflow_id = read_workflow_id(input.workflow_id)

    async def make() -> Command:
        workflow: Workflow
        workflow, _ = await context.api.system.dispatch.load("workflow", workflow_id, context.workspace_id)
        design = open_design(workflow)
        return RepairWorkflow(
            at=now(),
            workflow_id=workflow_id,
            member_id=context.identity.member_id,
            codes=tuple(input.codes or ()),
            sub_workflows={} if design is None else await find_sub_workflows(context, design, workflow_id),
        )

    sender = Sender(context, "repairWorkflow", input)
    return await workflow_changed(RepairWorkflowSuccess, context, await sender.send_made(workflow_id, make))
