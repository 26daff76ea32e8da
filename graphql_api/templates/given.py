"""What is given of a template: its entry, and the workflow it is made of."""

from __future__ import annotations

import strawberry

from domain.templates.commands import Offered
from domain.templates.decide import design_bytes
from domain.templates.entry import SLUG_CHARACTERS_MAX, TemplateEntry
from domain.templates.events import TemplateSource
from domain.workflows.design import Design, read_design
from domain.workflows.refusals import WorkflowNotFound
from domain.workflows.state import Archived, NoWorkflow, Workflow, active_version, open_design
from graphql_api.commanding import said
from graphql_api.context import Context
from graphql_api.describe import about, input_type
from graphql_api.refusals import ArgumentRefused
from graphql_api.workflows.loaders import versions_by_number
from graphql_api.workflows.mutations.answer import read_workflow_id
from projections.templates.words import words_of


@input_type
class TemplateEntryInput:
    """What the library says of a template. What is left out stays as it is; of a new template, name and description are the workflow's."""

    name: str | None = about("What it is called.", default=None)
    description: str | None = about("What it is for.", default=None)
    industries: list[str] | None = about("Who would use it, as `banking`; at least one.", default=None)
    purposes: list[str] | None = about("What for, as `approval`.", default=None)
    tags: list[str] | None = about("What else it is listed under.", default=None)
    words: list[str] | None = about("Words by which it is found as well.", default=None)
    language: str | None = about("The language of its texts, as BCP 47 has it; `en` unless said.", default=None)
    author: str | None = about("Who wrote it.", default=None)


@input_type
class TemplateOfInput:
    """The workflow a template is made of."""

    workflow_id: strawberry.ID = about("A workflow of this workspace.")
    version: int | None = about("The number of the version; left out, the active one, else the draft.", default=None)


def read_entry(given: TemplateEntryInput, before: TemplateEntry) -> TemplateEntry:
    """The entry, as far as it is given; the rest is as before."""
    lists = {name: getattr(given, name) for name in ("industries", "purposes", "tags", "words")}
    texts = {name: said(getattr(given, name)) for name in ("name", "description", "language", "author")}
    changed = {name: tuple(values) for name, values in lists.items() if values is not None}
    changed |= {name: value for name, value in texts.items() if value is not None}
    return before.model_copy(update=changed)


def slug_of(name: str) -> str:
    """A slug for a name: `Claim check` → `claim-check`."""
    return "-".join(words_of(name))[:SLUG_CHARACTERS_MAX].rstrip("-")


async def find_design(context: Context, asked: TemplateOfInput) -> tuple[str, Design, TemplateSource]:
    """The name of a workflow, the design of one of its versions, and where that stands."""
    workflow_id = read_workflow_id(asked.workflow_id)
    workflow: Workflow
    workflow, _ = await context.api.system.dispatch.load("workflow", workflow_id, context.workspace_id)
    if isinstance(workflow, NoWorkflow):
        raise WorkflowNotFound(workflow_id=asked.workflow_id)
    name, active, draft = workflow.known.name, active_version(workflow), open_design(workflow)
    if asked.version is None and active is not None:
        return name, active.design, TemplateSource(workflow_id=workflow_id, number=active.number)
    if not isinstance(workflow, Archived) and draft is not None and asked.version in (None, workflow.number):
        return name, draft, TemplateSource(workflow_id=workflow_id, number=workflow.number)
    row = None if asked.version is None else await context.loader(versions_by_number).load((workflow_id, asked.version))
    if row is None:
        found = "none, of a workflow without an active version" if asked.version is None else str(asked.version)
        raise ArgumentRefused(expected="the number of a version", name="version", found=found)
    return name, read_design(row.design), TemplateSource(workflow_id=workflow_id, number=row.number)


async def offer(
    context: Context, entry: TemplateEntry, design: Design, source: TemplateSource | None = None
) -> Offered:
    """What is to be offered, its form stored, so that it is durable before an event names it."""
    await context.api.system.blobs.put(context.workspace_id, design_bytes(design), "application/json")
    found = await context.api.findings(design, None)
    return Offered(entry=entry, design=design, findings=found.findings, source=source)
