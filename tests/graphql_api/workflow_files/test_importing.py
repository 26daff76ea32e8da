"""`importWorkflow` and `checkWorkflowFile`: a file comes in whole, or not at all, and everything wrong with it is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workflow_files.test_version_fields import YAML
from tests.graphql_api.workshop import active_workflow

IMPORT = """
mutation ($input: ImportWorkflowInput!) {
  importWorkflow(input: $input) {
    __typename
    ... on ImportWorkflowSuccess { workflowId workflow { name status eventVersion draft { yaml } } }
    ... on CommandRefused { code message details { path line column message } }
  }
}
"""
CHECK = """
query ($yaml: String!) {
  checkWorkflowFile(yaml: $yaml) {
    name
    faults { line column message }
    checks { line column check { code severity } }
    workflow { id }
    difference { before after equal tasks { name change } }
  }
}
"""


def importing(client: Client, yaml: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.ask(IMPORT, input={"yaml": yaml, **more})
    return answer


def test_a_file_begins_a_workflow_and_is_exported_as_it_came(house: House, admin: Client) -> None:
    imported = importing(admin, YAML)
    assert imported["workflow"]["name"] == "Invoices"
    assert imported["workflow"]["status"] == "DRAFT"
    assert imported["workflow"]["draft"]["yaml"] == YAML


def test_a_file_makes_an_open_draft_what_it_says_with_the_edits_that_takes(house: House, admin: Client) -> None:
    workflow_id = importing(admin, YAML)["workflowId"]
    before = len(house.events(workflow_id))
    changed = YAML.replace("Acme", "Other").replace("label: Find", "label: Seek")
    imported = importing(admin, changed, workflowId=workflow_id)
    assert imported["workflow"]["draft"]["yaml"] == changed
    assert [one for one in house.events(workflow_id)[before:] if "submitted" not in one] == [
        "workflow.task_configured.v1",
        "workflow.task_described.v1",
    ]
    records = house.do(house.system.reader.read_stream(UUID(workflow_id)))
    assert b'"purpose":"apply"' in records[before].state
    again = importing(admin, changed, workflowId=workflow_id)
    assert again["workflow"]["eventVersion"] == imported["workflow"]["eventVersion"]


def test_keys_of_the_user_come_back_as_they_were(admin: Client) -> None:
    yaml = YAML.replace(
        "  note: {type: str, required: false}",
        "  note:\n    type: object\n    required: false\n    default: {$blob: 1, $$x: 2}",
    )
    assert importing(admin, yaml)["workflow"]["draft"]["yaml"] == yaml


def test_a_file_for_a_locked_workflow_is_refused(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    before = house.last_position()
    assert importing(admin, YAML, workflowId=workflow_id)["code"] == "NOTHING_TO_EDIT"
    assert importing(admin, YAML)["code"] == "WORKFLOW_NAME_TAKEN"
    assert house.last_position() == before


def test_repeated_with_its_command_id_the_first_result_is_the_answer(house: House, admin: Client) -> None:
    first = importing(admin, YAML, commandId="c1")
    before = house.last_position()
    assert importing(admin, YAML, commandId="c1")["workflowId"] == first["workflowId"]
    assert house.last_position() == before


def test_an_operator_imports_nothing(house: House, admin: Client) -> None:
    operator = house.let_in(admin.workspace, "operator")
    assert importing(operator, YAML)["code"] == "PERMISSION_MISSING"


BOMB = "format: opus.workflow.1\nname: x\na: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CYCLE = YAML.replace("    label: Find\n", "    after: [approve.accepted]\n")
DANGLING = YAML.replace("from: inputs.amount", "from: nowhere.x")
MISTYPED = YAML.replace("from: inputs.amount", "from: inputs.paper")


@pytest.mark.parametrize(
    ("yaml", "told"),
    [
        (BOMB, "3:4: Expected no anchors or aliases, but got &a."),
        ("[" * 100_000, "1:1001: Expected at most 64 levels, but got far more."),
        ("{a: " * 70 + "1" + "}" * 70, "1:257: Expected at most 64 levels, but got more."),
        (YAML.replace("name: Invoices", "name: In\x07voices"), "2:9: Expected characters that can be seen"),
        (YAML.replace("name: Invoices", 'name: "In\\u0000voices"'), "2:7: Expected text without U+0000, but got one."),
        (YAML.replace("name: Invoices", 'name: "In\\nvoices"'), "WORKFLOW_NAME_REFUSED"),
        (YAML.replace("  find:", '  "fi\\u0007nd":'), "9:5: Expected text to match pattern"),
        (
            CYCLE,
            "10:13: Expected edges that never lead back, but approve.accepted → find closes the cycle find → approve → find.",
        ),
        (DANGLING, "15:37: Expected a task of this workflow, but there is no task nowhere."),
        (MISTYPED, "15:37: Expected a decimal for find.amount, but inputs.paper gives a file."),
        (YAML + "x" * (1024 * 1024), "1:1: Expected at most 1048576 bytes, but got 1049"),
        ("", "1:1: Expected a workflow, but got an empty file."),
        ("name: 'x", "1:9: Expected YAML, but got found unexpected end of stream."),
    ],
    ids=[
        "bomb",
        "brackets",
        "deep",
        "control",
        "nul",
        "broken_name",
        "task_name",
        "cycle",
        "dangling",
        "types",
        "large",
        "empty",
        "open",
    ],
)
def test_bad_files_are_refused_exactly_and_nothing_is_stored(house: House, admin: Client, yaml: str, told: str) -> None:
    before = house.last_position()
    refused = importing(admin, yaml)
    assert refused["__typename"] == "CommandRefused"
    said = [f"{one['line']}:{one['column']}: {one['message']}" for one in refused["details"]] or [refused["code"]]
    assert said[0].startswith(told)
    assert house.last_position() == before


def test_a_file_of_ten_megabytes_does_not_come_in(house: House, admin: Client) -> None:
    before = house.last_position()
    answer = admin.http.post("/graphql", json={"query": IMPORT, "variables": {"input": {"yaml": "x" * 10_000_000}}})
    assert (answer.status_code, "CONTENT_TOO_LARGE" in answer.text) == (413, True)
    assert house.last_position() == before


def test_a_file_is_checked_against_what_stands_and_nothing_is_stored(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    before = house.last_position()
    yaml = YAML.replace("from: inputs.amount", "from: nowhere.x").replace("total = amount", "wrong")
    checked = admin.ask(CHECK, yaml=yaml)
    assert checked["name"] == "Invoices"
    assert checked["faults"] == [
        {"line": 15, "column": 37, "message": "Expected a task of this workflow, but there is no task nowhere."}
    ]
    errors = [(one["line"], one["check"]["code"]) for one in checked["checks"] if one["check"]["severity"] == "ERROR"]
    assert (15, "INPUT_WITHOUT_SOURCE") in errors
    assert 11 in [line for line, _ in errors]  # the code
    assert checked["workflow"] == {"id": workflow_id}
    assert checked["difference"] == {
        "before": 1,
        "after": None,
        "equal": False,
        "tasks": [{"name": "find", "change": "CHANGED"}],
    }
    assert admin.ask(CHECK, yaml=YAML)["difference"]["equal"] is True
    assert house.last_position() == before


def test_a_file_that_is_none_is_told_so(admin: Client) -> None:
    checked = admin.ask(CHECK, yaml="- a")
    assert checked["name"] is None
    assert checked["faults"][0]["message"] == "Expected an object with names for the file, but got a list."
    assert [one["check"]["code"] for one in checked["checks"]] == ["WORKFLOW_EMPTY"]
    assert (checked["workflow"], checked["difference"]) == (None, None)


def test_editors_find_the_schema_of_files_without_a_key(house: House) -> None:
    answer = httpx2.get(f"{house.url}/schema/workflow.json", trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["properties"]["format"]["const"] == "opus.workflow.1"
