"""`duplicateWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import CreateWorkflow
from domain.workflows.design import Design
from domain.workflows.differences import edits_between
from domain.workflows.refusals import VersionUnknown, WorkflowNotFound
from domain.workflows.state import NoWorkflow, Workflow, last_version, open_design
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.drafts import find_design, workflow_states
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.naming import send_named


@input_type
class DuplicateWorkflowInput:
    """A workflow to be copied."""

    workflow_id: strawberry.ID = about("The workflow to copy; also one that is archived.")
    name: str = about("The name of the new one, unique in the workspace.")
    number: int | None = about(
        "The number of the version to copy; if left out, the draft as it stands, else the last version.", default=None
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class DuplicateWorkflowSuccess(WorkflowChanged):
    """The new workflow, with a draft like what was copied."""


DuplicateWorkflowResult = Annotated[
    DuplicateWorkflowSuccess | CommandRefused,
    strawberry.union("DuplicateWorkflowResult", description="The new workflow, or why there is none."),
]


async def duplicate_workflow(info: Info, input: DuplicateWorkflowInput) -> DuplicateWorkflowResult:  # noqa: A002 - the word of the API
    """Creates a workflow with a draft like that of another one, or like one of its versions."""
    context, at = info.context, now()
    context.identity.require("workflow:edit")
    copied = read_workflow_id(input.workflow_id)
    state: Workflow = await context.loader(workflow_states).load(copied)
    if isinstance(state, NoWorkflow):
        raise WorkflowNotFound(workflow_id=copied)
    number = input.number
    design = open_design(state)
    if number is None and design is None and (last := last_version(state)) is not None:
        number = last.number
    if number is not None:
        design = await find_design(context, copied, number)
        if design is None:
            raise VersionUnknown(number=number)
    command = CreateWorkflow(
        at=at,
        workflow_id=new_id(at),
        member_id=context.identity.member_id,
        name=input.name,
        operations=tuple(edits_between(Design(), (design or Design()).without_pins())),
        copied_from=copied,
        copied_version=number,
    )
    receipt = await send_named(context, Sender(context, "duplicateWorkflow", input), command)
    return await workflow_changed(DuplicateWorkflowSuccess, context, receipt)
