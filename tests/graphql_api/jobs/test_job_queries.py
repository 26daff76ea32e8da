"""Reading jobs: now, and as they were."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, report_failed, report_found, review_of, started_job

FIELDS = """
  status eventVersion endedAt isEnding failedRun
  counts { running waiting succeeded }
  startedBy { kind name }
  workflow { name }
  version { number }
  error { code message }
  inputs { name json }
  outputs { name type { name } json }
  tasks { nodes { run task label kind status route waitsFor inputs { name json } outputs { name json } review { id } } }
  reviews { id status }
  blockers { task run waitsFor until reviewId tasks summary }
"""
JOB = f"query ($id: ID!, $asOf: AsOf) {{ job(id: $id, asOf: $asOf) {{ {FIELDS} }} }}"
HISTORY = """
query ($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $asOf: AsOf) {
  job(id: $id, asOf: $asOf) {
    history(first: $first, after: $after, last: $last, before: $before) {
      nodes { version position type at actor { kind id } reason cause { stream version } changes { what status } summary data hash previousHash }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
    integrity { intact events streams findings { message } }
  }
}
"""
LIST = """
query ($id: ID!, $filter: JobFilter, $first: Int = 10, $after: Cursor) {
  workspace(id: $id) {
    jobs(filter: $filter, first: $first, after: $after) { nodes { id status title } pageInfo { hasNextPage endCursor } position }
  }
}
"""


@pytest.fixture
def waiting(house: House, admin: Client) -> str:
    """A job that waits for its review."""
    job_id = started_job(admin, active_workflow(admin))
    report_found(house, admin, job_id)
    return job_id


def test_a_job_is_shown_with_its_runs_values_and_blockers(admin: Client, waiting: str) -> None:
    review = str(review_of(waiting))
    job = admin.ask(JOB, id=waiting)
    blockers = job.pop("blockers")
    assert job == {
        "status": "WAITING",
        "eventVersion": 5,
        "endedAt": None,
        "isEnding": False,
        "failedRun": None,
        "counts": {"running": 0, "waiting": 1, "succeeded": 1},
        "startedBy": {"kind": "MEMBER", "name": "admin"},
        "workflow": {"name": "Invoices"},
        "version": {"number": 1},
        "error": None,
        "inputs": [{"name": "amount", "json": "12.30"}],
        "outputs": None,
        "tasks": {
            "nodes": [
                {
                    "run": "find#1.1",
                    "task": "find",
                    "label": "Find",
                    "kind": "code",
                    "status": "SUCCEEDED",
                    "route": None,
                    "waitsFor": None,
                    "inputs": [{"name": "amount", "json": "12.30"}],
                    "outputs": [{"name": "total", "json": "12.30"}, {"name": "vendor", "json": "Acme"}],
                    "review": None,
                },
                {
                    "run": "approve#1.1",
                    "task": "approve",
                    "label": "",
                    "kind": "human_review",
                    "status": "WAITING",
                    "route": None,
                    "waitsFor": "review",
                    "inputs": [{"name": "reviewed", "json": {"total": "12.30", "vendor": "Acme"}}],
                    "outputs": [],
                    "review": {"id": review},
                },
            ]
        },
        "reviews": [{"id": review, "status": "WAITING"}],
    }
    assert blockers == [
        {
            "task": "approve",
            "run": "approve#1.1",
            "waitsFor": "REVIEW",
            "until": None,
            "reviewId": review,
            "tasks": [],
            "summary": "Task approve waits for a review.",
        }
    ]


def test_a_job_is_shown_as_of_a_version(admin: Client, waiting: str) -> None:
    then = admin.ask(JOB, id=waiting, asOf={"version": 2})
    assert (then["status"], then["eventVersion"]) == ("IN_PROGRESS", 2)
    assert [(task["run"], task["status"], task["outputs"]) for task in then["tasks"]["nodes"]] == [
        ("find#1.1", "RUNNING", [])
    ]
    assert [(b["task"], b["waitsFor"], b["tasks"]) for b in then["blockers"]] == [
        ("find", "RUNNER", []),
        ("approve", "TASKS", ["find"]),
    ]


def test_as_of_every_version_agrees_with_what_was_shown_then(admin: Client, waiting: str) -> None:
    now = admin.ask(JOB, id=waiting)
    assert admin.ask(JOB, id=waiting, asOf={"version": now["eventVersion"]}) == now
    assert admin.ask(JOB, id=waiting, asOf={"version": 10_000}) == now
    assert admin.ask(JOB, id=waiting, asOf={"version": 0}) is None


def test_a_job_is_shown_as_of_a_position_and_a_moment(admin: Client, waiting: str) -> None:
    events = admin.ask(HISTORY, id=waiting, first=10)["history"]["nodes"]
    at_second = admin.ask(JOB, id=waiting, asOf={"position": events[1]["position"]})
    assert at_second == admin.ask(JOB, id=waiting, asOf={"version": 2})
    assert admin.ask(JOB, id=waiting, asOf={"moment": "2001-01-01T00:00:00Z"}) is None
    assert admin.ask(JOB, id=waiting, asOf={"moment": "2999-01-01T00:00:00+02:00"})["eventVersion"] == 5


def test_a_point_in_the_past_is_given_in_one_way(admin: Client, waiting: str) -> None:
    assert (
        "exactly one" in admin.error(JOB, id=waiting, asOf={"version": 1, "moment": "2999-01-01T00:00:00Z"})["message"]
    )


def test_history_tells_who_what_and_why_and_is_read_from_both_ends(admin: Client, waiting: str) -> None:
    shown = admin.ask(HISTORY, id=waiting, first=2)
    first, second = shown["history"]["nodes"]
    assert (first["type"], first["actor"]) == ("job.started.v1", {"kind": "MEMBER", "id": str(admin.member)})
    assert first["summary"] == "The job was started on version 1 of its workflow."
    assert first["data"]["inputs"] == {"amount": "12.30"}
    assert first["previousHash"] == "0" * 64
    assert second["previousHash"] == first["hash"]
    assert second["cause"] == {"stream": waiting, "version": 1}
    assert second["changes"] == [{"what": "task find#1.1", "status": "RUNNING"}]
    assert shown["integrity"] == {"intact": True, "events": 6, "streams": 2, "findings": []}
    rest = admin.ask(HISTORY, id=waiting, first=10, after=shown["history"]["pageInfo"]["endCursor"])["history"]
    assert [event["version"] for event in rest["nodes"]] == [
        3,
        4,
        5,
        1,
    ]  # The last is the review, requested in the unit of its run.
    assert rest["pageInfo"]["hasNextPage"] is False
    last = admin.ask(HISTORY, id=waiting, last=2)["history"]
    assert [event["version"] for event in last["nodes"]] == [5, 1]
    before = admin.ask(HISTORY, id=waiting, last=2, before=last["pageInfo"]["startCursor"])["history"]
    assert [event["version"] for event in before["nodes"]] == [3, 4]
    then = admin.ask(HISTORY, id=waiting, first=10, asOf={"version": 3})
    assert [event["version"] for event in then["history"]["nodes"]] == [1, 2, 3]
    assert then["integrity"]["events"] == 3


def test_first_and_last_together_are_refused(admin: Client, waiting: str) -> None:
    assert admin.error(HISTORY, id=waiting, first=1, last=1)["extensions"]["code"] == "ARGUMENT_REFUSED"


def test_a_failed_job_says_which_run_failed_and_why(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    report_failed(house, admin, job_id)
    job = admin.ask(JOB, id=job_id)
    assert (job["status"], job["failedRun"]) == ("FAILED", "find#1.1")
    assert job["error"] == {"code": "CODE_FAILED", "message": "Expected a number, but got none."}
    assert job["blockers"] == []


def test_lists_are_filtered_and_paged(house: House, admin: Client) -> None:
    one, two = active_workflow(admin, "One"), active_workflow(admin, "Two")
    jobs = [started_job(admin, one, title=f"Job {number}") for number in range(3)] + [started_job(admin, two)]
    report_failed(house, admin, jobs[0])

    def listed(**filters: Any) -> list[str]:
        return [node["id"] for node in admin.ask(LIST, id=str(admin.workspace), filter=filters)["jobs"]["nodes"]]

    assert listed() == jobs[::-1]
    assert listed(statuses=["FAILED"]) == jobs[:1]
    assert listed(statuses=["FAILED", "IN_PROGRESS"]) == jobs[::-1]
    assert listed(workflowId=two) == jobs[3:]
    assert listed(workflowId="x") == listed(startedBy=str(admin.workspace)) == []
    assert listed(startedBy=str(admin.member), versionNumber=1, mode="JOB") == jobs[::-1]
    assert listed(startedAfter="2999-01-01T00:00:00Z") == listed(startedUntil="2001-01-01T00:00:00Z") == []
    page = admin.ask(LIST, id=str(admin.workspace), first=3)["jobs"]
    assert page["pageInfo"]["hasNextPage"] is True
    rest = admin.ask(LIST, id=str(admin.workspace), first=3, after=page["pageInfo"]["endCursor"])["jobs"]
    assert [node["id"] for node in rest["nodes"]] == jobs[:1]


@pytest.mark.parametrize(("first", "after"), [(0, None), (101, None), (5, "bm9uc2Vuc2U"), (5, "!")])
def test_pages_and_cursors_that_cannot_be_are_refused(admin: Client, first: int, after: str | None) -> None:
    error = admin.error(LIST, id=str(admin.workspace), first=first, after=after)
    assert error["extensions"]["code"] == "ARGUMENT_REFUSED"
    assert error["path"] == ["workspace", "jobs"]


def test_another_workspaces_job_is_as_none(house: House, admin: Client, waiting: str) -> None:
    stranger = house.open_workspace()
    assert stranger.ask(JOB, id=waiting) is None
    assert stranger.ask(JOB, id=waiting, asOf={"version": 1}) is None
    assert stranger.ask(JOB, id="x") is None
    assert stranger.ask(LIST, id=str(admin.workspace)) is None


def test_a_reviewer_sees_no_jobs(house: House, admin: Client, waiting: str) -> None:
    reviewer = house.let_in(admin.workspace, "reviewer")
    assert reviewer.error(JOB, id=waiting)["extensions"]["code"] == "PERMISSION_MISSING"
    assert reviewer.error(LIST, id=str(admin.workspace))["extensions"]["code"] == "PERMISSION_MISSING"


def test_a_position_of_another_log_is_refused_with_a_sentence(admin: Client, waiting: str) -> None:
    asked = "query ($id: ID!, $at: Position) { job(id: $id, atLeastPosition: $at) { id } }"
    error = admin.error(asked, id=waiting, at="AQAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAA")
    assert error["extensions"]["code"] in {"CURSOR_FROM_ANOTHER_LOG", "CURSOR_MALFORMED"}
