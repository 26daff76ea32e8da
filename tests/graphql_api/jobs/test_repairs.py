"""`cancelJob`, `retryTask`, `correctTask` and `giveUpTask`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.jobs.commands import RecordTaskSucceeded
from domain.jobs.run import Facts, Run
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, given, report_failed, report_found, review_of, started_job

CHANGED = "... on JobChanged { jobId job { status reason error { code message details } tasks { nodes { run status held corrected reason outputs { name json } } } } }"
REFUSED = "... on CommandRefused { code message details { path expected found } }"


def repair(client: Client, name: str, **given_input: Any) -> Any:
    """Does one of the four."""
    document = (
        f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ "
        f"{name}(input: $input) {{ __typename {CHANGED} {REFUSED} }} }}"
    )
    return client.ask(document, input=given_input)


def corrections(client: Client, job_id: str) -> list[Any]:
    """What each event of a job corrected: output, before, after."""
    events = client.ask(
        "query ($id: ID!) { job(id: $id) { history(first: 50) { nodes { changes { what status before after } } } } }",
        id=job_id,
    )["history"]["nodes"]
    found = [
        [
            (change["what"].removeprefix("output "), change["before"], change["after"])
            for change in event["changes"]
            if change["status"] == "CORRECTED"
        ]
        for event in events
    ]
    return [each for each in found if each]


@pytest.fixture
def held(house: House, admin: Client) -> str:
    """A job whose `find` is held."""
    job_id = started_job(admin, active_workflow(admin, on_error="HOLD"))
    report_failed(house, admin, job_id)
    return job_id


def test_a_job_is_cancelled_with_a_reason(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    cancelled = repair(admin, "cancelJob", jobId=job_id, reason="Sent twice.")
    assert cancelled["__typename"] == "CancelJobSuccess"
    assert (cancelled["job"]["status"], cancelled["job"]["reason"]) == ("CANCELLED", "Sent twice.")
    assert house.events(job_id)[2:] == ["job.ending_began.v1", "job.task_cancelled.v1", "job.cancelled.v1"]


def test_cancelling_withdraws_the_review_that_waits(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    report_found(house, admin, job_id)
    repair(admin, "cancelJob", jobId=job_id, reason="Sent twice.")
    assert house.events(review_of(job_id))[-1] == "review.withdrawn.v1"


def test_cancelling_needs_a_reason(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    before = house.events(job_id)
    assert repair(admin, "cancelJob", jobId=job_id, reason=" ")["code"] == "REASON_MISSING"
    assert house.events(job_id) == before


def test_cancelling_twice_changes_nothing(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    repair(admin, "cancelJob", jobId=job_id, reason="Sent twice.")
    before = house.events(job_id)
    assert repair(admin, "cancelJob", jobId=job_id, reason="Again.")["__typename"] == "CancelJobSuccess"
    assert house.events(job_id) == before


@pytest.mark.parametrize("name", ["cancelJob", "retryTask", "correctTask", "giveUpTask"])
def test_another_workspaces_job_is_as_none(house: House, admin: Client, held: str, name: str) -> None:
    stranger = house.open_workspace()
    more: dict[str, Any] = {"reason": "Mine."} | ({} if name == "cancelJob" else {"run": "find#1.1"})
    more |= {"outputs": []} if name == "correctTask" else {}
    before = house.events(held)
    assert {repair(stranger, name, jobId=id_, **more)["code"] for id_ in (held, str(admin.member), "x")} == {
        "JOB_NOT_FOUND"
    }
    assert house.events(held) == before


@pytest.mark.parametrize("name", ["cancelJob", "retryTask", "correctTask", "giveUpTask"])
def test_an_auditor_repairs_nothing(house: House, admin: Client, held: str, name: str) -> None:
    auditor = house.let_in(admin.workspace, "auditor")
    more: dict[str, Any] = {"reason": "Mine."} | ({} if name == "cancelJob" else {"run": "find#1.1"})
    more |= {"outputs": []} if name == "correctTask" else {}
    before = house.events(held)
    assert repair(auditor, name, jobId=held, **more)["code"] == "PERMISSION_MISSING"
    assert house.events(held) == before


def test_a_held_run_is_tried_again(house: House, admin: Client, held: str) -> None:
    retried = repair(admin, "retryTask", jobId=held, run="find#1.1", reason="The server is back.")
    assert retried["job"]["status"] == "IN_PROGRESS"
    assert [(task["run"], task["status"]) for task in retried["job"]["tasks"]["nodes"]] == [
        ("find#1.1", "FAILED"),
        ("find#1.2", "RUNNING"),
    ]
    before = house.events(held)
    repair(admin, "retryTask", jobId=held, run="find#1.1")
    assert house.events(held) == before


def test_a_run_that_is_not_held_is_not_tried_again(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    assert repair(admin, "retryTask", jobId=job_id, run="find#1.1")["code"] == "TASK_NOT_HELD"
    assert repair(admin, "retryTask", jobId=job_id, run="nobody#1.1")["code"] == "RUN_NOT_FOUND"
    assert (
        repair(admin, "retryTask", jobId=job_id, run="find")["message"]
        == "Expected a run like find#1.1 for run, but got find."
    )


def test_the_outputs_of_a_held_run_are_given_in_its_place(house: House, admin: Client, held: str) -> None:
    outputs = [given("total", "9.99"), given("vendor", "Acme")]
    corrected = repair(admin, "correctTask", jobId=held, run="find#1.1", outputs=outputs, reason="Read by hand.")
    first = corrected["job"]["tasks"]["nodes"][0]
    assert (first["status"], first["corrected"], first["reason"]) == ("SUCCEEDED", True, "Read by hand.")
    assert first["outputs"] == [{"name": "total", "json": "9.99"}, {"name": "vendor", "json": "Acme"}]
    assert house.events(held)[-2:] == ["job.task_started.v1", "job.task_wait_began.v1"]  # the review's
    assert corrections(admin, held) == [[("total", None, "9.99"), ("vendor", None, "Acme")]]


def test_a_correction_of_a_finished_run_shows_what_stood_there_before(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    repair(admin, "pauseJob", jobId=job_id, reason="Look first.")
    found = {"total": "12.30", "vendor": "Acme"}
    house.send(
        RecordTaskSucceeded(
            at=datetime.now(UTC), job_id=UUID(job_id), run=Run(task="find"), outputs=found, facts=Facts()
        ),
        admin.workspace,
        "runner:test",
    )
    outputs = [given("total", "9.99"), given("vendor", "Acme")]
    corrected = repair(admin, "correctTask", jobId=job_id, run="find#1.1", outputs=outputs, reason="Read by hand.")
    assert corrected["__typename"] == "CorrectTaskSuccess"
    assert corrections(admin, job_id) == [[("total", "12.30", "9.99")]]
    repair(
        admin, "correctTask", jobId=job_id, run="find#1.1", outputs=[given("total", "8"), outputs[1]], reason="Again."
    )
    assert corrections(admin, job_id)[1:] == [[("total", "9.99", "8")]]


def test_outputs_that_do_not_fit_are_refused_together(house: House, admin: Client, held: str) -> None:
    before = house.events(held)
    outputs = [given("total", "much"), given("colour", "red")]
    refused = repair(admin, "correctTask", jobId=held, run="find#1.1", outputs=outputs, reason="Read by hand.")
    assert refused["code"] == "CORRECTION_WRONG"
    assert sorted(detail["path"] for detail in refused["details"]) == ["output colour", "output total", "output vendor"]
    assert house.events(held) == before


def test_a_task_nobody_knows_is_not_corrected(admin: Client, held: str) -> None:
    refused = repair(admin, "correctTask", jobId=held, run="nobody#1.1", outputs=[], reason="Read by hand.")
    assert refused["code"] == "TASK_NOT_FOUND"


def test_a_held_run_given_up_fails_its_job(house: House, admin: Client, held: str) -> None:
    given_up = repair(admin, "giveUpTask", jobId=held, run="find#1.1", reason="Hopeless.")
    assert given_up["job"]["status"] == "FAILED"
    assert given_up["job"]["error"] == {
        "code": "CODE_FAILED",
        "message": "Expected a number, but got none.",
        "details": {"line": 3},
    }
    before = house.events(held)
    assert repair(admin, "giveUpTask", jobId=held, run="find#1.1")["__typename"] == "GiveUpTaskSuccess"
    assert house.events(held) == before
