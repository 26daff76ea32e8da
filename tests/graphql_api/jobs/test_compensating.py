"""Compensations through the API: set by an edit, refused by a check, shown while a job is undone."""

from __future__ import annotations

from typing import Any

from tests.graphql_api.house import Client, House
from tests.graphql_api.jobs.test_repairs import repair
from tests.graphql_api.workflows.test_edit_workflow import draft, edit
from tests.graphql_api.workshop import ACTIVATE, DECIMAL, report_found, started_job

UNDO = {
    "code": "done = total",
    "inputs": [{"name": "total", "type": DECIMAL}],
    "outputs": [{"name": "done", "type": DECIMAL}],
}
JOB = """
query ($id: ID!) { job(id: $id) {
  status isEnding isCompensating reason tasks { nodes { run status } } blockers { task waitsFor summary tasks }
} }
"""
TASKS = "query ($id: ID!) { workflow(id: $id) { draft { tasks { name compensates } checks { code severity place } } } }"


def undoable(client: Client, compensates: str = "find") -> str:
    """A draft whose `forget` undoes a task."""
    workflow_id = draft(client)
    policy = {"compensates": compensates}
    edge = {"source": "find", "path": ["total"], "target": "forget", "input": "total"}
    adding: dict[str, Any] = {"addTask": {"task": "forget", "kind": "code", "config": UNDO, "policy": policy}}
    edited = edit(client, workflow_id, adding, {"connectEdge": {"edge": edge}})
    assert edited["__typename"] == "EditWorkflowSuccess", edited
    return workflow_id


def test_a_draft_says_what_undoes_what(admin: Client) -> None:
    tasks = admin.ask(TASKS, id=undoable(admin))["draft"]["tasks"]
    assert [(task["name"], task["compensates"]) for task in tasks] == [
        ("find", None),
        ("approve", None),
        ("forget", "find"),
    ]


def test_one_that_undoes_nothing_blocks_activation(admin: Client) -> None:
    workflow_id = undoable(admin, "nobody")
    refused = admin.ask(ACTIVATE, input={"workflowId": workflow_id})
    assert refused["code"] == "WORKFLOW_HAS_ERRORS"
    assert [detail["path"] for detail in refused["details"]] == ["tasks.forget.compensates"]


def test_a_cancelled_job_shows_that_it_is_undone(house: House, admin: Client) -> None:
    workflow_id = undoable(admin)
    assert admin.ask(ACTIVATE, input={"workflowId": workflow_id})["__typename"] == "ActivateWorkflowSuccess"
    job_id = started_job(admin, workflow_id)
    report_found(house, admin, job_id)
    assert [blocker["task"] for blocker in admin.ask(JOB, id=job_id)["blockers"]] == ["approve"]
    assert repair(admin, "cancelJob", jobId=job_id, reason="Sent twice")["__typename"] == "CancelJobSuccess"
    job = admin.ask(JOB, id=job_id)
    assert (job["status"], job["isEnding"], job["isCompensating"], job["reason"]) == (
        "IN_PROGRESS",
        True,
        True,
        "Sent twice",
    )
    assert [(run["run"], run["status"]) for run in job["tasks"]["nodes"]] == [
        ("find#1.1", "SUCCEEDED"),
        ("approve#1.1", "CANCELLED"),
        ("forget#1.1", "RUNNING"),
    ]
    assert [(blocker["task"], blocker["waitsFor"]) for blocker in job["blockers"]] == [("forget", "RUNNER")]
    refused = repair(admin, "pauseJob", jobId=job_id, reason="Wait")
    assert refused["code"] == "JOB_IS_ENDING"
