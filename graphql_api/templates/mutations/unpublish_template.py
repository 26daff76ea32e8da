"""`unpublishTemplate`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.templates.commands import UnpublishTemplate
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.templates.mutations.answer import TemplateChanged, read_template_id, template_changed


@input_type
class UnpublishTemplateInput:
    """A template to be taken out of the library."""

    template_id: strawberry.ID = about("The template.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class UnpublishTemplateSuccess(TemplateChanged):
    """The template is not in the library any more."""


UnpublishTemplateResult = Annotated[
    UnpublishTemplateSuccess | CommandRefused,
    strawberry.union("UnpublishTemplateResult", description="The template that was taken out, or why it was not."),
]


async def unpublish_template(info: Info, input: UnpublishTemplateInput) -> UnpublishTemplateResult:  # noqa: A002 - the word of the API
    """Takes a template out of the library; workflows that were begun from it go on."""
    info.context.identity.require("workflow:activate")
    command = UnpublishTemplate(at=now(), template_id=read_template_id(input.template_id), reason=said(input.reason))
    receipt = await Sender(info.context, "unpublishTemplate", input).send(command)
    return await template_changed(UnpublishTemplateSuccess, info.context, receipt)
