"""`forkJob`, and how a fork and its first job show each other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from event_store.envelope import read_envelope
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, given, report_failed, report_found, started_job

FORK = """
mutation ($input: ForkJobInput!) {
  forkJob(input: $input) {
    __typename
    ... on ForkJobSuccess { jobId job { status title source } }
    ... on CommandRefused { code message details { path } }
  }
}
"""
SHOWN = """
query ($id: ID!) {
  job(id: $id) {
    tags businessKey
    inputs { name json }
    forkOf { jobId asOfVersion task item reason job { id } }
    forks { nodes { id } }
    tasks { nodes { run status reusedOf outputs { name json } } }
    history { nodes { summary } }
  }
}
"""


ASKED = ("job.task_started.v1", "job.task_wait_began.v1")
"""A run that a person does."""


def fork(client: Client, job_id: str, task: str = "approve", **more: Any) -> Any:
    """Forks a job."""
    return client.ask(FORK, input={"jobId": job_id, "task": task, "reason": "Asked the wrong person.", **more})


@pytest.fixture
def found(house: House, admin: Client) -> str:
    """A job whose `find` has succeeded and whose review waits."""
    job_id = started_job(admin, active_workflow(admin), title="March", tags=["paper"], businessKey="INV-1")
    report_found(house, admin, job_id)
    return job_id


def test_a_fork_reuses_what_does_not_follow_the_chosen_task(house: House, admin: Client, found: str) -> None:
    before = house.events(found)
    forked = fork(admin, found)
    assert forked["job"] == {"status": "WAITING", "title": "March", "source": "fork"}
    fork_id = forked["jobId"]
    assert house.events(fork_id) == ["job.started.v1", "job.task_reused.v1", *ASKED]
    assert house.events(found) == before
    for each in (found, fork_id):
        [first, *_] = house.do(house.system.reader.read_stream(UUID(each)))
        event: Any = house.system.mapper.event(first)
        assert event.on_behalf_of == read_envelope(first.state).actor == f"member:{admin.member}"
    shown = admin.ask(SHOWN, id=fork_id)
    assert shown["forkOf"] == {
        "jobId": found,
        "asOfVersion": len(before),
        "task": "approve",
        "item": None,
        "reason": "Asked the wrong person.",
        "job": {"id": found},
    }
    assert shown["tasks"]["nodes"][0] == {
        "run": "find#1.1",
        "status": "SUCCEEDED",
        "reusedOf": f"{found}:3",
        "outputs": [{"name": "total", "json": "12.30"}, {"name": "vendor", "json": "Acme"}],
    }
    assert (shown["tags"], shown["businessKey"]) == (["paper"], "INV-1")
    assert shown["inputs"] == [{"name": "amount", "json": "12.30"}]
    assert [event["summary"] for event in shown["history"]["nodes"]][:2] == [
        f"The job was started on version 1 of its workflow, as a fork of job {found} from approve: Asked the wrong person.",
        "The outcome of task find was taken over from the first job.",
    ]
    assert admin.ask(SHOWN, id=found)["forks"]["nodes"] == [{"id": fork_id}]


def test_the_root_of_a_fork_is_that_of_the_first_job(house: House, admin: Client, found: str) -> None:
    first = fork(admin, found)["jobId"]
    second = fork(admin, first)["jobId"]
    records = house.do(house.system.reader.read_stream(UUID(second)))
    assert {str(read_envelope(record.state).root) for record in records} == {found}


def test_a_failed_job_is_run_again_from_the_task_that_failed(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    report_failed(house, admin, job_id)
    forked = fork(admin, job_id, "find")
    assert house.events(forked["jobId"]) == ["job.started.v1", "job.task_started.v1"]


def test_an_input_that_is_given_anew_is_taken_and_what_follows_it_runs_again(admin: Client, found: str) -> None:
    forked = fork(admin, found, inputs=[given("amount", "9.99")], title="March again")
    shown = admin.ask(SHOWN, id=forked["jobId"])
    assert forked["job"]["title"] == "March again"
    assert shown["inputs"] == [{"name": "amount", "json": "9.99"}]
    assert [(task["run"], task["status"]) for task in shown["tasks"]["nodes"]] == [("find#1.1", "RUNNING")]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"task": "unknown"}, "FORK_TASK_UNKNOWN"),
        ({"task": "find", "item": 0}, "FORK_ITEM_UNKNOWN"),
        ({"inputs": [given("amount", "much")]}, "JOB_INPUTS_WRONG"),
        ({"inputs": [given("colour", "red")]}, "JOB_INPUTS_WRONG"),
        ({"reason": " "}, "REASON_MISSING"),
    ],
)
def test_a_fork_that_cannot_be_is_refused_and_nothing_is_written(
    house: House, admin: Client, found: str, more: dict[str, Any], code: str
) -> None:
    before = house.last_position()
    assert fork(admin, found, **more)["code"] == code
    assert house.last_position() == before


def test_a_fork_asked_for_twice_with_one_command_id_is_one(admin: Client, found: str) -> None:
    first = fork(admin, found, commandId="again")
    assert fork(admin, found, commandId="again")["jobId"] == first["jobId"]
    assert fork(admin, found)["jobId"] != first["jobId"]


def test_an_auditor_forks_nothing_and_another_workspaces_job_is_as_none(
    house: House, admin: Client, found: str
) -> None:
    auditor = house.let_in(admin.workspace, "auditor")
    before = house.last_position()
    assert fork(auditor, found)["code"] == "PERMISSION_MISSING"
    assert house.last_position() == before
    assert fork(house.open_workspace(), found)["code"] == "JOB_NOT_FOUND"
