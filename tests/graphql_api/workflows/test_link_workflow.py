"""`linkWorkflow`."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.house import Client, House
from tests.graphql_api.workflows.test_repair_workflow import created
from tests.graphql_api.workshop import TEXT

LINK = """
mutation ($input: LinkWorkflowInput!) {
  linkWorkflow(input: $input) {
    __typename
    ... on LinkWorkflowSuccess { workflow { draft { edges { text } links { why } } } }
    ... on CommandRefused { code message details { path expected found } }
  }
}
"""


def unlinked(admin: Client) -> str:
    inputs = [{"name": name, "type": TEXT} for name in ("note", "vendor_note")]
    config = {"code": "done = note", "inputs": inputs, "outputs": [{"name": "done", "type": TEXT}]}
    return created(admin, {"addTask": {"task": "file", "kind": "code", "config": config}})


def linked(admin: Client, workflow_id: str, **more: Any) -> Any:
    return admin.ask(LINK, input={"workflowId": workflow_id, **more})


def test_links_that_name_and_type_speak_for_are_connected(admin: Client) -> None:
    draft = linked(admin, unlinked(admin))["workflow"]["draft"]
    assert {"text": "inputs.note → file.note"} in draft["edges"]
    assert draft["links"] == [{"why": "NAME"}]


def test_a_proposed_link_can_be_chosen(admin: Client) -> None:
    chosen = {"source": "approve", "path": ["vendor"], "target": "file", "input": "vendor_note"}
    edges = linked(admin, unlinked(admin), edges=[chosen])["workflow"]["draft"]["edges"]
    assert {"text": "approve.vendor → file.vendor_note"} in edges
    assert {"text": "inputs.note → file.note"} not in edges


def test_a_link_that_is_not_proposed_or_no_edge_is_refused_and_nothing_is_linked(house: House, admin: Client) -> None:
    workflow_id = unlinked(admin)
    before = house.events(workflow_id)
    other = {"source": "find", "path": ["vendor"], "target": "file", "input": "note"}
    assert linked(admin, workflow_id, edges=[other])["code"] == "LINK_NOT_PROPOSED"
    refused = linked(admin, workflow_id, edges=[{"target": "file", "input": "note"}])
    assert (refused["code"], refused["details"][0]["path"]) == ("OPERATIONS_REFUSED", "edges[0]")
    assert house.events(workflow_id) == before
