"""`activateWorkflow`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.subject import Command
from domain.workflows.checks import blocking, check
from domain.workflows.commands import ActivateWorkflow
from domain.workflows.compile import compiled, graph_hash
from domain.workflows.design import Design
from domain.workflows.refusals import GraphDiffers
from domain.workflows.state import Workflow, open_design
from domain.workflows.sub_workflows import SubWorkflows
from event_store.requests import Receipt
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.workflows.credentials import find_named_credentials
from graphql_api.workflows.mutations.answer import WorkflowChanged, read_workflow_id, workflow_changed
from graphql_api.workflows.sub_workflows import find_sub_workflows

ATTEMPTS_MAX = 5  # while others go on editing the draft


@input_type
class ActivateWorkflowInput:
    """A draft to be locked as the next version."""

    workflow_id: strawberry.ID = about("The workflow.")
    expected_version: int | None = about(
        "The `eventVersion` that was looked at: refused when the draft was changed since.", default=None
    )
    note: str | None = about("What is to be said about the version.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ActivateWorkflowSuccess(WorkflowChanged):
    """The draft is the active version now."""


ActivateWorkflowResult = Annotated[
    ActivateWorkflowSuccess | CommandRefused,
    strawberry.union("ActivateWorkflowResult", description="The workflow that was activated, or why it was not."),
]


async def activate_workflow(info: Info, input: ActivateWorkflowInput) -> ActivateWorkflowResult:  # noqa: A002 - the word of the API
    """Locks the draft as the next version, on which jobs start from now on. Refused while any check of severity ERROR stands."""
    info.context.identity.require("workflow:activate")
    workflow_id = read_workflow_id(input.workflow_id)
    sender = Sender(info.context, "activateWorkflow", input)
    for attempt in range(ATTEMPTS_MAX):
        try:
            receipt = await _activate(info.context, sender, workflow_id, input)
        except GraphDiffers:
            if input.expected_version is not None or attempt == ATTEMPTS_MAX - 1:
                raise
        else:
            return await workflow_changed(ActivateWorkflowSuccess, info.context, receipt)
    raise GraphDiffers


async def _activate(context: Context, sender: Sender, workflow_id: UUID, asked: ActivateWorkflowInput) -> Receipt:
    async def make() -> Command:
        workflow: Workflow
        workflow, _ = await context.api.system.dispatch.load("workflow", workflow_id, context.workspace_id)
        design = open_design(workflow)
        findings = () if design is None else (await context.api.findings(design, None)).findings
        subs = {} if design is None else await find_sub_workflows(context, design, workflow_id)
        credentials = None if design is None else await find_named_credentials(context, design)
        compiled = ""
        if design is not None and not blocking(check(design, findings, subs, credentials)):
            compiled = await _compile(context, design, subs)
        return ActivateWorkflow(
            at=now(),
            workflow_id=workflow_id,
            graph=compiled,
            findings=findings,
            sub_workflows=subs,
            credentials=credentials,
            note=said(asked.note),
            expected_version=asked.expected_version,
        )

    return await sender.send_made(workflow_id, make)


async def _compile(context: Context, design: Design, sub_workflows: SubWorkflows) -> str:
    """Compiles a draft and stores the graph, so that it is durable before a version names it."""
    content = compiled(design, sub_workflows)
    await context.api.system.blobs.put(context.workspace_id, content, "application/json")
    return graph_hash(content)
