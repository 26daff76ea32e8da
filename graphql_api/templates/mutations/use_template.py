"""`useTemplate`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.templates.refusals import TemplateIsUnpublished, TemplateNotFound
from domain.workflows.commands import CreateWorkflow
from domain.workflows.design import Design
from domain.workflows.differences import edits_between
from domain.workflows.events import TemplateUsed
from event_store.requests import Receipt
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.templates.loaders import designs_by_hash, templates_by_id
from graphql_api.templates.mutations.answer import read_template_id
from graphql_api.templates.types import TemplateStatus
from graphql_api.workflows.mutations.answer import WorkflowChanged, workflow_changed
from graphql_api.workflows.naming import send_named
from graphql_api.workflows.sub_workflows import sign


@input_type
class UseTemplateInput:
    """A template to begin a workflow from."""

    template_id: strawberry.ID = about("The template.")
    name: str | None = about(
        "The name of the workflow, unique in the workspace; left out, that of the template.", default=None
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class UseTemplateSuccess(WorkflowChanged):
    """A workflow was begun, with a draft as the template is drawn."""


UseTemplateResult = Annotated[
    UseTemplateSuccess | CommandRefused,
    strawberry.union("UseTemplateResult", description="The workflow that was begun, or why none was."),
]


async def use_template(info: Info, input: UseTemplateInput) -> UseTemplateResult:  # noqa: A002 - the word of the API
    """Begins a workflow of this workspace with a draft as a template of the library is drawn."""
    context = info.context
    context.identity.require("workflow:edit")
    template_id = read_template_id(input.template_id)
    sender = Sender(context, "useTemplate", input)
    receipt = await sender.first_result(template_id)
    if receipt is None:
        receipt = await _begin(context, sender, template_id, input)
    return await workflow_changed(UseTemplateSuccess, context, receipt)


async def _begin(context: Context, sender: Sender, template_id: UUID, asked: UseTemplateInput) -> Receipt:
    row = await context.loader(templates_by_id).load(template_id)
    if row is None:
        raise TemplateNotFound(template_id=asked.template_id)
    if row.status == TemplateStatus.UNPUBLISHED.value:
        raise TemplateIsUnpublished(slug=row.slug)
    design = await context.loader(designs_by_hash).load((row.workspace_id, row.design))
    at = now()
    command = CreateWorkflow(
        at=at,
        workflow_id=new_id(at),
        member_id=context.identity.member_id,
        name=row.name if asked.name is None else asked.name,
        operations=await sign(context, edits_between(Design(), design)),
        template=TemplateUsed(template_id=template_id, version=row.number),
    )
    return await send_named(context, sender, command)
