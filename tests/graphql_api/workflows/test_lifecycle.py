"""What becomes of a workflow: renamed, copied, revised, retired, archived, and back."""

from __future__ import annotations

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workflows.editing import do, done, draft, label, labels, stands
from tests.graphql_api.workshop import ACTIVATE, CREATE, START, active_workflow, given, operations

USED = """
query ($id: ID!) {
  workflow(id: $id) { usedBy { workflow { name } number status tasks } }
}
"""
COPY = "query ($id: ID!) { workflow(id: $id) { name copiedVersion copiedFrom { id name } draft { contentHash } } }"


def executing(client: Client, workflow: str, name: str, *, activate: bool = True) -> str:
    """The id of a workflow that executes another."""
    edits = [
        *(one for one in operations() if "declareInput" in one or "declareOutput" in one),
        {"addTask": {"task": "run", "kind": "execute_workflow", "config": {"workflow": workflow}}},
        {"connectEdge": {"edge": {"path": ["amount"], "target": "run", "input": "amount"}}},
        {"connectEdge": {"edge": {"source": "run", "path": ["total"], "input": "total"}}},
    ]
    created = client.ask(CREATE, input={"name": name, "operations": edits})
    assert created["__typename"] == "CreateWorkflowSuccess", created
    if activate:
        activated = client.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
        assert activated["__typename"] == "ActivateWorkflowSuccess", activated
    workflow_id: str = created["workflowId"]
    return workflow_id


def test_a_renamed_workflow_keeps_its_old_name_from_others(house: House, admin: Client) -> None:
    workflow_id, other = draft(admin, "Invoices"), draft(admin, "Orders")
    assert done(admin, "renameWorkflow", workflow_id, name="Bills")["name"] == "Bills"
    before = house.events(other)
    for taken in ("invoices", "Bills"):
        assert do(admin, "renameWorkflow", other, name=taken)["code"] == "WORKFLOW_NAME_TAKEN"
    assert house.events(other) == before
    assert done(admin, "renameWorkflow", workflow_id, name="INVOICES")["name"] == "INVOICES", "it is its own name"
    before = house.events(workflow_id)
    assert done(admin, "renameWorkflow", workflow_id, name="INVOICES")["name"] == "INVOICES"
    assert house.events(workflow_id) == before


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_is_refused(house: House, admin: Client, name: str) -> None:
    workflow_id = draft(admin)
    before = house.events(workflow_id)
    assert do(admin, "renameWorkflow", workflow_id, name=name)["code"] == "WORKFLOW_NAME_REFUSED"
    assert house.events(workflow_id) == before


def test_a_renamed_workflow_is_still_executed_by_its_former_name(admin: Client) -> None:
    workflow_id = active_workflow(admin)
    executing(admin, "Invoices", "Month")
    done(admin, "renameWorkflow", workflow_id, name="Bills")
    executing(admin, "bills", "Year")
    planned = executing(admin, "INVOICES", "Plan", activate=False)
    uses = admin.ask(USED, id=workflow_id)["usedBy"]
    assert uses == [
        {"workflow": {"name": "Month"}, "number": 1, "status": "ACTIVE", "tasks": ["run"]},
        {"workflow": {"name": "Year"}, "number": 1, "status": "ACTIVE", "tasks": ["run"]},
        {"workflow": {"name": "Plan"}, "number": 1, "status": "DRAFT", "tasks": ["run"]},
    ]
    done(admin, "editWorkflow", planned, operations=[{"removeTask": {"task": "run"}}])
    assert len(admin.ask(USED, id=workflow_id)["usedBy"]) == 2


