"""`undoEdit` and `redoEdit`."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.workflows.editing import do, done, draft, label, labels, stands


def test_ones_own_last_edits_are_taken_back_and_brought_back(admin: Client) -> None:
    workflow_id = draft(admin)
    label(admin, workflow_id, "find", "Look")
    edited = stands(admin, workflow_id)
    batch = {"first": edited["eventVersion"] - 1, "last": edited["eventVersion"], "purpose": "EDIT"}
    assert edited["undoable"] == batch | {"member": {"id": str(admin.member)}}
    assert edited["redoable"] is None
    assert labels(done(admin, "undoEdit", workflow_id)) == {"find": "Find", "approve": None}
    undone = stands(admin, workflow_id)
    assert undone["redoable"] == {"first": batch["last"] + 1, "last": batch["last"] + 2, "purpose": "UNDO"}
    assert labels(done(admin, "redoEdit", workflow_id)) == {"find": "Look", "approve": None}
    redone = stands(admin, workflow_id)
    assert (redone["undoable"]["purpose"], redone["redoable"]) == ("REDO", None)
    assert redone["draft"]["contentHash"] == edited["draft"]["contentHash"]


def test_it_is_refused_where_something_newer_stands_on_them_and_names_it(house: House, admin: Client) -> None:
    workflow_id, ben = draft(admin), house.let_in(admin.workspace, "builder")
    label(admin, workflow_id, "find", "Look")
    version = label(ben, workflow_id, "find", "Seek")["workflow"]["eventVersion"]
    before = house.events(workflow_id)
    refused = do(admin, "undoEdit", workflow_id)
    assert refused["code"] == "UNDO_OVERTAKEN"
    (detail,) = refused["details"]
    assert (detail["path"], detail["event"]) == ("tasks.find.settings", {"stream": workflow_id, "version": version})
    assert detail["member"] == {"id": str(ben.member), "name": "builder"}
    assert house.events(workflow_id) == before


def test_edits_of_others_are_not_taken_back(house: House, admin: Client) -> None:
    workflow_id, ben = draft(admin), house.let_in(admin.workspace, "builder")
    before = house.events(workflow_id)
    assert do(ben, "undoEdit", workflow_id)["code"] == "NOTHING_TO_UNDO"
    assert do(ben, "redoEdit", workflow_id)["code"] == "NOTHING_TO_REDO"
    assert stands(ben, workflow_id)["undoable"] is None
    assert house.events(workflow_id) == before


def test_repeated_with_its_command_id_it_takes_back_once(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    label(admin, workflow_id, "find", "One")
    label(admin, workflow_id, "find", "Two")
    done(admin, "undoEdit", workflow_id, commandId="u1")
    before = house.events(workflow_id)
    assert labels(done(admin, "undoEdit", workflow_id, commandId="u1"))["find"] == "One"
    assert house.events(workflow_id) == before


def test_an_operator_takes_nothing_back(house: House, admin: Client) -> None:
    workflow_id, operator = draft(admin), house.let_in(admin.workspace, "operator")
    for verb in ("undoEdit", "redoEdit", "discardDraft"):
        assert do(operator, verb, workflow_id)["code"] == "PERMISSION_MISSING"
