"""`importWorkflow`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workflows.commands import CreateWorkflow, EditWorkflow
from domain.workflows.differences import edits_between
from event_store.requests import Receipt
from graphql_api.answers import CommandRefused, mutation
from graphql_api.commanding import Sender, new_id, now
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflow_files.reading import read_yaml
from graphql_api.workflow_files.standing import standing
from graphql_api.workflow_files.whole import WholeFile
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.naming import send_named


@input_type
class ImportWorkflowInput:
    """A workflow file to be taken in."""

    yaml: str = about("The file; of at most 1 MiB.")
    workflow_id: strawberry.ID | None = about(
        "The workflow whose open draft is to be made what the file says; without, one begins under the file's name.",
        default=None,
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ImportWorkflowSuccess(WorkflowChanged):
    """The draft is what the file says."""


ImportWorkflowResult = Annotated[
    ImportWorkflowSuccess | CommandRefused,
    strawberry.union(
        "ImportWorkflowResult", description="The workflow the file was taken into, or everything that is wrong with it."
    ),
]


async def import_workflow(info: Info, input: ImportWorkflowInput) -> ImportWorkflowResult:  # noqa: A002 - the word of the API
    """Begins a workflow from a file, or edits an open draft so that it equals the file, with no more edits than that takes; a wrong file is refused with all that is wrong."""
    context = info.context
    context.identity.require("workflow:edit")
    sender = Sender(context, "importWorkflow", input)
    whole = (await read_yaml(context, input.yaml)).require()
    if input.workflow_id is None:
        at = now()
        command = CreateWorkflow(
            at=at,
            workflow_id=new_id(at),
            member_id=context.identity.member_id,
            name=whole.wanted.name,
            operations=whole.wanted.operations,
        )
        receipt = await send_named(context, sender, command)
    else:
        receipt = await _edit(sender, context, input.workflow_id, whole)
    return await workflow_changed(ImportWorkflowSuccess, context, receipt)


async def _edit(sender: Sender, context: Context, workflow: strawberry.ID, whole: WholeFile) -> Receipt:
    workflow_id = read_workflow_id(workflow)
    before, _, version = await standing(context, workflow_id)
    operations = [] if before is None else edits_between(before, whole.design)
    command = EditWorkflow(
        at=now(),
        workflow_id=workflow_id,
        member_id=context.identity.member_id,
        operations=tuple(operations),
        expected_version=version or None,
        purpose="apply",
    )
    return await sender.send(command)


@strawberry.type
class WorkflowFileMutations:
    """What can be done with workflow files."""

    import_workflow = mutation(import_workflow)
