"""What can be asked of the library."""

from __future__ import annotations

import strawberry

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
        id: strawberry.ID,  # noqa: A002 - the word of the API
        at_least_position: Position | None = None,
    ) -> Template | None:
        """A template of the organization, also one that was taken out; null where there is none of this id."""
        info.context.identity.require("workflow:read")
        await info.context.at_least(at_least_position)
        template_id = read_id(id)
        row = None if template_id is None else await info.context.loader(templates_by_id).load(template_id)
        return None if row is None else show_template(row)
