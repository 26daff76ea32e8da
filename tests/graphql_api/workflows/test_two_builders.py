"""Two builders who have the same workflow open see the same."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.house import Client, House
from tests.graphql_api.test_subscriptions import told
from tests.graphql_api.workflows.editing import do, done, draft, label, stands

EVENTS = """
subscription ($id: ID!, $after: Cursor) {
  workflowEvents(workflowId: $id, after: $after) {
    cursor live
    event { version type actor { id } batch { first last purpose member { id } } }
    workflow { eventVersion draft { contentHash tasks { name label } } }
  }
}
"""
MERGED = """
mutation ($input: EditWorkflowInput!) {
  editWorkflow(input: $input) {
    ... on EditWorkflowSuccess { version mergedOver { version summary actor { id } } }
    ... on CommandRefused { code message }
  }
}
"""


def until(answers: Any, version: int) -> list[Any]:
    """The messages up to the event of a version."""
    messages = []
    while True:
        message = told(answers)
        messages.append(message)
        if message["event"] is not None and message["event"]["version"] == version:
            return messages


def test_both_are_told_every_edit_and_end_with_the_same_draft(house: House, admin: Client) -> None:
    workflow_id, ben = draft(admin), house.let_in(admin.workspace, "builder")
    begun = stands(admin, workflow_id)["eventVersion"]
    with admin.socket() as of_ann, ben.socket() as of_ben:
        ann_sees = of_ann.subscribe("1", EVENTS, id=workflow_id)
        ben_sees = of_ben.subscribe("1", EVENTS, id=workflow_id)
        for sees in (ann_sees, ben_sees):
            until(sees, begun)
        label(admin, workflow_id, "find", "Look", expectedVersion=begun)
        label(ben, workflow_id, "approve", "Agree", expectedVersion=begun)
        last = done(admin, "undoEdit", workflow_id)["eventVersion"]
        seen = [
            [message for message in until(sees, last) if message["event"] is not None] for sees in (ann_sees, ben_sees)
        ]
    # What stands beside an event is the workflow as it is when that is told.
    of_ann_events, of_ben_events = ([one["event"] for one in each] for each in seen)
    assert of_ann_events == of_ben_events
    assert [(one["type"], one["batch"]["purpose"]) for one in of_ann_events] == [
        ("workflow.edits_submitted.v1", "EDIT"),
        ("workflow.task_described.v1", "EDIT"),
        ("workflow.edits_submitted.v1", "EDIT"),
        ("workflow.task_described.v1", "EDIT"),
        ("workflow.edits_submitted.v1", "UNDO"),
        ("workflow.task_described.v1", "UNDO"),
    ]
    of_ben_batch = {"first": begun + 3, "last": begun + 4, "purpose": "EDIT", "member": {"id": str(ben.member)}}
    assert of_ann_events[3]["batch"] == of_ben_batch
    now = stands(ben, workflow_id)["draft"]
    for each in seen:
        assert each[-1]["workflow"]["draft"]["contentHash"] == now["contentHash"]
    assert {task["name"]: task["label"] for task in now["tasks"]} == {"find": "Find", "approve": "Agree"}


def test_who_comes_back_is_told_what_was_missed_once(house: House, admin: Client) -> None:
    workflow_id, ben = draft(admin), house.let_in(admin.workspace, "builder")
    with admin.socket() as socket:
        cursor = until(socket.subscribe("1", EVENTS, id=workflow_id), stands(admin, workflow_id)["eventVersion"])[-1][
            "cursor"
        ]
    begun = stands(admin, workflow_id)["eventVersion"]
    label(ben, workflow_id, "find", "Look")
    with admin.socket() as socket:
        missed = until(socket.subscribe("1", EVENTS, id=workflow_id, after=cursor), begun + 2)
    assert [one["event"]["version"] for one in missed] == [begun + 1, begun + 2]


def test_an_edit_that_is_merged_says_over_what(house: House, admin: Client) -> None:
    workflow_id, ben = draft(admin), house.let_in(admin.workspace, "builder")
    begun = stands(admin, workflow_id)["eventVersion"]
    label(ben, workflow_id, "approve", "Agree")
    edited = admin.ask(
        MERGED,
        input={
            "workflowId": workflow_id,
            "expectedVersion": begun,
            "operations": [{"describeTask": {"task": "find", "label": "Look"}}],
        },
    )
    assert edited["version"] == begun + 4
    assert [(one["version"], one["actor"]["id"]) for one in edited["mergedOver"]] == [
        (begun + 1, str(ben.member)),
        (begun + 2, str(ben.member)),
    ]


def test_who_meets_a_change_is_told_the_event_and_by_whom(house: House, admin: Client) -> None:
    workflow_id, ben = draft(admin), house.let_in(admin.workspace, "builder")
    begun = stands(admin, workflow_id)["eventVersion"]
    label(ben, workflow_id, "find", "Seek")
    before = house.events(workflow_id)
    refused = label(admin, workflow_id, "find", "Look", expectedVersion=begun)
    assert refused["code"] == "WORKFLOW_MOVED"
    assert refused["members"] == [{"id": str(ben.member)}]
    assert refused["details"] == [
        {
            "path": "tasks.find.settings",
            "found": f"task_described at version {begun + 2} by {ben.member}",
            "event": {"stream": workflow_id, "version": begun + 2},
            "member": {"id": str(ben.member), "name": "builder"},
        }
    ]
    assert house.events(workflow_id) == before


def test_a_version_that_is_not_there_yet_is_refused(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    begun = stands(admin, workflow_id)["eventVersion"]
    before = house.events(workflow_id)
    refused = do(
        admin,
        "editWorkflow",
        workflow_id,
        expectedVersion=begun + 1,
        operations=[{"describeTask": {"task": "find", "label": "Look"}}],
    )
    assert refused["code"] == "VERSION_NOT_REACHED"
    assert house.events(workflow_id) == before