def test_a_draft_is_copied_as_it_stands(admin: Client) -> None:
    workflow_id = draft(admin)
    label(admin, workflow_id, "find", "Look")
    copied = done(admin, "duplicateWorkflow", workflow_id, name="Invoices, once more")
    assert labels(copied) == {"find": "Look", "approve": None}
    shown = admin.ask(COPY, id=copied["id"])
    assert (shown["copiedFrom"], shown["copiedVersion"]) == ({"id": workflow_id, "name": "Invoices"}, None)
    assert shown["draft"]["contentHash"] == admin.ask(COPY, id=workflow_id)["draft"]["contentHash"]


def test_a_version_is_copied_whatever_has_become_of_it(admin: Client) -> None:
    workflow_id = active_workflow(admin)
    done(admin, "reviseWorkflow", workflow_id)
    label(admin, workflow_id, "find", "Look")
    done(admin, "activateWorkflow", workflow_id)
    done(admin, "archiveWorkflow", workflow_id)
    assert labels(done(admin, "duplicateWorkflow", workflow_id, name="First", number=1))["find"] == "Find"
    last = done(admin, "duplicateWorkflow", workflow_id, name="Last")
    assert labels(last)["find"] == "Look"
    assert admin.ask(COPY, id=last["id"])["copiedVersion"] == 2
    assert do(admin, "duplicateWorkflow", workflow_id, name="None", number=3)["code"] == "VERSION_UNKNOWN"
    assert do(admin, "duplicateWorkflow", workflow_id, name="Last")["code"] == "WORKFLOW_NAME_TAKEN"


