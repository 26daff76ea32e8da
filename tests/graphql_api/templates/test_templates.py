"""The library over HTTP: `templates`, `template`, and `publishTemplate`, `reviseTemplate`, `unpublishTemplate`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.templates.library import (
    CLAIMS,
    PUBLISH,
    REVISE,
    SEARCH,
    TEMPLATE,
    UNPUBLISH,
    neighbour,
    published,
    slugs,
    workflow,
)
from tests.graphql_api.workshop import ACTIVATE, CREATE, operations


def test_a_draft_is_published_as_a_template_and_shown_whole(house: House, admin: Client) -> None:
    workflow_id = workflow(admin)
    entry = {**CLAIMS, "description": "Looks a claim through.", "author": "Ann", "language": "en-GB"}
    answer = admin.ask(PUBLISH, input={"of": {"workflowId": workflow_id}, "entry": entry})
    assert answer["template"] == {
        "id": answer["templateId"],
        "slug": "claim-check",
        "version": 1,
        "status": "PUBLISHED",
        "name": "Claim check",
        "taskCount": 2,
        "uses": 0,
        "reason": None,
        "revisable": True,
        **entry,
    }
    template = admin.ask(TEMPLATE, id=answer["templateId"], position=answer["position"])
    assert template["source"] == {"workflowId": workflow_id, "number": 1}
    assert template["publishedBy"] == {"name": "admin"}
    assert [one["name"] for one in template["inputs"]] == ["amount", "note", "paper"]
    assert template["tasks"] == [{"name": "find", "kind": "code"}, {"name": "approve", "kind": "human_review"}]
    assert [one["text"] for one in template["edges"]] == [
        "inputs.amount → find.amount",
        "approve.total → outputs.total",
    ]
    assert [one["name"] for one in template["design"]["tasks"]] == ["find", "approve"]
    assert house.events(answer["templateId"]) == ["template.published.v1"]


def test_a_chosen_version_is_published_and_the_active_one_by_itself(admin: Client) -> None:
    workflow_id = workflow(admin)
    admin.ask(ACTIVATE, input={"workflowId": workflow_id})
    for version, expected in ((None, "PublishTemplateSuccess"), (1, "PublishTemplateSuccess"), (7, "CommandRefused")):
        of = {"workflowId": workflow_id, "version": version}
        answer = admin.ask(PUBLISH, input={"of": of, "slug": f"v{version or 0}", "entry": CLAIMS})
        assert answer["__typename"] == expected
    assert sorted(slugs(admin)) == ["v0", "v1"]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"entry": {}}, "TEMPLATE_ENTRY_REFUSED", "industries"),
        ({"entry": CLAIMS, "slug": "Not a slug"}, "TEMPLATE_ENTRY_REFUSED", "slug"),
        ({"entry": {**CLAIMS, "name": "… !"}}, "TEMPLATE_ENTRY_REFUSED", "slug"),
        ({"entry": {**CLAIMS, "tags": ["a\u0007"]}}, "TEMPLATE_ENTRY_REFUSED", "tags[0]"),
        ({"entry": CLAIMS, "of": {"workflowId": "none"}}, "WORKFLOW_NOT_FOUND", None),
    ],
)
def test_what_cannot_be_offered_is_refused_and_nothing_stored(
    house: House, admin: Client, given: dict[str, Any], code: str, path: str | None
) -> None:
    of = {"workflowId": workflow(admin)}
    before = house.last_position()
    refused = admin.ask(PUBLISH, input={"of": of, **given})
    assert refused["code"] == code
    assert [detail["path"] for detail in refused["details"]] == ([] if path is None else [path])
    assert (house.last_position(), slugs(admin)) == (before, [])


@pytest.mark.parametrize("wrong", ["an edge", "the code"])
def test_a_template_with_errors_is_refused_those_of_code_too(admin: Client, wrong: str) -> None:
    edits = [one for one in operations() if wrong != "an edge" or "connectEdge" not in one]
    if wrong == "the code":
        edits[4]["addTask"]["config"] = {**edits[4]["addTask"]["config"], "code": "wrong"}
    created = admin.ask(CREATE, input={"name": "Broken", "operations": edits})
    refused = admin.ask(PUBLISH, input={"of": {"workflowId": created["workflowId"]}, "entry": CLAIMS})
    assert refused["code"] == "TEMPLATE_HAS_ERRORS"
    assert refused["details"]


def test_publishing_again_changes_nothing_and_something_else_is_refused(house: House, admin: Client) -> None:
    of = {"workflowId": workflow(admin)}
    first = admin.ask(PUBLISH, input={"of": of, "entry": CLAIMS})
    assert admin.ask(PUBLISH, input={"of": of, "entry": CLAIMS})["template"] == first["template"]
    refused = admin.ask(PUBLISH, input={"of": of, "entry": {**CLAIMS, "tags": []}})
    assert refused["code"] == "TEMPLATE_SLUG_TAKEN"
    assert house.events(first["templateId"]) == ["template.published.v1"]


def test_a_command_id_gives_the_first_result(house: House, admin: Client) -> None:
    given: dict[str, Any] = {"of": {"workflowId": workflow(admin)}, "entry": CLAIMS, "commandId": "once"}
    first = admin.ask(PUBLISH, input=given)
    admin.ask(UNPUBLISH, input={"templateId": first["templateId"]})
    assert admin.ask(PUBLISH, input=given)["templateId"] == first["templateId"]
    assert house.events(first["templateId"]) == ["template.published.v1", "template.unpublished.v1"]


def test_a_template_is_revised_in_part_or_by_another_version_of_its_workflow(admin: Client) -> None:
    first = published(admin, description="Old.")
    revised = admin.ask(REVISE, input={"templateId": first["templateId"], "entry": {"description": "New."}})
    assert revised["template"] == {**without(first["template"], "revisable"), "version": 2, "description": "New."}
    other = {"workflowId": workflow(admin, "Another")}
    redrawn = admin.ask(REVISE, input={"templateId": first["templateId"], "of": other, "expectedVersion": 2})
    assert redrawn["template"]["version"] == 2, "it is drawn alike"
    moved = admin.ask(REVISE, input={"templateId": first["templateId"], "entry": {"tags": []}, "expectedVersion": 1})
    assert moved["code"] == "TEMPLATE_MOVED"


def test_one_that_was_taken_out_is_not_found_but_still_told_and_may_come_back(admin: Client) -> None:
    first = published(admin)
    gone = admin.ask(UNPUBLISH, input={"templateId": first["templateId"], "reason": "Replaced."})
    assert (gone["template"]["status"], gone["template"]["reason"]) == ("UNPUBLISHED", "Replaced.")
    assert slugs(admin, "claim") == []
    assert admin.ask(TEMPLATE, id=first["templateId"])["status"] == "UNPUBLISHED"
    refused = admin.ask(REVISE, input={"templateId": first["templateId"], "entry": {"tags": []}})
    assert refused["code"] == "TEMPLATE_IS_UNPUBLISHED"
    of = first["template"] and admin.ask(TEMPLATE, id=first["templateId"])["source"]["workflowId"]
    again = admin.ask(PUBLISH, input={"of": {"workflowId": of}, "entry": CLAIMS})
    assert (again["template"]["status"], again["template"]["version"], again["template"]["reason"]) == (
        "PUBLISHED",
        2,
        None,
    )
    assert slugs(admin, "claim") == ["claim-check"]


def test_the_library_is_the_organizations_and_only_who_published_revises(house: House, admin: Client) -> None:
    first = published(admin)
    other, stranger = neighbour(house, admin), house.open_workspace()
    template = other.ask(TEMPLATE, id=first["templateId"])
    assert (template["name"], template["revisable"], template["source"]) == ("Claim check", False, None)
    assert len(template["tasks"]) == 2
    assert (slugs(other, "clam"), slugs(stranger, "claim")) == (["claim-check"], [])
    assert stranger.ask(TEMPLATE, id=first["templateId"]) is None
    for asked in (REVISE, UNPUBLISH):
        refused = other.ask(asked, input={"templateId": first["templateId"]})
        assert refused["code"] == "TEMPLATE_NOT_FOUND"
    taken = other.ask(PUBLISH, input={"of": {"workflowId": workflow(other)}, "entry": CLAIMS})
    assert taken["code"] == "TEMPLATE_SLUG_TAKEN"
    assert published(stranger)["template"]["slug"] == "claim-check"


def test_builders_publish_operators_look_and_reviewers_see_nothing(house: House, admin: Client) -> None:
    first = published(admin)
    operator, reviewer = house.let_in(admin.workspace, "operator"), house.let_in(admin.workspace, "reviewer")
    assert slugs(operator) == ["claim-check"]
    assert operator.ask(UNPUBLISH, input={"templateId": first["templateId"]})["code"] == "PERMISSION_MISSING"
    assert reviewer.error(SEARCH)["extensions"]["code"] == "PERMISSION_MISSING"
    assert reviewer.error(TEMPLATE, id=first["templateId"])["extensions"]["code"] == "PERMISSION_MISSING"
    builder = house.let_in(admin.workspace, "builder")
    assert builder.ask(UNPUBLISH, input={"templateId": first["templateId"]})["template"]["status"] == "UNPUBLISHED"


def test_a_search_is_paged_counted_and_told_by_facets(admin: Client) -> None:
    for number in range(5):
        industry = "insurance" if number else "banking"
        published(admin, f"Claim {number}", industries=[industry])
    whole = slugs(admin, "clams")
    assert len(whole) == 5
    first = admin.ask(SEARCH, search="clams", first=3)
    rest = admin.ask(SEARCH, search="clams", first=3, after=first["pageInfo"]["endCursor"])
    assert [one["slug"] for one in (*first["nodes"], *rest["nodes"])] == whole
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert (first["totalCount"], first["more"]) == (5, False)
    assert first["facets"]["industries"] == [{"value": "insurance", "count": 4}, {"value": "banking", "count": 1}]
    narrowed = admin.ask(SEARCH, search="clams", filter={"industries": ["banking"]})
    assert ([one["slug"] for one in narrowed["nodes"]], narrowed["totalCount"]) == (["claim-0"], 1)


@pytest.mark.parametrize(
    "given",
    [{"search": "a" * 501}, {"filter": {"tags": ["x"] * 51}}, {"first": 101}, {"after": "nonsense"}],
)
def test_what_a_search_cannot_take_is_refused(admin: Client, given: dict[str, Any]) -> None:
    assert admin.error(SEARCH, **given)["extensions"]["code"] == "ARGUMENT_REFUSED"


@pytest.mark.parametrize("search", ["' | a", "a:*", "!a & b", "\\", "(", "\u202e", "名前", "a\u0301 \U0001f600"])
def test_no_search_breaks_the_query(admin: Client, search: str) -> None:
    published(admin)
    assert slugs(admin, search) in ([], ["claim-check"])


def without(form: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name not in names}
