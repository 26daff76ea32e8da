"""Nothing that was reported is lost, and nothing is given out twice, whoever goes away meanwhile."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from tests.graphql_api.external.works import (
    KEEP,
    Works,
    complete,
    job,
    start,
    take,
    until_status,
    waiting_in,
    workflow,
)
from tests.graphql_api.house import Client, wait_until
from tests.graphql_api.workshop import given

START_MANY = "mutation ($input: StartJobsInput!) { startJobs(input: $input) { __typename } }"

pytestmark = pytest.mark.usefixtures("running_again")


@pytest.fixture
def running_again(works: Works) -> object:
    """A runner, whatever a test did with the one before."""
    yield
    if not works.is_running:
        works.begin_running()


def test_a_report_told_while_no_runner_is_there_is_kept_until_one_is(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "kept"))
    (task,) = take(admin, "kept")
    works.end_running()
    (result,) = complete(admin, (task, {"text": "y"}))
    assert (result["__typename"], result["position"]) == ("TaskReported", None)
    assert job(admin, job_id)["status"] == "WAITING"
    assert complete(admin, (task, {"text": "z"}))[0]["__typename"] == "TaskReported"
    works.begin_running()
    assert until_status(admin, job_id, "COMPLETED")["outputs"] == [{"name": "text", "json": "y"}]
    assert complete(admin, (task, {"text": "z"}))[0]["position"] is not None


def test_leases_outlive_the_runner(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "outlive"))
    (task,) = take(admin, "outlive")
    works.end_running()
    works.begin_running()
    kept = admin.ask(KEEP, input={"tasks": [{"lease": task["lease"]}]})
    assert kept["results"][0]["__typename"] == "TaskKept"
    complete(admin, (task, {"text": "y"}))
    assert until_status(admin, job_id, "COMPLETED")
    assert "job.task_worker_lost.v1" not in works.events(job_id)
    assert "job.task_runner_lost.v1" not in works.events(job_id)


def test_what_was_offered_is_offered_anew_when_the_table_is_lost(admin: Client, works: Works) -> None:
    flow = workflow(admin, "restored")
    jobs = sorted(start(admin, flow, f"{number}" * 40_000) for number in range(3))
    wait_until(lambda: waiting_in(admin, "restored") == 3, "all three")
    works.end_running()
    works.do(works.system.reader.rows("delete from external_tasks returning 1", ()))
    assert take(admin, "restored", seconds=0) == []
    works.begin_running()
    wait_until(lambda: waiting_in(admin, "restored") == 3, "all three again")
    tasks = take(admin, "restored", 3)
    assert sorted(task["jobId"] for task in tasks) == jobs
    assert {len(task["inputs"]["text"]) for task in tasks} == {40_000}


def test_what_waits_and_cannot_be_read_any_more_fails_instead_of_waiting_for_ever(admin: Client, works: Works) -> None:
    works.end_running()
    job_id = start(admin, workflow(admin, "unread"), "x" * 40_000)
    assert works.events(job_id)[-2:] == ["job.task_started.v1", "job.task_wait_began.v1"]
    for content in Path(urlsplit(works.settings.blobs).path).rglob("*"):
        if content.is_file() and content.stat().st_size > 40_000:
            content.unlink()
    works.begin_running()
    failed = until_status(admin, job_id, "FAILED")
    assert failed["error"]["code"] == "VALUE_UNREADABLE"
    assert waiting_in(admin, "unread") == 0


def test_jobs_of_which_no_state_is_kept_are_offered_too(
    admin: Client, works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_store.desks.OTHERS_KEPT_MAX", 1)
    flow = workflow(admin, "many")
    asked = {"workflowId": flow, "inputs": [given("text", "x")]}
    admin.ask(START_MANY, input={"jobs": [asked] * 50})
    wait_until(lambda: waiting_in(admin, "many") == 50, "all of them")


def test_a_job_that_is_cancelled_before_a_runner_sees_it_offers_nothing(admin: Client, works: Works) -> None:
    works.end_running()
    flow = workflow(admin, "never")
    cancelled, goes_on = start(admin, flow), start(admin, flow)
    cancel = 'mutation ($id: ID!) { cancelJob(input: {jobId: $id, reason: "A mistake."}) { __typename } }'
    assert admin.ask(cancel, id=cancelled)["__typename"] == "CancelJobSuccess"
    works.begin_running()
    wait_until(lambda: waiting_in(admin, "never") == 1, "the other one")
    assert [task["jobId"] for task in take(admin, "never", 10)] == [goes_on]
    assert until_status(admin, cancelled, "CANCELLED")


def test_what_may_have_happened_is_not_offered_anew_when_the_table_is_lost(admin: Client, works: Works) -> None:
    job_id = start(admin, workflow(admin, "doubtful", once=True))
    take(admin, "doubtful")
    works.end_running()
    works.do(works.system.reader.rows("delete from external_tasks returning 1", ()))
    works.begin_running()
    wait_until(lambda: "job.task_outcome_unknown.v1" in works.events(job_id), "the unknown outcome")
    assert waiting_in(admin, "doubtful") == 0


def test_what_is_offered_of_a_job_that_ended_is_withdrawn(admin: Client, works: Works) -> None:
    flow = workflow(admin, "withdrawn")
    jobs = [start(admin, flow, str(number)) for number in range(2)]
    wait_until(lambda: waiting_in(admin, "withdrawn") == 2, "both")
    cancel = "mutation ($input: CancelJobInput!) { cancelJob(input: $input) { __typename } }"
    admin.ask(cancel, input={"jobId": jobs[0], "reason": "Not needed"})
    wait_until(lambda: waiting_in(admin, "withdrawn") == 1, "one")
    works.end_running()
    admin.ask(cancel, input={"jobId": jobs[1], "reason": "Not needed"})
    works.begin_running()
    wait_until(lambda: waiting_in(admin, "withdrawn") == 0, "none")
    assert works.events(UUID(jobs[1]))[-1] == "job.cancelled.v1"


def test_a_report_through_another_api_is_answered_with_its_place(admin: Client, works: Works) -> None:
    _, url, _ = works.open_door()
    other = works.client(url, admin.key, admin.workspace, admin.member)
    job_id = start(admin, workflow(admin, "doors"))
    (task,) = take(other, "doors")
    (result,) = complete(other, (task, {"text": "y"}))
    assert job(admin, job_id, result["position"])["status"] == "COMPLETED"
    works.close_last_door()
