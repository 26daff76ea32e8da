"""The library as it is searched: a page of templates, how many there are, and how they are spread."""

from __future__ import annotations

import asyncio

import strawberry

from graphql_api.context import Context, Info
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.paging import Edge, PageInfo, check_first, key_cursor, key_of
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Cursor, Position
from graphql_api.templates.types import Template, show_template
from projections.templates import COUNTED_MAX, Search, count_facets, count_templates, list_templates, read_search
from projections.templates import Facet as Counted
from projections.templates import TemplateFilter as Filter

KIND = "templates"
KEY_PARTS = 3
SEARCH_CHARACTERS_MAX = 500
VALUES_MAX = 50


@input_type
class TemplateFilter:
    """Which templates are shown: of each list those that have one of its values; what is left out does not restrict."""

    industries: list[str] | None = about("Those for one of these industries.", default=None)
    purposes: list[str] | None = about("Those for one of these purposes.", default=None)
    tags: list[str] | None = about("Those with one of these tags.", default=None)
    languages: list[str] | None = about("Those in one of these languages.", default=None)


@object_type
class Facet:
    """A value, and how many of the templates found have it."""

    value: str = about("The value: to be asked for in `filter`.")
    count: int = about("How many templates have it.")


@object_type
class TemplateFacets:
    """How the templates that were found are spread, the most frequent value first; of many, the 5,000 most used are counted."""

    industries: list[Facet] = about("By industry.")
    purposes: list[Facet] = about("By purpose.")
    tags: list[Facet] = about("By tag.")
    languages: list[Facet] = about("By language.")


@object_type
class TemplateConnection:
    """A page of the library."""

    edges: list[Edge[Template]] = about("The templates with their cursors.")
    nodes: list[Template] = about("The templates alone.")
    page_info: PageInfo = about("Where the page ends and whether more follow.")
    position: Position | None = about("Everything up to here is in the page.")
    search: strawberry.Private[Search]
    counted: strawberry.Private[int | None]
    counting: strawberry.Private[asyncio.Future[int] | None] = None

    @field
    async def total_count(self, info: Info) -> int:
        """How many templates match, counted up to 1,000."""
        return min(await self._count(info), COUNTED_MAX)

    @field
    async def more(self, info: Info) -> bool:
        """Whether more match than were counted."""
        return await self._count(info) > COUNTED_MAX

    @field
    async def facets(self, info: Info) -> TemplateFacets:
        """How all templates that match are spread, not only those of this page."""
        found = await count_facets(info.context.api.system.views, self.search)
        return TemplateFacets(**{name: [_facet(one) for one in values] for name, values in found.items()})

    async def _count(self, info: Info) -> int:
        if self.counted is not None:
            return self.counted
        if self.counting is None:  # Asked for by both fields, it is counted once.
            self.counting = asyncio.ensure_future(count_templates(info.context.api.system.views, self.search))
        return await self.counting


async def list_library(
    context: Context, search: str | None, chosen: TemplateFilter | None, first: int, after: Cursor | None
) -> TemplateConnection:
    """A page of the templates of the organization."""
    _check_size("search", "characters", len(search or ""), SEARCH_CHARACTERS_MAX)
    filtered = chosen or TemplateFilter()
    for name in ("industries", "purposes", "tags", "languages"):
        _check_size(f"filter.{name}", "values", len(getattr(filtered, name) or ()), VALUES_MAX)
    key, position = key_of(KIND, after, KEY_PARTS), await context.views_position()
    views, organization = context.api.system.views, context.identity.organization_id
    asked = await read_search(views, organization, search, _read(filtered))
    begin = None if key is None else (key[0], key[1], key[2])
    hits = await list_templates(views, asked, first=check_first(first), after=begin)
    page = hits.page
    edges = [Edge(cursor=key_cursor(KIND, *found.key), node=show_template(found.row)) for found in page.rows]
    return TemplateConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=page.has_more,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        position=position,
        search=asked,
        counted=hits.count,
    )


def _read(chosen: TemplateFilter) -> Filter:
    return Filter(industries=chosen.industries, purposes=chosen.purposes, tags=chosen.tags, languages=chosen.languages)


def _facet(counted: Counted) -> Facet:
    return Facet(value=counted.value, count=counted.count)


def _check_size(name: str, what: str, found: int, most: int) -> None:
    if found > most:
        raise ArgumentRefused(expected=f"at most {most} {what}", name=name, found=str(found))
