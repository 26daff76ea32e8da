"""Edits of variables, copies, order, notes and pins, as a builder asks for them."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.workflows.test_edit_workflow import draft, edit


def test_a_variable_is_renamed_in_code_and_the_rest_is_drawn_beside(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    edited = edit(
        admin,
        workflow_id,
        {"renameVariable": {"task": "find", "direction": "OUTPUT", "variable": "total", "name": "sum"}},
        {
            "declareVariable": {
                "task": "find",
                "direction": "INPUT",
                "variable": {"name": "rate", "type": {"type": "float"}},
            }
        },
        {"duplicateTask": {"task": "find", "name": "again"}},
        {"placeNote": {"note": "why", "text": "Twice, to be sure", "place": {"x": 1.0, "y": 2.0}}},
        {"pinOutputs": {"task": "find", "outputs": {"sum": "1.00", "vendor": {"$blob": 1}}}},
        {"unplaceTask": {"task": "find"}},
    )
    assert edited["__typename"] == "EditWorkflowSuccess"
    assert [each["text"] for each in edited["workflow"]["draft"]["edges"]] == [
        "inputs.amount → find.amount",
        "approve.sum → outputs.total",
        "inputs.amount → again.amount",
    ]
    assert house.events(workflow_id)[-9:] == [
        "workflow.edits_submitted.v1",
        "workflow.task_variable_renamed.v1",
        "workflow.task_variable_renamed.v1",
        "workflow.task_configured.v1",
        "workflow.task_configured.v1",
        "workflow.task_added.v1",
        "workflow.edge_connected.v1",
        "workflow.note_placed.v1",
        "workflow.task_outputs_pinned.v1",
    ]


def test_a_rename_that_is_not_certain_is_refused_with_its_place(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    code = "for total in [amount]:\n    vendor = 'Acme'"
    config = {"code": code, "inputs": [], "outputs": [{"name": "total", "type": {"type": "str"}}]}
    edit(admin, workflow_id, {"configureTask": {"task": "find", "config": config}})
    before = house.events(workflow_id)
    refused = edit(
        admin,
        workflow_id,
        {"renameVariable": {"task": "find", "direction": "OUTPUT", "variable": "total", "name": "sum"}},
    )
    assert (refused["code"], refused["details"]) == (
        "RENAME_UNCERTAIN",
        [
            {
                "path": "tasks.find.code line 1",
                "expected": "a certain use of total",
                "found": "total is bound by something else than an assignment",
            }
        ],
    )
    assert house.events(workflow_id) == before
