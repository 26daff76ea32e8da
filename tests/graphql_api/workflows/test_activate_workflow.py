"""`activateWorkflow`, `reviseWorkflow` and `archiveWorkflow`."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import ACTIVATE, CREATE, START, active_workflow, given, operations, started_job

REVISE = """
mutation ($input: ReviseWorkflowInput!) {
  reviseWorkflow(input: $input) {
    __typename
    ... on ReviseWorkflowSuccess { workflow { active { number } draft { number status } } }
    ... on CommandRefused { code message }
  }
}
"""
ARCHIVE = """
mutation ($input: ArchiveWorkflowInput!) {
  archiveWorkflow(input: $input) {
    __typename
    ... on ArchiveWorkflowSuccess { workflow { status active { number } draft { number } } }
    ... on CommandRefused { code message }
  }
}
"""
CHECKS = "query ($id: ID!) { workflow(id: $id) { draft { checks { code severity place task message repair } } } }"


def test_the_draft_becomes_the_active_version(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices", "operations": operations()})
    activated = admin.ask(ACTIVATE, input={"workflowId": created["workflowId"], "note": "First."})
    workflow = activated["workflow"]
    assert (workflow["status"], workflow["active"]["number"], workflow["draft"]) == ("ACTIVE", 1, None)
    assert house.events(created["workflowId"])[-1] == "workflow.activated.v1"
    graph = house.do(house.system.graph(admin.workspace, workflow["active"]["graphHash"]))
    assert [task.name for task in graph.tasks] == ["find", "approve"]


def test_while_an_error_stands_it_is_refused_and_names_the_places(house: House, admin: Client) -> None:
    broken = [operation for operation in operations() if "connectEdge" not in operation]
    created = admin.ask(CREATE, input={"name": "Invoices", "operations": broken})
    refused = admin.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert refused["code"] == "WORKFLOW_HAS_ERRORS"
    checks = admin.ask(CHECKS, id=created["workflowId"])["draft"]["checks"]
    errors = [check["place"] for check in checks if check["severity"] == "ERROR"]
    assert [detail["path"] for detail in refused["details"]] == errors
    assert len(errors) >= 2
    assert "workflow.activated.v1" not in house.events(created["workflowId"])


def test_what_is_wrong_with_code_blocks_too_and_stands_among_the_checks(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices", "operations": operations()})
    configured = {"configureTask": {"task": "find", "config": operations()[4]["addTask"]["config"] | {"code": "wrong"}}}
    edited = admin.ask(
        "mutation ($input: EditWorkflowInput!) { editWorkflow(input: $input) { ... on EditWorkflowSuccess { position } } }",
        input={"workflowId": created["workflowId"], "operations": [configured]},
    )
    refused = admin.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert refused["code"] == "WORKFLOW_HAS_ERRORS"
    asked = "query ($id: ID!, $p: Position) { workflow(id: $id, atLeastPosition: $p) { draft { checks { severity task place } } } }"
    checks = admin.ask(asked, id=created["workflowId"], p=edited["position"])["draft"]["checks"]
    assert {"severity": "ERROR", "task": "find", "place": "tasks.find.code"} in checks


def test_asking_twice_changes_nothing(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    before = house.events(workflow_id)
    again = admin.ask(ACTIVATE, input={"workflowId": workflow_id})
    assert again["__typename"] == "ActivateWorkflowSuccess"
    assert again["workflow"]["active"]["number"] == 1
    assert house.events(workflow_id) == before


def test_a_draft_that_was_changed_since_it_was_looked_at_is_not_activated(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices", "operations": operations()})
    refused = admin.ask(ACTIVATE, input={"workflowId": created["workflowId"], "expectedVersion": 3})
    assert refused["code"] == "WORKFLOW_MOVED"
    assert "workflow.activated.v1" not in house.events(created["workflowId"])


def test_an_operator_activates_nothing(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices", "operations": operations()})
    operator = house.let_in(admin.workspace, "operator")
    assert operator.ask(ACTIVATE, input={"workflowId": created["workflowId"]})["code"] == "PERMISSION_MISSING"


def test_a_revision_is_a_new_draft_beside_the_active_version(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    revised = admin.ask(REVISE, input={"workflowId": workflow_id})
    assert revised["workflow"] == {"active": {"number": 1}, "draft": {"number": 2, "status": "DRAFT"}}
    activated = admin.ask(ACTIVATE, input={"workflowId": workflow_id})
    assert activated["workflow"]["active"]["number"] == 2
    assert house.events(workflow_id)[-2:] == ["workflow.activated.v1", "workflow.version_retired.v1"]


def test_a_first_draft_cannot_be_revised(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices"})
    assert admin.ask(REVISE, input={"workflowId": created["workflowId"]})["code"] == "NOTHING_TO_REVISE"
    assert house.events(created["workflowId"]) == ["workflow.created.v1"]


def test_an_archived_workflow_starts_no_more_jobs(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    job_id = started_job(admin, workflow_id)
    archived = admin.ask(ARCHIVE, input={"workflowId": workflow_id, "reason": "Replaced."})
    assert archived["workflow"]["status"] == "ARCHIVED"
    refused = admin.ask(START, input={"workflowId": workflow_id, "inputs": [given("amount", "1")]})
    assert refused["code"] == "WORKFLOW_IS_ARCHIVED"
    assert house.events(job_id) == ["job.started.v1", "job.task_started.v1"]


def test_archiving_twice_changes_nothing(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    admin.ask(ARCHIVE, input={"workflowId": workflow_id})
    before = house.events(workflow_id)
    assert admin.ask(ARCHIVE, input={"workflowId": workflow_id})["__typename"] == "ArchiveWorkflowSuccess"
    assert house.events(workflow_id) == before


def test_a_builder_of_another_workspace_archives_nothing(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    refused = house.open_workspace().ask(ARCHIVE, input={"workflowId": workflow_id})
    assert refused["code"] == "WORKFLOW_NOT_FOUND"
    assert house.events(workflow_id)[-1] == "workflow.activated.v1"
