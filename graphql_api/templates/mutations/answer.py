"""How mutations of templates answer when they succeed."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

import strawberry

from domain.templates.refusals import TemplateNotFound
from event_store.requests import Receipt
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, interface_type
from graphql_api.scalars import Position
from graphql_api.templates.loaders import templates_by_id
from graphql_api.templates.types import Template, show_template


@interface_type
class TemplateChanged:
    """The template was changed, or stands as asked already."""

    template_id: strawberry.ID = about("The template.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def template(self, info: Info) -> Template | None:
        """The template with the change; null only when the read models lag beyond the bound, or without the permission workflow:read."""
        return await template_at(info.context, UUID(self.template_id), self.written_at)


Success = TypeVar("Success", bound=TemplateChanged)


async def template_changed(success: type[Success], context: Context, receipt: Receipt) -> Success:
    """The answer for a receipt, as the success of one mutation."""
    return success(
        template_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
    )


async def template_at(context: Context, template_id: UUID, position: int) -> Template | None:
    """A template as of a position, if it may be seen and the read models have come so far."""
    if not context.identity.may("workflow:read") or not await context.seen(position):
        return None
    row = await context.loader(templates_by_id).load(template_id)
    return None if row is None else show_template(row)


def read_template_id(text: strawberry.ID) -> UUID:
    """The id of a template; what can be no id is no template's."""
    template_id = read_id(text)
    if template_id is None:
        raise TemplateNotFound(template_id=text)
    return template_id
