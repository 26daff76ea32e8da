"""The checks of a draft, the checks there are, and the links that are proposed."""

from __future__ import annotations

from typing import Any

from domain.workflows.checks import RULES
from tests.graphql_api.house import Client
from tests.graphql_api.workflows.test_edit_workflow import edit
from tests.graphql_api.workshop import CREATE, FIND, TEXT, active_workflow, operations

KINDS = "{ checkKinds { code severity title } }"
DRAFT = """
query ($id: ID!, $at: Position) {
  workflow(id: $id, atLeastPosition: $at) {
    draft { checksPending checks { code severity task repair } links { edge { text } why operation } }
  }
}
"""
LOCKED = "query ($id: ID!) { workflow(id: $id) { active { checksPending links { why } } } }"


def created(admin: Client, *edits: dict[str, Any]) -> dict[str, Any]:
    """The draft of a new workflow, as read."""
    made = admin.ask(CREATE, input={"name": "Invoices", "operations": [*operations(), *edits]})
    assert made["__typename"] == "CreateWorkflowSuccess", made
    draft: dict[str, Any] = admin.ask(DRAFT, id=made["workflowId"], at=made["position"])["draft"]
    return draft | {"id": made["workflowId"]}


def test_the_checks_there_are_stand_in_a_list(admin: Client) -> None:
    assert admin.ask(KINDS) == [
        {"code": rule.code, "severity": rule.severity.upper(), "title": rule.title} for rule in RULES.values()
    ]


def test_code_that_is_not_looked_at_in_time_is_counted(admin: Client) -> None:
    assert (
        created(admin, {"configureTask": {"task": "find", "config": FIND | {"code": "slow = 1"}}})["checksPending"] == 1
    )


def test_links_are_proposed_and_can_be_handed_back(admin: Client) -> None:
    config = {
        "code": "done = note",
        "inputs": [{"name": "note", "type": TEXT}],
        "outputs": [{"name": "done", "type": TEXT}],
    }
    draft = created(admin, {"addTask": {"task": "file", "kind": "code", "config": config}})
    assert draft["checksPending"] == 0
    (link,) = draft["links"]
    assert (link["edge"]["text"], link["why"]) == ("inputs.note → file.note", "NAME_AND_TYPE")
    edited = edit(admin, draft["id"], link["operation"])
    assert {"text": "inputs.note → file.note"} in edited["workflow"]["draft"]["edges"]


def test_a_version_that_is_locked_proposes_nothing(admin: Client) -> None:
    workflow_id = active_workflow(admin)
    assert admin.ask(LOCKED, id=workflow_id)["active"] == {"checksPending": 0, "links": []}
