"""`publishTemplate`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.subject import Command
from domain.templates.commands import PublishTemplate, template_id
from domain.templates.entry import TemplateEntry
from domain.templates.refusals import TemplateSlugTaken
from event_store.drafting import IdInUse
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.templates.given import TemplateEntryInput, TemplateOfInput, find_design, offer, read_entry, slug_of
from graphql_api.templates.mutations.answer import TemplateChanged, template_changed


@input_type
class PublishTemplateInput:
    """A workflow to be offered as a template."""

    of: TemplateOfInput = about("The workflow.")
    slug: str | None = about(
        "Its name in addresses and files, unique in the library; left out, made of its name.", default=None
    )
    entry: TemplateEntryInput = about("What the library says of it.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class PublishTemplateSuccess(TemplateChanged):
    """The template is in the library."""


PublishTemplateResult = Annotated[
    PublishTemplateSuccess | CommandRefused,
    strawberry.union("PublishTemplateResult", description="The template that was published, or why none was."),
]


async def publish_template(info: Info, input: PublishTemplateInput) -> PublishTemplateResult:  # noqa: A002 - the word of the API
    """Takes a workflow into the library of the organization, for all its workspaces; one that was taken out comes back as its next version."""
    context = info.context
    context.identity.require("workflow:activate")
    name, design, source = await find_design(context, input.of)
    entry = read_entry(input.entry, TemplateEntry(name=name, description=design.description))
    slug, organization = slug_of(entry.name) if input.slug is None else input.slug, context.identity.organization_id
    stream = template_id(organization, slug)

    async def make() -> Command:
        offered = await offer(context, entry, design, source)
        return PublishTemplate(at=now(), template_id=stream, organization_id=organization, slug=slug, offered=offered)

    try:
        receipt = await Sender(context, "publishTemplate", input).send_made(stream, make)
    except IdInUse:
        raise TemplateSlugTaken(slug=slug) from None
    return await template_changed(PublishTemplateSuccess, context, receipt)
