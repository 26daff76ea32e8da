"""A job with many events, of which only what is asked for is read, is shown as one that is read whole."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api.jobs import as_of, long_log
from graphql_api.jobs import log as job_log
from tests.graphql_api.house import Client, House
from tests.graphql_api.jobs.test_job_queries import FIELDS
from tests.graphql_api.workshop import active_workflow, given, report_failed, report_found, review_of, started_job

JOB = f"query ($id: ID!, $asOf: AsOf) {{ job(id: $id, asOf: $asOf) {{ {FIELDS} }} }}"
REVIEW = """
query ($id: ID!) {
  review(id: $id) {
    outputs { name json } shown { name json } inputs { name json }
    corrections { output before { json } after { json } }
    history(first: 20) { nodes { summary changes { what status before after } } }
  }
}
"""
CORRECT = "mutation ($input: CorrectTaskInput!) { correctTask(input: $input) { __typename } }"
RETRY = "mutation ($input: RetryTaskInput!) { retryTask(input: $input) { __typename } }"
DECIDE = "mutation ($input: DecideReviewInput!) { decideReview(input: $input) { __typename } }"


@pytest.fixture
def held(house: House, admin: Client) -> str:
    """A job whose first task is held after two attempts."""
    job_id = started_job(admin, active_workflow(admin, on_error="HOLD"))
    report_failed(house, admin, job_id)
    assert admin.ask(RETRY, input={"jobId": job_id, "run": "find#1.1"}) == {"__typename": "RetryTaskSuccess"}
    report_failed(house, admin, job_id, attempt=2)
    return job_id


@pytest.fixture
def corrected(admin: Client, held: str) -> str:
    """The same, after an operator has given the outputs."""
    outputs = [given("total", "7.00"), given("vendor", "Acme")]
    correction = {"jobId": held, "run": "find#1.2", "outputs": outputs, "reason": "Read by hand."}
    assert admin.ask(CORRECT, input=correction) == {"__typename": "CorrectTaskSuccess"}
    return held


@pytest.fixture
def completed(house: House, admin: Client) -> str:
    """A job whose review was accepted with a correction."""
    job_id = started_job(admin, active_workflow(admin))
    report_found(house, admin, job_id)
    reviewer = house.let_in(admin.workspace, "reviewer")
    decision = {"reviewId": str(review_of(job_id)), "decision": "ACCEPT", "corrections": [given("total", "12.03")]}
    assert reviewer.ask(DECIDE, input=decision) == {"__typename": "DecideReviewSuccess"}
    return job_id


def shown_now(house: House, client: Client, job_id: str) -> Any:
    """The job, when the read models have caught up."""
    assert house.do(house.system.waiting.wait_for(house.last_position(), 10))
    return client.ask(JOB, id=job_id)


def everything(house: House, client: Client, job_id: str) -> list[Any]:
    """The job now and as of each of its versions."""
    now = shown_now(house, client, job_id)
    versions = range(1, now["eventVersion"] + 1)
    return [now, *(client.ask(JOB, id=job_id, asOf={"version": version}) for version in versions)]


@pytest.fixture
def all_jobs_are_long(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is many events is a matter of two constants."""

    def make() -> None:
        monkeypatch.setattr(job_log, "WHOLE_EVENTS_MAX", 0)
        monkeypatch.setattr(long_log, "PAGE_EVENTS", 2)
        monkeypatch.setattr(as_of, "PAGE_EVENTS", 2)

    return make


@pytest.mark.parametrize("job", ["held", "corrected", "completed"])
def test_a_long_job_is_shown_as_one_that_is_read_whole(
    house: House, admin: Client, job: str, request: pytest.FixtureRequest, all_jobs_are_long: Any
) -> None:
    job_id = request.getfixturevalue(job)
    whole = everything(house, admin, job_id)
    all_jobs_are_long()
    assert everything(house, admin, job_id) == whole


def test_the_review_of_a_long_job_is_shown_as_that_of_one_that_is_read_whole(
    house: House, admin: Client, completed: str, all_jobs_are_long: Any
) -> None:
    shown_now(house, admin, completed)
    review_id = str(review_of(completed))
    whole = admin.ask(REVIEW, id=review_id)
    assert whole["corrections"] == [{"output": "total", "before": {"json": "12.30"}, "after": {"json": "12.03"}}]
    all_jobs_are_long()
    assert admin.ask(REVIEW, id=review_id) == whole


def test_a_review_of_a_long_job_is_decided_with_facts_of_all_its_outputs(
    house: House, admin: Client, all_jobs_are_long: Any
) -> None:
    job_id = started_job(admin, active_workflow(admin))
    report_found(house, admin, job_id)
    all_jobs_are_long()
    reviewer = house.let_in(admin.workspace, "reviewer")
    decision = {"reviewId": str(review_of(job_id)), "decision": "ACCEPT"}
    assert reviewer.ask(DECIDE, input=decision) == {"__typename": "DecideReviewSuccess"}
    job = shown_now(house, admin, job_id)
    assert (job["status"], [output["json"] for output in job["outputs"]]) == ("COMPLETED", ["12.30"])
