"""`importTemplates`: each file for itself, told with line and column what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.templates.library import TEMPLATE, UNPUBLISH, neighbour, slugs

IMPORT = """
mutation ($input: ImportTemplatesInput!) {
  importTemplates(input: $input) {
    __typename
    ... on ImportTemplatesSuccess {
      position
      results {
        file outcome template { id slug version name description industries taskCount source { number } }
        refusal { code message details { path expected found line column } }
      }
    }
    ... on CommandRefused { code message }
  }
}
"""
FILE = """\
format: opus.workflow.1
name: {name}
description: Adds one.
template:
  industries: [education]
  tags: [arithmetic]
inputs:
  amount: {{type: float}}
tasks:
  add:
    kind: code
    code: {code}
    inputs:
      amount: {{type: float, from: inputs.amount}}
    outputs:
      total: {{type: float}}
outputs:
  total: {{type: float, from: add.total}}
"""


def file(file_name: str = "add-one.yaml", text: str = FILE, **said: str) -> dict[str, str]:
    return {"name": file_name, "yaml": text.format(**{"name": "Add one", "code": "total = amount + 1", **said})}


def imported(client: Client, *files: dict[str, str], **more: str) -> list[dict[str, Any]]:
    answer = client.ask(IMPORT, input={"files": list(files), **more})
    assert answer["__typename"] == "ImportTemplatesSuccess", answer
    results: list[dict[str, Any]] = answer["results"]
    return results


def test_a_file_becomes_a_template_and_another_version_only_where_it_says_something_else(
    house: House, admin: Client
) -> None:
    (first,) = imported(admin, file())
    template_id = first["template"].pop("id")
    assert first == {
        "file": "add-one.yaml",
        "outcome": "PUBLISHED",
        "refusal": None,
        "template": {
            "slug": "add-one",
            "version": 1,
            "name": "Add one",
            "description": "Adds one.",
            "industries": ["education"],
            "taskCount": 1,
            "source": None,
        },
    }
    (same,), (other,) = imported(admin, file()), imported(admin, file(code="total = amount + 1.0"))
    assert (same["outcome"], same["template"]["version"]) == ("UNCHANGED", 1)
    assert (other["outcome"], other["template"]["version"]) == ("REVISED", 2)
    assert house.events(template_id) == ["template.published.v1", "template.revised.v1"]
    assert slugs(admin, "arithmetik") == ["add-one"]


def test_each_file_is_taken_in_or_refused_on_its_own_with_line_and_column(admin: Client) -> None:
    wrong = FILE.replace("[education]", "[Education, school]").replace(
        "{{type: float}}\ntasks", "{{type: float}}\ntasks"
    )
    results = imported(
        admin,
        file("good.yaml"),
        file("Bad Name.yaml"),
        file("misspelt.yaml", FILE.replace("from: add.total", "from: ad.total")),
        file("head.yaml", wrong),
        file("none.yaml", FILE.replace("template:\n  industries: [education]\n  tags: [arithmetic]\n", "")),
        file("odd.yaml", FILE.replace("tags:", "colour:")),
        file("code.yaml", code="wrong"),
        {"name": "no.yaml", "yaml": "{"},
    )
    assert [one["outcome"] for one in results] == ["PUBLISHED", *["REFUSED"] * 7]
    assert [one["refusal"] and one["refusal"]["code"] for one in results] == [
        None,
        "TEMPLATE_ENTRY_REFUSED",
        "WORKFLOW_FILE_REFUSED",
        "TEMPLATE_ENTRY_REFUSED",
        "TEMPLATE_HEAD_MISSING",
        "TEMPLATE_HEAD_REFUSED",
        "TEMPLATE_HAS_ERRORS",
        "WORKFLOW_FILE_REFUSED",
    ]
    details = [[(one["path"], one["line"]) for one in each["refusal"]["details"]] for each in results[1:]]
    assert details[1:6] == [
        [("outputs.total.from", 18)],
        [("template.industries[0]", 5)],
        [],
        [("template.colour", 6)],
        [("tasks.add.code", 12)],
    ]
    assert slugs(admin) == ["good"]


def test_a_template_that_was_taken_out_does_not_come_back_by_an_import(admin: Client) -> None:
    (first,) = imported(admin, file())
    admin.ask(UNPUBLISH, input={"templateId": first["template"]["id"]})
    (again,) = imported(admin, file())
    assert (again["outcome"], again["refusal"]["code"]) == ("REFUSED", "TEMPLATE_IS_UNPUBLISHED")
    assert slugs(admin) == []


def test_a_repeated_command_gives_the_first_results(house: House, admin: Client) -> None:
    first = imported(admin, file(), file("two.yaml", name="Two"), commandId="once")
    before = house.last_position()
    assert imported(admin, file(), file("two.yaml", name="Two"), commandId="once") == first
    assert house.last_position() == before


def test_a_slug_of_another_workspace_is_taken(house: House, admin: Client) -> None:
    other = neighbour(house, admin)
    imported(other, file())
    (refused,) = imported(admin, file())
    assert refused["refusal"]["code"] == "TEMPLATE_SLUG_TAKEN"


def test_a_template_is_written_as_the_file_it_is_drawn_as_a_picture_and_estimated(admin: Client) -> None:
    said = FILE.replace("    kind: code", "    kind: code\n    expects: {{seconds: 2}}")
    (first,) = imported(admin, file(text=said))
    asked = "query ($id: ID!) { template(id: $id) { yaml mermaid svg estimate { longest { seconds tasks } } } }"
    shown = admin.ask(asked, id=first["template"]["id"])
    (again,) = imported(admin, {"name": "another name.yaml", "yaml": shown["yaml"]})
    assert (again["outcome"], again["template"]["slug"]) == ("UNCHANGED", "add-one")
    assert shown["mermaid"].startswith("flowchart")
    assert shown["svg"].startswith("<svg")
    assert shown["estimate"] == {"longest": {"seconds": 2, "tasks": ["add"]}}


def test_only_who_may_activate_imports(house: House, admin: Client) -> None:
    operator = house.let_in(admin.workspace, "operator")
    assert operator.ask(IMPORT, input={"files": [file()]})["code"] == "PERMISSION_MISSING"
    assert slugs(admin) == []


@pytest.mark.parametrize("files", [[], [file()] * 51])
def test_no_file_or_too_many_are_refused(admin: Client, files: list[dict[str, str]]) -> None:
    assert admin.ask(IMPORT, input={"files": files})["code"] == "ARGUMENT_REFUSED"


def test_a_template_is_found_by_its_slug_too(admin: Client) -> None:
    (first,) = imported(admin, file())
    asked = "query ($slug: String) { template(slug: $slug) { id } }"
    assert admin.ask(asked, slug="add-one") == {"id": first["template"]["id"]}
    assert admin.ask(asked, slug="none") is None
    assert admin.ask(TEMPLATE, id="none") is None
