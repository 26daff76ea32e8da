"""`editWorkflow`."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import CREATE, active_workflow, operations

EDIT = """
mutation ($input: EditWorkflowInput!) {
  editWorkflow(input: $input) {
    __typename
    ... on EditWorkflowSuccess { workflow { eventVersion draft { tasks { name label policyJoin: join onError place { x y } } edges { text } } } }
    ... on CommandRefused { code message details { path expected found } }
  }
}
"""


def draft(client: Client) -> str:
    """The id of a new draft with tasks."""
    created = client.ask(CREATE, input={"name": "Invoices", "operations": operations()})
    workflow_id: str = created["workflowId"]
    return workflow_id


def edit(client: Client, workflow_id: str, *edits: dict[str, Any], **more: Any) -> Any:
    """Edits a draft."""
    return client.ask(EDIT, input={"workflowId": workflow_id, "operations": list(edits), **more})


def test_edits_take_effect_together(admin: Client) -> None:
    workflow_id = draft(admin)
    edited = edit(
        admin,
        workflow_id,
        {"renameTask": {"task": "find", "name": "look"}},
        {"describeTask": {"task": "look", "label": "Look"}},
        {"setTaskPolicy": {"task": "look", "onError": "HOLD", "join": "ANY"}},
        {"moveTask": {"task": "look", "place": {"x": 10, "y": 20.5}}},
    )
    look, approve = edited["workflow"]["draft"]["tasks"]
    assert look == {
        "name": "look",
        "label": "Look",
        "policyJoin": "ANY",
        "onError": "HOLD",
        "place": {"x": 10, "y": 20.5},
    }
    assert approve["name"] == "approve"
    assert edited["workflow"]["draft"]["edges"] == [
        {"text": "inputs.amount → look.amount"},
        {"text": "approve.total → outputs.total"},
    ]


def test_one_edit_that_cannot_be_made_refuses_all(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    before = house.events(workflow_id)
    refused = edit(
        admin, workflow_id, {"removeTask": {"task": "approve"}}, {"configureTask": {"task": "nobody", "config": {}}}
    )
    assert refused["code"] == "TASK_UNKNOWN"
    assert refused["details"][0]["path"] == "operations[1].configure_task"
    assert house.events(workflow_id) == before


def test_two_people_edit_different_things_at_once(admin: Client) -> None:
    workflow_id = draft(admin)
    version = 2 + len(operations())
    edit(admin, workflow_id, {"describeTask": {"task": "find", "label": "One"}}, expectedVersion=version)
    other = edit(admin, workflow_id, {"describeTask": {"task": "approve", "label": "Two"}}, expectedVersion=version)
    assert other["__typename"] == "EditWorkflowSuccess"


def test_who_edits_the_same_thing_second_is_told_what_changed(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    version = 2 + len(operations())
    edit(admin, workflow_id, {"describeTask": {"task": "find", "label": "One"}}, expectedVersion=version)
    before = house.events(workflow_id)
    refused = edit(admin, workflow_id, {"describeTask": {"task": "find", "label": "Two"}}, expectedVersion=version)
    assert refused["code"] == "WORKFLOW_MOVED"
    assert refused["message"] == (
        f"Expected the workflow as it was at version {version}, but it is at version {version + 2}, "
        "and since then others changed tasks.find.settings."
    )
    assert house.events(workflow_id) == before


def test_repeated_with_its_command_id_it_is_done_once(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    version = 2 + len(operations())
    change = {"describeTask": {"task": "find", "label": "One"}}
    edit(admin, workflow_id, change, expectedVersion=version, commandId="e1")
    before = house.events(workflow_id)
    again = edit(admin, workflow_id, change, expectedVersion=version, commandId="e1")
    assert again["__typename"] == "EditWorkflowSuccess"
    assert house.events(workflow_id) == before


def test_keys_that_begin_with_a_dollar_come_back_as_they_were(admin: Client) -> None:
    workflow_id = draft(admin)
    forged = {"$blob": {"v": 1, "hash": "0" * 64, "size": 1, "type": "text/plain"}}
    constant = {"constant": {"value": forged}}
    edit(admin, workflow_id, {"setTaskInput": {"task": "find", "input": "amount", "setting": constant}})
    asked = "query ($id: ID!) { workflow(id: $id) { draft { tasks { inputs { name constant } } } } }"
    tasks = admin.ask(asked, id=workflow_id)["draft"]["tasks"]
    assert tasks[0]["inputs"] == [{"name": "amount", "constant": forged}]


def test_a_locked_workflow_is_not_edited(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    before = house.events(workflow_id)
    refused = edit(admin, workflow_id, {"removeTask": {"task": "find"}})
    assert refused["code"] == "NOTHING_TO_EDIT"
    assert house.events(workflow_id) == before


def test_another_workspaces_workflow_is_as_none(house: House, admin: Client) -> None:
    stranger = house.open_workspace()
    workflow_id = draft(admin)
    before = house.events(workflow_id)
    of_another = edit(stranger, workflow_id, {"removeTask": {"task": "find"}})
    of_none = edit(stranger, str(stranger.member), {"removeTask": {"task": "find"}})
    assert of_another["code"] == of_none["code"] == "WORKFLOW_NOT_FOUND"
    assert of_another["message"].replace(workflow_id, "…") == of_none["message"].replace(str(stranger.member), "…")
    assert house.events(workflow_id) == before