def test_repeated_with_its_command_id_a_copy_is_made_once(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    copied = done(admin, "duplicateWorkflow", workflow_id, name="Copy", commandId="d1")
    renamed = done(admin, "renameWorkflow", copied["id"], name="Other", commandId="r1")
    before = house.last_position()
    assert done(admin, "duplicateWorkflow", workflow_id, name="Copy", commandId="d1")["id"] == copied["id"]
    assert done(admin, "renameWorkflow", copied["id"], name="Other", commandId="r1") == renamed
    assert house.last_position() == before
    again = do(admin, "duplicateWorkflow", workflow_id, name="Third", commandId="d1")
    assert again["code"] == "COMMAND_ID_REUSED"


def test_another_workspaces_workflow_is_not_copied(house: House, admin: Client) -> None:
    refused = do(house.open_workspace(), "duplicateWorkflow", draft(admin), name="Mine")
    assert refused["code"] == "WORKFLOW_NOT_FOUND"


def test_a_revision_is_discarded(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    done(admin, "reviseWorkflow", workflow_id)
    shown = done(admin, "discardDraft", workflow_id, reason="not now")
    assert (shown["status"], shown["draft"], shown["active"]) == ("ACTIVE", None, {"number": 1})
    assert stands(admin, workflow_id)["versions"]["nodes"] == [{"number": 1, "status": "ACTIVE", "note": None}]
    before = house.events(workflow_id)
    done(admin, "discardDraft", workflow_id)
    assert house.events(workflow_id) == before
    assert do(admin, "discardDraft", draft(admin, "New"))["code"] == "NOTHING_TO_DISCARD"


def test_a_retired_workflow_starts_no_jobs_until_it_is_activated_again(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    assert done(admin, "retireWorkflow", workflow_id, reason="too slow")["status"] == "RETIRED"
    started = admin.ask(START, input={"workflowId": workflow_id, "inputs": [given("amount", "1")]})
    assert started["code"] == "WORKFLOW_NOT_ACTIVE"
    before = house.events(workflow_id)
    done(admin, "retireWorkflow", workflow_id)
    assert house.events(workflow_id) == before
    assert stands(admin, workflow_id)["versions"]["nodes"][0]["status"] == "RETIRED"
    done(admin, "reviseWorkflow", workflow_id)
    assert done(admin, "activateWorkflow", workflow_id)["active"] == {"number": 2}
    assert do(admin, "retireWorkflow", draft(admin, "New"))["code"] == "NOTHING_TO_RETIRE"


def test_what_executes_a_retired_workflow_is_not_activated(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    month = executing(admin, "Invoices", "Month", activate=False)
    done(admin, "retireWorkflow", workflow_id)
    before = house.events(month)
    refused = admin.ask(ACTIVATE, input={"workflowId": month})
    assert refused["code"] == "WORKFLOW_HAS_ERRORS"
    assert "one out of service" in refused["details"][0]["found"]
    assert house.events(month) == before


@pytest.mark.parametrize("verb", ["retireWorkflow", "archiveWorkflow"])
def test_what_active_workflows_execute_is_put_away_only_on_purpose(house: House, admin: Client, verb: str) -> None:
    workflow_id = active_workflow(admin)
    executing(admin, "Invoices", "Month")
    before = house.events(workflow_id)
    refused = do(admin, verb, workflow_id)
    assert refused["code"] == "WORKFLOW_IN_USE"
    assert "Month" in refused["message"]
    assert house.events(workflow_id) == before
    assert done(admin, verb, workflow_id, evenIfUsed=True)["status"] in ("RETIRED", "ARCHIVED")


def test_a_workflow_comes_back_from_the_archive_as_it_was(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    done(admin, "reviseWorkflow", workflow_id)
    done(admin, "archiveWorkflow", workflow_id)
    archived = stands(admin, workflow_id)
    assert (archived["status"], archived["draft"], archived["active"]) == ("ARCHIVED", None, None)
    assert [one["status"] for one in archived["versions"]["nodes"]] == ["ARCHIVED", "RETIRED"]
    back = done(admin, "unarchiveWorkflow", workflow_id, reason="needed")
    assert (back["status"], back["draft"]["number"], back["active"]) == ("ACTIVE", 2, {"number": 1})
    before = house.events(workflow_id)
    done(admin, "unarchiveWorkflow", workflow_id)
    assert house.events(workflow_id) == before
    assert do(house.open_workspace(), "unarchiveWorkflow", workflow_id)["code"] == "WORKFLOW_NOT_FOUND"


def test_a_version_is_restored_as_draft_and_that_can_be_taken_back(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    done(admin, "reviseWorkflow", workflow_id)
    label(admin, workflow_id, "find", "Look")
    done(admin, "activateWorkflow", workflow_id)
    restored = done(admin, "restoreVersion", workflow_id, number=1)
    assert (labels(restored)["find"], restored["draft"]["number"]) == ("Find", 3)
    assert stands(admin, workflow_id)["undoable"]["purpose"] == "RESTORE"
    before = house.events(workflow_id)
    done(admin, "restoreVersion", workflow_id, number=1)
    assert do(admin, "restoreVersion", workflow_id, number=7)["code"] == "VERSION_UNKNOWN"
    assert house.events(workflow_id) == before
    assert labels(done(admin, "undoEdit", workflow_id))["find"] == "Look"


def test_a_version_is_noted(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    done(admin, "noteVersion", workflow_id, number=1, note="the first")
    assert stands(admin, workflow_id)["versions"]["nodes"] == [{"number": 1, "status": "ACTIVE", "note": "the first"}]
    before = house.events(workflow_id)
    done(admin, "noteVersion", workflow_id, number=1, note="the first")
    assert do(admin, "noteVersion", workflow_id, number=2, note="none")["code"] == "VERSION_UNKNOWN"
    assert house.events(workflow_id) == before


def test_a_builder_without_the_right_to_activate_changes_no_lifecycle(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    builder = house.let_in(admin.workspace, "builder", permissions=("workflow:read", "workflow:edit"))
    before = house.events(workflow_id)
    for verb, more in (
        ("retireWorkflow", {}),
        ("archiveWorkflow", {}),
        ("unarchiveWorkflow", {}),
        ("renameWorkflow", {"name": "Mine"}),
        ("noteVersion", {"number": 1}),
    ):
        assert do(builder, verb, workflow_id, **more)["code"] == "PERMISSION_MISSING"
    assert house.events(workflow_id) == before
