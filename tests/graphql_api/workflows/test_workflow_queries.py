"""Reading workflows."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import CREATE, FIND, active_workflow, operations

WORKFLOW = """
query ($id: ID!) {
  workflow(id: $id) {
    name status description createdBy { kind id name }
    active {
      number status activatedBy { name }
      inputs { name required type { name } }
      outputs { name gather }
      tasks { name kind label config inputs { name type { name } } outputs { name } routes heavy reviews onError }
      edges { source path route target input }
      checks { severity }
    }
    draft { number }
    versions { nodes { number status } }
  }
}
"""
LIST = """
query ($id: ID!, $first: Int!, $after: Cursor, $filter: WorkflowFilter) {
  workspace(id: $id) {
    workflows(first: $first, after: $after, filter: $filter) {
      edges { cursor node { name } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}
"""
HISTORY = """
query ($id: ID!) {
  workflow(id: $id) { history(last: 2) { nodes { version type summary actor { name } changes { what status } } } }
}
"""
KINDS = """
query {
  taskKinds {
    name title help icon configuration heavy repeatable hasEffect routes credentials guide example inputsFollow outputsFollow
    errors { code happened whatToDo retried retriedWhen }
    inputs { name type { name } } outputs { name type { name } }
  }
}
"""


def test_a_workflow_is_shown_with_what_follows_from_its_kinds(admin: Client) -> None:
    workflow = admin.ask(WORKFLOW, id=active_workflow(admin))
    active = workflow.pop("active")
    assert workflow == {
        "name": "Invoices",
        "status": "ACTIVE",
        "description": None,
        "createdBy": {"kind": "MEMBER", "id": str(admin.member), "name": "admin"},
        "draft": None,
        "versions": {"nodes": [{"number": 1, "status": "ACTIVE"}]},
    }
    assert active["activatedBy"] == {"name": "admin"}
    assert active["inputs"][0] == {"name": "amount", "required": True, "type": {"name": "decimal"}}
    assert active["outputs"] == [{"name": "total", "gather": False}]
    assert active["tasks"][0] == {
        "name": "find",
        "kind": "code",
        "label": "Find",
        "config": FIND,
        "inputs": [{"name": "amount", "type": {"name": "decimal"}}],
        "outputs": [{"name": "total"}, {"name": "vendor"}],
        "routes": ["done", "error"],
        "heavy": False,
        "reviews": None,
        "onError": "FAIL_JOB",
    }
    assert active["tasks"][1]["reviews"] == "find"
    assert active["tasks"][1]["routes"] == ["accepted", "rejected", "done", "error"]
    assert active["edges"][0] == {
        "source": None,
        "path": ["amount"],
        "route": None,
        "target": "find",
        "input": "amount",
    }


def test_a_list_is_read_page_by_page(admin: Client) -> None:
    for name in ("One", "Two", "Three"):
        admin.ask(CREATE, input={"name": name})
    first = admin.ask(LIST, id=str(admin.workspace), first=2)["workflows"]
    assert [edge["node"]["name"] for edge in first["edges"]] == ["Three", "Two"]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "endCursor": first["edges"][-1]["cursor"],
    }
    second = admin.ask(LIST, id=str(admin.workspace), first=2, after=first["pageInfo"]["endCursor"])["workflows"]
    assert [edge["node"]["name"] for edge in second["edges"]] == ["One"]
    assert second["pageInfo"]["hasNextPage"] is False
    assert second["pageInfo"]["hasPreviousPage"] is True


def test_a_filter_restricts_a_list(admin: Client) -> None:
    admin.ask(CREATE, input={"name": "Draft"})
    active_workflow(admin, "Active")
    shown = admin.ask(LIST, id=str(admin.workspace), first=5, filter={"statuses": ["ACTIVE"]})["workflows"]
    assert [edge["node"]["name"] for edge in shown["edges"]] == ["Active"]


def test_history_is_read_from_its_end_in_sentences(admin: Client) -> None:
    shown = admin.ask(HISTORY, id=active_workflow(admin))["history"]["nodes"]
    assert shown[0]["summary"] == "approve.total → outputs.total was connected."
    assert shown[1] == {
        "version": 3 + len(operations()),
        "type": "workflow.activated.v1",
        "summary": "Version 1 was activated.",
        "actor": {"name": "admin"},
        "changes": [{"what": "workflow", "status": "ACTIVE"}, {"what": "version 1", "status": "ACTIVE"}],
    }


def test_the_kinds_are_told_as_data(admin: Client) -> None:
    kinds = {kind["name"]: kind for kind in admin.ask(KINDS)}
    assert {"code", "decision", "export_data", "extract_text", "human_review"} <= kinds.keys()
    assert kinds["extract_text"]["heavy"] is True
    assert "code" in kinds["code"]["configuration"]["properties"]
    assert kinds["decision"] | {"configuration": {}, "guide": "", "example": "", "errors": []} == {
        "name": "decision",
        "title": "Decision",
        "help": "Conditions of the form source, operation, value, or in words, combined by and / or; or one expression.",
        "icon": "split",
        "configuration": {},
        "heavy": False,
        "repeatable": True,
        "hasEffect": False,
        "routes": ["true", "false"],
        "credentials": ["model"],
        "guide": "",
        "example": "",
        "errors": [],
        "inputsFollow": "DECLARED",
        "outputsFollow": "DERIVED",
        "inputs": [],
        "outputs": [{"name": "final_decision", "type": {"name": "bool"}}],
    }
    assert kinds["decision"]["guide"].startswith("# Decision: `decision`\n")
    assert kinds["decision"]["example"].startswith("format: opus.workflow.1\n")


def test_the_errors_of_a_kind_are_told_with_what_to_do_and_whether_they_are_retried(admin: Client) -> None:
    kinds = {kind["name"]: {error["code"]: error for error in kind["errors"]} for kind in admin.ask(KINDS)}
    assert kinds["code"]["CODE_CRASHED"] == {
        "code": "CODE_CRASHED",
        "happened": "its process died",
        "whatToDo": "tell us if it repeats",
        "retried": "ALWAYS",
        "retriedWhen": None,
    }
    late = kinds["http"]["HTTP_TIMEOUT"]
    assert (late["retried"], late["retriedWhen"]) == ("DEPENDS", "yes, unless *once*")
    assert kinds["human_review"]["INPUT_MISFIT"]["retried"] == "NEVER"


def test_a_position_that_was_written_is_waited_for(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "New"})
    asked = "query ($id: ID!, $at: Position) { workflow(id: $id, atLeastPosition: $at) { name } }"
    assert admin.ask(asked, id=created["workflowId"], at=created["position"]) == {"name": "New"}


def test_a_check_brings_a_repair_that_can_be_handed_back(admin: Client) -> None:
    edges = [o for o in operations() if "connectEdge" not in o]
    created = admin.ask(CREATE, input={"name": "Broken", "operations": edges})
    asked = "query ($id: ID!) { workflow(id: $id) { draft { checks { code repair } } } }"
    repairs = [c["repair"] for c in admin.ask(asked, id=created["workflowId"])["draft"]["checks"] if c["repair"]]
    for repair in repairs:
        edited = admin.ask(
            "mutation ($input: EditWorkflowInput!) { editWorkflow(input: $input) { __typename ... on CommandRefused { message } } }",
            input={"workflowId": created["workflowId"], "operations": repair},
        )
        assert edited["__typename"] == "EditWorkflowSuccess", edited
