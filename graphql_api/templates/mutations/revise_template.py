"""`reviseTemplate`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.subject import Command
from domain.templates.commands import ReviseTemplate
from domain.templates.entry import TemplateEntry
from domain.templates.refusals import TemplateNotFound
from domain.templates.state import NoTemplate, Template
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.templates.given import TemplateEntryInput, TemplateOfInput, find_design, offer, read_entry
from graphql_api.templates.loaders import designs_by_hash
from graphql_api.templates.mutations.answer import TemplateChanged, read_template_id, template_changed


@input_type
class ReviseTemplateInput:
    """A template to be offered as another version."""

    template_id: strawberry.ID = about("The template.")
    of: TemplateOfInput | None = about("The workflow it is made of now; left out, it is drawn as before.", default=None)
    entry: TemplateEntryInput | None = about("What the library says of it now.", default=None)
    expected_version: int | None = about(
        "The `version` that was looked at: refused when another is offered now.", default=None
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ReviseTemplateSuccess(TemplateChanged):
    """The template is offered as another version, or stands as asked already."""


ReviseTemplateResult = Annotated[
    ReviseTemplateSuccess | CommandRefused,
    strawberry.union("ReviseTemplateResult", description="The template that was revised, or why it was not."),
]


async def revise_template(info: Info, input: ReviseTemplateInput) -> ReviseTemplateResult:  # noqa: A002 - the word of the API
    """Offers a template as another version; workflows that were begun from it stay as they are."""
    context = info.context
    context.identity.require("workflow:activate")
    template_id = read_template_id(input.template_id)

    async def make() -> Command:
        template: Template
        template, _ = await context.api.system.dispatch.load("template", template_id, context.workspace_id)
        if isinstance(template, NoTemplate):
            raise TemplateNotFound(template_id=input.template_id)
        before = template.known.offered
        if input.of is None:
            source = before.source
            design = await context.loader(designs_by_hash).load((context.workspace_id, before.design))
        else:
            _, design, source = await find_design(context, input.of)
        kept = TemplateEntry(**{name: getattr(before, name) for name in TemplateEntry.model_fields})
        entry = kept if input.entry is None else read_entry(input.entry, kept)
        return ReviseTemplate(
            at=now(),
            template_id=template_id,
            offered=await offer(context, entry, design, source),
            expected_version=template.known.version if input.expected_version is None else input.expected_version,
        )

    receipt = await Sender(context, "reviseTemplate", input).send_made(template_id, make)
    return await template_changed(ReviseTemplateSuccess, context, receipt)
