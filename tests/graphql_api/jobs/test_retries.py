"""Retries through the API: set by an edit, shown of a task, of its runs and of its job."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.jobs.commands import RecordTaskFailed
from domain.jobs.run import Failure, Run
from tests.graphql_api.house import Client, House
from tests.graphql_api.jobs.test_repairs import repair
from tests.graphql_api.workflows.test_edit_workflow import draft, edit
from tests.graphql_api.workshop import ACTIVATE, started_job

RETRY = {"attempts": 3, "delaySeconds": 900, "backoff": "FIXED", "codes": ["CODE_FAILED"]}
POLICY = {"setTaskPolicy": {"task": "find", "retry": RETRY}}
TASKS = "query ($id: ID!) { workflow(id: $id) { draft { tasks { retry { attempts delaySeconds backoff delaySecondsMax codes } } } } }"
JOB = """
query ($id: ID!) { job(id: $id) {
  status counts { retrying failed running }
  tasks { nodes { run status policy dueAt error { code } } }
  blockers { waitsFor until error { code } summary }
  history(last: 1) { nodes { summary changes { what status } } }
} }
"""


def retrying_job(house: House, client: Client) -> str:
    """A job whose `find` has failed and is tried again in a quarter of an hour."""
    workflow_id = draft(client)
    edit(client, workflow_id, POLICY)
    client.ask(ACTIVATE, input={"workflowId": workflow_id})
    job_id = started_job(client, workflow_id)
    command = RecordTaskFailed(
        at=datetime.now(UTC),
        job_id=UUID(job_id),
        run=Run(task="find"),
        error=Failure(code="CODE_FAILED", message="Expected a number, but got none."),
    )
    position = house.send(command, client.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
    return job_id


def test_an_edit_sets_them_and_the_draft_shows_them(admin: Client) -> None:
    workflow_id = draft(admin)
    edit(admin, workflow_id, POLICY)
    find, approve = admin.ask(TASKS, id=workflow_id)["draft"]["tasks"]
    assert find == {"retry": {**RETRY, "delaySecondsMax": 3600}}
    assert approve == {"retry": None}


def test_wrong_ones_are_refused_with_their_place(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    before = house.events(workflow_id)
    refused = edit(admin, workflow_id, {"setTaskPolicy": {"task": "find", "retry": {"attempts": 0}}})
    assert refused["code"] == "OPERATIONS_REFUSED"
    assert refused["details"][0]["path"] == "operations[0].setTaskPolicy.retry.attempts"
    assert house.events(workflow_id) == before


def test_a_job_shows_what_is_tried_again_and_when(house: House, admin: Client) -> None:
    job = admin.ask(JOB, id=retrying_job(house, admin))
    [run] = job["tasks"]["nodes"]
    assert (job["status"], job["counts"]) == ("WAITING", {"retrying": 1, "failed": 0, "running": 0})
    assert (run["run"], run["status"], run["policy"], run["error"]) == (
        "find#1.1",
        "RETRYING",
        "RETRY",
        {"code": "CODE_FAILED"},
    )
    assert run["dueAt"] is not None
    assert job["blockers"] == [
        {
            "waitsFor": "TIME",
            "until": run["dueAt"],
            "error": {"code": "CODE_FAILED"},
            "summary": "Task find failed with CODE_FAILED and is tried again later.",
        },
        {"waitsFor": "TASKS", "until": None, "error": None, "summary": "Task approve waits for find."},
    ]
    [event] = job["history"]["nodes"]
    assert event["summary"].endswith("it is tried again later.")
    assert event["changes"] == [{"what": "task find#1.1", "status": "RETRYING"}]


def test_an_operator_has_it_tried_again_at_once(house: House, admin: Client) -> None:
    job_id = retrying_job(house, admin)
    repair(admin, "retryTask", jobId=job_id, run="find#1.1", reason="The server is back.")
    job: Any = admin.ask(JOB, id=job_id)
    assert [(run["run"], run["status"], run["dueAt"]) for run in job["tasks"]["nodes"]] == [
        ("find#1.1", "FAILED", None),
        ("find#1.2", "RUNNING", None),
    ]
    assert job["counts"] == {"retrying": 0, "failed": 1, "running": 1}
