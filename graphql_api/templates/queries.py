"""What can be asked of the library."""

from __future__ import annotations

import strawberry

from domain.templates.commands import template_id as template_id_of
from graphql_api.context import Info, read_id
from graphql_api.describe import field
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.scalars import Cursor, Position
from graphql_api.templates.lists import TemplateConnection, TemplateFilter, list_library
from graphql_api.templates.loaders import templates_by_id
from graphql_api.templates.types import Template, show_template


@strawberry.type
class TemplateQueries:
    """What can be asked of the library."""

    @field
    async def templates(
        self,
        info: Info,
        *,
        search: str | None = None,
        filter: TemplateFilter | None = None,  # noqa: A002 - the word of the API
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        at_least_position: Position | None = None,
    ) -> TemplateConnection:
        """The library of the organization: those that match all words of `search`, misspelt ones too, the best first; without words the most used first. At most 500 are put in the order in which they match."""
        info.context.identity.require("workflow:read")
        await info.context.at_least(at_least_position)
        return await list_library(info.context, search, filter, first, after)

    @field
    async def template(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the word of the API
        slug: str | None = None,
        at_least_position: Position | None = None,
    ) -> Template | None:
        """The template of this id, or else of this slug, also one that was taken out; null where the organization has none."""
        info.context.identity.require("workflow:read")
        await info.context.at_least(at_least_position)
        template_id = None if id is None else read_id(id)
        if id is None and slug is not None:
            template_id = template_id_of(info.context.identity.organization_id, slug)
        row = None if template_id is None else await info.context.loader(templates_by_id).load(template_id)
        return None if row is None else show_template(row)
