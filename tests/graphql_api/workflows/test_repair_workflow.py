"""`repairWorkflow`."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import CREATE, operations

REPAIR = """
mutation ($input: RepairWorkflowInput!) {
  repairWorkflow(input: $input) {
    __typename
    ... on RepairWorkflowSuccess { workflow { draft { edges { text } checks { code } } } }
    ... on CommandRefused { code message }
  }
}
"""
THROUGH = {"source": "approve", "path": ["total"], "input": "total"}
BESIDE = {"connectEdge": {"edge": THROUGH | {"source": "find"}, "before": THROUGH}}


def created(admin: Client, *edits: dict[str, Any]) -> str:
    made = admin.ask(CREATE, input={"name": "Invoices", "operations": [*operations(), *edits]})
    workflow_id: str = made["workflowId"]
    return workflow_id


def test_what_checks_know_a_repair_for_is_mended(admin: Client) -> None:
    workflow_id = created(admin, BESIDE)
    repaired = admin.ask(REPAIR, input={"workflowId": workflow_id, "codes": ["USED_BESIDE_REVIEW"]})
    draft = repaired["workflow"]["draft"]
    assert "USED_BESIDE_REVIEW" not in [one["code"] for one in draft["checks"]]
    through, beside = [one["text"] for one in draft["edges"] if one["text"].endswith("outputs.total")]
    assert (through, beside) == ("approve.total → outputs.total", "find.total → outputs.total")


def test_where_nothing_can_be_mended_nothing_happens(house: House, admin: Client) -> None:
    workflow_id = created(admin)
    before = house.events(workflow_id)
    refused = admin.ask(REPAIR, input={"workflowId": workflow_id, "codes": ["CYCLE"]})
    assert refused["code"] == "NOTHING_TO_REPAIR"
    assert house.events(workflow_id) == before


def test_a_repair_that_is_repeated_gives_the_first_result(house: House, admin: Client) -> None:
    workflow_id = created(admin, BESIDE)
    asked = {"workflowId": workflow_id, "commandId": "mend"}
    first = admin.ask(REPAIR, input=asked)
    once = house.events(workflow_id)
    assert admin.ask(REPAIR, input=asked) == first
    assert house.events(workflow_id) == once
