"""What screens ask of the library: templates by words that may be misspelt, by industry, purpose, tag and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.templates.rows import TemplateRow
from projections.templates.words import asked, query_as_typed, query_of, spellings
from projections.views import Views

RANKED_MAX = 500
"""Of the hits, only the most used are put into the order in which they match."""
COUNTED_MAX = 1_000
FACET_HITS_MAX = 5_000
FACET_VALUES_MAX = 50
_RANK_PARTS = 1_000_000
_TYPED_COUNTS = 3  # times as much as what a word may mean
_COLUMNS = len(fields(TemplateRow))


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFilter:
    """Which templates are shown: of each list, those that have one of it; what is None does not restrict."""

    industries: Sequence[str] | None = None
    purposes: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    languages: Sequence[str] | None = None


ALL_TEMPLATES = TemplateFilter()


@dataclass(frozen=True, slots=True)
class Search:
    """What a library is asked: the words as the database takes them, and what else must hold."""

    organization_id: UUID
    chosen: TemplateFilter
    words: str | None  # None: no words were given
    typed: str | None

    @property
    def parts(self) -> tuple[str, ...]:
        """The conditions that restrict it."""
        said = {"words": self.words, **{name: getattr(self.chosen, name) for name in _OF_FILTER}}
        return tuple(name for name, value in said.items() if value is not None)

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the conditions."""
        return {
            "organization_id": self.organization_id,
            "words": self.words,
            "typed": self.typed,
            **{name: None if (some := getattr(self.chosen, name)) is None else list(some) for name in _OF_FILTER},
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A template that a search found; `key` is its place in the order."""

    row: TemplateRow
    key: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of what a search found, and how many there are in all, where that became known with it."""

    page: Page[Found]
    count: int | None


@dataclass(frozen=True, slots=True)
class Facet:
    """How many of the hits have a value."""

    value: str
    count: int


_OF_FILTER = ("industries", "purposes", "tags", "languages")
_CONDITIONS: Mapping[str, LiteralString] = {
    "words": "i.vector @@ %(words)s::tsquery",
    "industries": "i.industries && %(industries)s::text[]",
    "purposes": "i.purposes && %(purposes)s::text[]",
    "tags": "i.tags && %(tags)s::text[]",
    "languages": "i.language = any(%(languages)s)",
}
_WORDS = (
    b"select w.word, w.count from views.template_words w"
    b" where w.organization_id = %(organization_id)s and w.spellings && %(spellings)s::text[]"
)
_FIND = query(
    "select {t} from views.templates t where t.template_id = any(%s) and t.organization_id = %s", t=TemplateRow
)
# The hits are written down before they are put in order: walking the index of the most used ones would read all templates for a rare word.
_HITS: LiteralString = (
    "with hits as materialized (select i.template_id, i.uses, i.position from views.template_index i where {where}),"
    " most as materialized (select * from hits order by uses desc, position desc limit %(most)s)"
)
_SEARCH: LiteralString = (
    _HITS  # noqa: S608 - all of it stands here
    + ", ranked as (select m.*, ((ts_rank(i.vector, %(words)s::tsquery)"
    " + %(typed_counts)s * ts_rank(i.vector, %(typed)s::tsquery)) * %(parts)s)::int8 as rank"
    " from most m join views.template_index i using (template_id)),"
    " page as materialized (select * from ranked where %(rank)s::int8 is null"
    " or (rank, uses, position) < (%(rank)s, %(uses)s, %(position)s)"
    " order by rank desc, uses desc, position desc limit %(limit)s)"
    " select {t}, p.rank, (select count(*) from hits) from page p join views.templates t using (template_id)"
    " order by p.rank desc, p.uses desc, p.position desc"
)
_LIST: LiteralString = (
    "with page as materialized (select i.template_id, i.uses, i.position from views.template_index i where {where}"
    " order by i.uses desc, i.position desc limit %(limit)s)"
    " select {t}, 0::int8, null::int8 from page p join views.templates t using (template_id) order by p.uses desc, p.position desc"
)
_COUNT: LiteralString = "select count(*) from (select from views.template_index i where {where} limit %(most)s) counted"
_FACETS: LiteralString = (
    ", counted as (select 'industries' as facet, value, count(*) from shown, unnest(industries) value group by value"
    " union all select 'purposes', value, count(*) from shown, unnest(purposes) value group by value"
    " union all select 'tags', value, count(*) from shown, unnest(tags) value group by value"
    " union all select 'languages', language, count(*) from shown group by language)"
    " select facet, value, count from counted order by count desc, value"
)
_FACETS_OF_SEARCH: LiteralString = (
    _HITS  # noqa: S608 - all of it stands here
    + ", shown as materialized (select i.industries, i.purposes, i.tags, i.language"
    " from most m join views.template_index i using (template_id))" + _FACETS
)
_FACETS_OF_LIST: LiteralString = (
    "with shown as materialized (select i.industries, i.purposes, i.tags, i.language from views.template_index i"  # noqa: S608 - as above
    " where {where} order by i.uses desc, i.position desc limit %(most)s)" + _FACETS
)


async def find_templates(views: Views, organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, TemplateRow]:
    """Those of the templates that the organization has or had, by id."""
    rows = await views.fetch(TemplateRow, _FIND, (list(ids), organization_id))
    return {row.template_id: row for row in rows}


async def read_search(
    views: Views, organization_id: UUID, search: str | None, chosen: TemplateFilter = ALL_TEMPLATES
) -> Search:
    """The search for some words, each with what it may mean among the words of the library."""
    words = asked(search or "")
    if not words:
        return Search(organization_id, chosen, None, None)
    spelled = sorted({spelling for word in words for spelling in spellings(word)})
    found = await views.read(_WORDS, {"organization_id": organization_id, "spellings": spelled})
    vocabulary = {str(word): int(count) for word, count in found}
    return Search(organization_id, chosen, query_of(words, vocabulary), query_as_typed(words))


async def list_templates(
    views: Views, search: Search, *, first: int = 50, after: tuple[int, int, int] | None = None
) -> Hits:
    """Templates that match, the best first, without words the most used; `after` is the key of the last one of the page before."""
    rank, uses, position = after or (None, None, None)
    begin = {"rank": rank, "uses": uses, "position": position, "limit": rows_to_read(first)}
    parts = search.parts if search.words is not None or after is None else (*search.parts, "after")
    constants = {"most": RANKED_MAX, "parts": _RANK_PARTS, "typed_counts": _TYPED_COUNTS}
    rows = await views.read(_list_query(parts), search.parameters | begin | constants)
    found = [_found(TemplateRow(*row[:_COLUMNS]), row[_COLUMNS]) for row in rows]
    return Hits(page_of(found, first), rows[0][_COLUMNS + 1] if rows else None)


async def count_templates(views: Views, search: Search) -> int:
    """How many templates match; one more than `COUNTED_MAX` where there are more than that."""
    rows = await views.read(_query(_COUNT, search.parts), search.parameters | {"most": COUNTED_MAX + 1})
    return int(rows[0][0])


async def count_facets(views: Views, search: Search) -> dict[str, list[Facet]]:
    """How many of the hits (of many, the most used) have each industry, purpose, tag and language, the most frequent first."""
    text = _FACETS_OF_LIST if search.words is None else _FACETS_OF_SEARCH
    rows = await views.read(_query(text, search.parts), search.parameters | {"most": FACET_HITS_MAX})
    facets: dict[str, list[Facet]] = {name: [] for name in _OF_FILTER}
    for facet, value, count in rows:
        if len(facets[facet]) < FACET_VALUES_MAX:
            facets[facet].append(Facet(value, count))
    return facets


def _found(row: TemplateRow, rank: int) -> Found:
    return Found(row, (rank, row.uses, row.position))


def _list_query(parts: tuple[str, ...]) -> bytes:
    return _query(_SEARCH if "words" in parts else _LIST, parts)


@cache
def _query(text: LiteralString, parts: tuple[str, ...]) -> bytes:
    conditions = {**_CONDITIONS, "after": "(i.uses, i.position) < (%(uses)s, %(position)s)"}
    where: list[LiteralString] = ["i.organization_id = %(organization_id)s", *(conditions[part] for part in parts)]
    return query(text, where=where, t=TemplateRow)
