"""A workflow as it was."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.house import Client, House
from tests.graphql_api.workflows.editing import done, draft, label, stands
from tests.graphql_api.workshop import ACTIVATE

FIELDS = """
  name status eventVersion description
  draft { number contentHash tasks { name label } edges { text } checks { code place } }
  active { number contentHash note activatedAt }
  versions { nodes { number status contentHash } }
  undoable { first last }
"""
NOW = f"query ($id: ID!) {{ workflow(id: $id) {{ {FIELDS} }} }}"
THEN = f"query ($id: ID!, $asOf: AsOf!) {{ workflow(id: $id, asOf: $asOf) {{ {FIELDS} }} }}"
ENDS = "query ($id: ID!, $asOf: AsOf!) { workflow(id: $id, asOf: $asOf) { history(last: 1) { nodes { version } } } }"


def test_as_of_every_step_agrees_with_what_was_shown_then(house: House, admin: Client) -> None:
    shown: dict[int, Any] = {}
    workflow_id = draft(admin)
    steps: list[Any] = [
        lambda: label(admin, workflow_id, "find", "Look"),
        lambda: done(admin, "undoEdit", workflow_id),
        lambda: admin.ask(ACTIVATE, input={"workflowId": workflow_id, "note": "go"}),
        lambda: done(admin, "reviseWorkflow", workflow_id),
        lambda: done(admin, "discardDraft", workflow_id),
        lambda: done(admin, "renameWorkflow", workflow_id, name="Bills"),
        lambda: done(admin, "restoreVersion", workflow_id, number=1),
        lambda: label(admin, workflow_id, "find", "Seek"),
        lambda: done(admin, "retireWorkflow", workflow_id),
        lambda: done(admin, "archiveWorkflow", workflow_id),
        lambda: done(admin, "unarchiveWorkflow", workflow_id),
    ]
    for step in steps:
        step()
        workflow = admin.ask(NOW, id=workflow_id)
        shown[workflow["eventVersion"]] = workflow
    assert len(shown) == len(steps)
    for version, workflow in shown.items():
        assert admin.ask(THEN, id=workflow_id, asOf={"version": version}) == workflow
        assert admin.ask(ENDS, id=workflow_id, asOf={"version": version})["history"]["nodes"] == [{"version": version}]


def test_as_of_a_position_and_a_moment(admin: Client) -> None:
    workflow_id = draft(admin)
    at = label(admin, workflow_id, "find", "Look")
    label(admin, workflow_id, "find", "Seek")
    then = admin.ask(THEN, id=workflow_id, asOf={"position": at["position"]})
    assert then["eventVersion"] == at["workflow"]["eventVersion"]
    assert admin.ask(THEN, id=workflow_id, asOf={"moment": "2020-01-01T00:00:00Z"}) is None
    now = admin.ask(THEN, id=workflow_id, asOf={"moment": "2999-01-01T00:00:00Z"})
    assert now["eventVersion"] == stands(admin, workflow_id)["eventVersion"]


def test_another_workspaces_workflow_was_never_there(house: House, admin: Client) -> None:
    asked = {"id": draft(admin), "asOf": {"version": 1}}
    assert house.open_workspace().ask(THEN, **asked) is None
