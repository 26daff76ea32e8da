"""The library: what is found by which words, in which order and how many, and that a search walks the indexes made for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.events import Event
from domain.templates.events import TemplateUnpublished
from projections.templates import (
    TemplateFilter,
    count_facets,
    count_templates,
    find_templates,
    list_templates,
    read_search,
)
from projections.templates.queries import _COUNT, COUNTED_MAX, _list_query, _query
from projections.views import SETTINGS, Views
from tests.conftest import Database
from tests.projections.stories import ORGANIZATION, published, revised
from tests.projections.written import OTHER_WORKSPACE, WORKSPACE, new_id, project_all, reading, writing

pytestmark = pytest.mark.anyio

OTHERS = UUID("01a20382-0000-7000-8000-0000000000fe")
MANY = 20_000
MANY_TEMPLATES = (
    "insert into views.template_index (template_id, organization_id, uses, position, industries, purposes, tags, language, vector)"
    " select gen_random_uuid(), %s, n %% 100, n, array[case n %% 3 when 0 then 'banking' else 'retail' end], '{}', '{}', 'en',"
    " (case n %% 500 when 0 then '''rare'':1A' else '''usual'':1A' end)::tsvector from generate_series(1, %s) n"
)


async def found(
    views: Views, search: str | None, organization: UUID = ORGANIZATION, **chosen: Sequence[str]
) -> list[str]:
    asked = await read_search(views, organization, search, TemplateFilter(**chosen))
    hits = await list_templates(views, asked)
    rows = hits.page.rows
    assert await count_templates(views, asked) == len(rows)
    assert hits.count in (None, len(rows))
    return [one.row.slug for one in rows]


async def test_a_template_is_found_by_name_facets_description_and_labels_in_this_order(database: Database) -> None:
    async with writing(database) as log, reading(database) as views:
        await log.write(new_id(), published("by-label", name="One", labels=("Check the invoice",)))
        await log.write(new_id(), published("by-description", name="Two", description="For an invoice."))
        await log.write(new_id(), published("by-tag", name="Three", tags=("invoice",)))
        await log.write(new_id(), published("by-name", name="Invoice"))
        await log.write(
            new_id(), published("sealed", name="Four", description={"$sealed": {"v": 1, "data": "invoice"}})
        )
        await project_all(database)
        assert await found(views, "invoice") == ["by-name", "by-tag", "by-description", "by-label"]
        assert await found(views, "INVOICE check") == ["by-label"]
        assert await found(views, "insurance four") == ["sealed"]


async def test_misspelt_words_find_what_was_meant(database: Database) -> None:
    async with writing(database) as log, reading(database) as views:
        await log.write(new_id(), published("invoices", name="Invoice approval", industries=("manufacturing",)))
        await log.write(new_id(), published("hospital", name="Admission au hôpital", industries=("healthcare",)))
        await project_all(database)
        for said in (
            "invoce",
            "invocie",
            "invoicee",
            "envoice",
            "invoise aproval",
            "approoval",
            "invoices",
            "manufakturing",
            "inv",
        ):
            assert await found(views, said) == ["invoices"], said
        for said in ("hopital", "hospital", "Hôpital", "admision"):
            assert await found(views, said) == ["hospital"], said
        for said in ("invoice admission", "bank", "xx"):
            assert await found(views, said) == [], said


async def test_what_is_written_as_asked_comes_before_what_may_be_meant(database: Database) -> None:
    async with writing(database) as log, reading(database) as views:
        await log.write(new_id(), published("claim", name="Claim"))
        await log.write(new_id(), published("claims", name="Claims"))
        await project_all(database)
        assert (await found(views, "claim handling"), await found(views, "claim")) == ([], ["claim", "claims"])
        assert await found(views, "claims") == ["claims", "claim"]


async def test_filters_restrict_within_a_facet_by_any_and_across_by_all(database: Database) -> None:
    async with writing(database) as log, reading(database) as views:
        await log.write(new_id(), published("a", industries=("banking",), purposes=("review",), tags=("x",)))
        await log.write(new_id(), published("b", industries=("retail", "banking"), language="de"))
        await log.write(new_id(), published("c", industries=("school",), tags=("x", "y")))
        await project_all(database)
        assert await found(views, None) == ["c", "b", "a"]
        assert await found(views, "  … ") == ["c", "b", "a"]
        assert await found(views, "claims", industries=["banking", "school"]) == ["c", "b", "a"]
        assert await found(views, None, industries=["banking"], tags=["x"]) == ["a"]
        assert await found(views, None, languages=["de"]) == ["b"]
        assert await found(views, None, purposes=["review"]) == ["a"]
        assert await found(views, None, industries=[]) == []
        facets = await count_facets(views, await read_search(views, ORGANIZATION, "claims"))
        assert {name: [(one.value, one.count) for one in values] for name, values in facets.items()} == {
            "industries": [("banking", 2), ("retail", 1), ("school", 1)],
            "purposes": [("review", 1)],
            "tags": [("x", 2), ("y", 1)],
            "languages": [("en", 2), ("de", 1)],
        }


async def test_a_library_is_its_organizations(database: Database) -> None:
    mine, theirs = new_id(), new_id()
    async with writing(database) as log, reading(database) as views:
        await log.write(mine, published("mine", name="Loans"), workspace=WORKSPACE)
        await log.write(theirs, published("theirs", name="Lawns", organization_id=OTHERS), workspace=OTHER_WORKSPACE)
        await project_all(database)
        assert await found(views, "loan") == ["mine"]
        assert await found(views, "lawns") == []  # Nor does a word of another library mean anything here.
        assert await found(views, "lawns", OTHERS) == ["theirs"]
        assert list(await find_templates(views, ORGANIZATION, [mine, theirs])) == [mine]


async def test_a_revision_is_found_by_what_it_says_now_and_one_taken_out_not_at_all(database: Database) -> None:
    loan, gone = new_id(), TemplateUnpublished()
    asked = ("house", "boat", "mortgage", "home", "laon")
    told: list[tuple[list[Event], list[list[str]]]] = [
        ([published("loan", name="House loan")], [["loan", "house"], [], [], [], ["loan"]]),
        ([revised(2, name="Boat loan")], [["house"], ["loan"], [], [], ["loan"]]),
        ([gone], [["house"], [], [], [], []]),
        ([revised(3, name="Mortgage"), gone, revised(4, name="Home loan")], [["house"], [], [], ["loan"], ["loan"]]),
    ]
    async with writing(database) as log, reading(database) as views:
        await log.write(new_id(), published("house", name="House"))
        for events, expected in told:
            await log.write(loan, *events)
            await project_all(database)
            assert [await found(views, word) for word in asked] == expected
        row = (await find_templates(views, ORGANIZATION, [loan]))[loan]
        assert (row.number, row.version, row.status, row.slug, row.name) == (4, 6, "PUBLISHED", "loan", "Home loan")
    with psycopg.connect(database.owner_dsn) as owner:
        words = owner.execute("select word, count from views.template_words order by word").fetchall()
    assert words == [("home", 1), ("house", 1), ("insurance", 2), ("loan", 1)]


async def test_pages_hold_each_template_once_in_the_order_of_the_whole(database: Database) -> None:
    async with writing(database) as log, reading(database) as views:
        for number in range(7):
            name = "Claims" if number % 2 else "Insurance"
            await log.write(new_id(), published(f"t{number}", name=name, tags=("claims",)))
        await project_all(database)
        for search in ("claims", "clams", None):
            asked = await read_search(views, ORGANIZATION, search)
            whole = (await list_templates(views, asked)).page.rows
            seen, after = [], None
            while True:
                page = (await list_templates(views, asked, first=2, after=after)).page
                seen += [one.row.slug for one in page.rows]
                if not page.has_more:
                    break
                after = page.rows[-1].key
            assert seen == [one.row.slug for one in whole]
            assert len(seen) == len(set(seen)) == 7


async def test_counts_stop_where_nobody_counts_on(database: Database) -> None:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(MANY_TEMPLATES, (ORGANIZATION, 3 * COUNTED_MAX))
    async with reading(database) as views:
        assert await count_templates(views, await read_search(views, ORGANIZATION, None)) == COUNTED_MAX + 1
        facets = await count_facets(views, await read_search(views, ORGANIZATION, "usual"))
        assert sum(one.count for one in facets["industries"]) == 3 * COUNTED_MAX * 499 // 500


@pytest.mark.parametrize("analyzed", [False, True])
async def test_a_search_walks_the_words_and_a_list_the_most_used(database: Database, *, analyzed: bool) -> None:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute(MANY_TEMPLATES, (ORGANIZATION, MANY))
        if analyzed:
            owner.execute("analyze views.template_index")
        words = plan(owner, _list_query(("words",)))
        narrowed = plan(owner, _list_query(("words", "industries")))
        counted = plan(owner, _query(_COUNT, ("words", "industries")))
        most_used = plan(owner, _list_query(()))
    assert "template_index_vector_idx" in words
    assert "template_index_vector_idx" in narrowed
    assert "template_index_vector_idx" in counted
    by_use = "Index Scan Backward using template_index_organization_id_uses_position_idx"
    assert by_use not in words + narrowed + counted  # That would read all templates for a rare word.
    assert by_use in most_used
    assert "Seq Scan" not in words + narrowed + counted + most_used


def plan(owner: psycopg.Connection[Any], query: bytes) -> str:
    """How the database would answer a query of the library."""
    for name, value in SETTINGS.items():
        owner.execute("select set_config(%s, %s, false)", (name, value))
    asked: dict[str, Any] = {
        "organization_id": ORGANIZATION,
        "words": "'rare'",
        "typed": "'rare'",
        "industries": ["banking"],
        "most": 500,
        "parts": 1_000_000,
        "typed_counts": 3,
        "rank": None,
        "uses": None,
        "position": None,
        "limit": 26,
    }
    rows = psycopg.ClientCursor(owner).execute(b"explain (analyze, costs off) " + query, asked).fetchall()
    return "\n".join(line for (line,) in rows)
