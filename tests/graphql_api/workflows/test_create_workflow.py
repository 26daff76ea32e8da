"""`createWorkflow`."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import CREATE, operations


def test_a_workflow_begins_with_an_empty_draft(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices"})
    workflow_id = created["workflowId"]
    assert created["workflow"] == {
        "id": workflow_id,
        "name": "Invoices",
        "status": "DRAFT",
        "eventVersion": 1,
        "draft": {"number": 1},
    }
    assert house.events(workflow_id) == ["workflow.created.v1"]


def test_edits_that_come_along_stand_in_the_same_unit(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Invoices", "operations": operations()})
    assert created["workflow"]["eventVersion"] == 2 + len(operations())


def test_a_name_is_taken_once_in_a_workspace(house: House, admin: Client) -> None:
    admin.ask(CREATE, input={"name": "Invoices"})
    before = house.last_position()
    refused = admin.ask(CREATE, input={"name": "invoices "})
    assert (refused["code"], refused["message"]) == (
        "WORKFLOW_NAME_TAKEN",
        "Expected a name that no workflow of this workspace has, but invoices  is taken.",
    )
    assert house.last_position() == before
    assert house.open_workspace().ask(CREATE, input={"name": "Invoices"})["__typename"] == "CreateWorkflowSuccess"


def test_repeated_with_its_command_id_the_first_workflow_is_the_answer(house: House, admin: Client) -> None:
    first = admin.ask(CREATE, input={"name": "Invoices", "commandId": "c1"})
    before = house.last_position()
    again = admin.ask(CREATE, input={"name": "Invoices", "commandId": "c1"})
    assert again["workflow"] == first["workflow"]
    assert house.last_position() == before


def test_a_command_id_is_not_used_for_another_command(house: House, admin: Client) -> None:
    admin.ask(CREATE, input={"name": "Invoices", "commandId": "c1"})
    refused = admin.ask(CREATE, input={"name": "Receipts", "commandId": "c1"})
    assert refused["code"] == "COMMAND_ID_REUSED"


def test_edits_that_cannot_be_read_are_refused_with_their_places(house: House, admin: Client) -> None:
    before = house.last_position()
    wrong = [
        {"declareInput": {"input": {"name": "Amount", "type": {"type": "money"}}}},
        {"connectEdge": {"edge": {"source": "a", "path": ["b"], "route": "done", "target": "c"}}},
    ]
    refused = admin.ask(CREATE, input={"name": "Invoices", "operations": wrong})
    assert refused["code"] == "OPERATIONS_REFUSED"
    assert [detail["path"] for detail in refused["details"]] == [
        "operations[0].declareInput.input.name",
        "operations[0].declareInput.input.type",
        "operations[1].connectEdge.edge",
    ]
    assert house.last_position() == before


def test_an_auditor_changes_nothing(house: House, admin: Client) -> None:
    auditor = house.let_in(admin.workspace, "auditor")
    before = house.last_position()
    refused = auditor.ask(CREATE, input={"name": "Invoices"})
    assert (refused["code"], refused["message"]) == (
        "PERMISSION_MISSING",
        "Expected the permission workflow:edit, but the roles of this key (auditor) do not give it.",
    )
    assert house.last_position() == before
