"""`decideReviews`: several answers in one call, each taken or refused on its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, given, report_found, review_of, started_job

DECIDE_MANY = """
mutation ($input: DecideReviewsInput!) {
  decideReviews(input: $input) {
    __typename
    ... on DecideReviewsSuccess {
      position
      results {
        __typename
        ... on DecideReviewSuccess { reviewId position review { status comment corrections { output } } }
        ... on CommandRefused { code details { path } }
      }
    }
    ... on CommandRefused { code message }
  }
}
"""
JOB = "query ($id: ID!) { job(id: $id) { status outputs { name json } } }"


def waiting(house: House, client: Client, count: int) -> list[tuple[str, str]]:
    """Jobs that wait for a review each: the ids of job and review."""
    workflow_id = active_workflow(client)
    jobs = [started_job(client, workflow_id) for _ in range(count)]
    for job_id in jobs:
        report_found(house, client, job_id)
    return [(job_id, str(review_of(job_id))) for job_id in jobs]


@pytest.fixture
def reviewer(house: House, admin: Client) -> Client:
    return house.let_in(admin.workspace, "reviewer")


def decide(client: Client, *decisions: dict[str, Any]) -> Any:
    """The answer."""
    return client.ask(DECIDE_MANY, input={"decisions": list(decisions)})


def test_each_is_decided_as_it_was_answered(house: House, admin: Client, reviewer: Client) -> None:
    (first, one), (second, two) = waiting(house, admin, 2)
    corrected = {"reviewId": two, "decision": "ACCEPT", "corrections": [given("total", "9.00")], "comment": "A typo."}
    answer = decide(reviewer, {"reviewId": one, "decision": "ACCEPT"}, corrected)
    assert [each["reviewId"] for each in answer["results"]] == [one, two]
    assert [each["review"] for each in answer["results"]] == [
        {"status": "ACCEPTED", "comment": None, "corrections": []},
        {"status": "ACCEPTED", "comment": "A typo.", "corrections": [{"output": "total"}]},
    ]
    assert answer["position"] in {each["position"] for each in answer["results"]}
    outputs = [admin.ask(JOB, id=job_id)["outputs"][0]["json"] for job_id in (first, second)]
    assert outputs == ["12.30", "9.00"]


def test_one_that_is_refused_leaves_the_others_alone(house: House, admin: Client, reviewer: Client) -> None:
    [(_, one), (untouched, two)] = waiting(house, admin, 2)
    before = house.events(untouched)
    answer = decide(
        reviewer,
        {"reviewId": two, "decision": "ACCEPT", "corrections": [given("total", "many")]},
        {"reviewId": one, "decision": "ACCEPT"},
        {"reviewId": "none", "decision": "ACCEPT"},
    )
    assert [each.get("code", each["__typename"]) for each in answer["results"]] == [
        "CORRECTIONS_WRONG",
        "DecideReviewSuccess",
        "REVIEW_NOT_FOUND",
    ]
    assert answer["results"][0]["details"] == [{"path": "output total"}]
    assert house.events(untouched) == before


def test_of_two_answers_to_one_review_one_is_taken(house: House, admin: Client, reviewer: Client) -> None:
    [(_, review)] = waiting(house, admin, 1)
    rejected = {"reviewId": review, "decision": "REJECT", "comment": "No."}
    answer = decide(reviewer, {"reviewId": review, "decision": "ACCEPT"}, rejected)
    assert [each.get("code", each["__typename"]) for each in answer["results"]] == [
        "DecideReviewSuccess",
        "REVIEW_ALREADY_DECIDED",
    ]


def test_a_command_id_told_again_gives_the_first_result(house: House, admin: Client, reviewer: Client) -> None:
    [(job_id, review)] = waiting(house, admin, 1)
    asked = {"reviewId": review, "decision": "ACCEPT", "commandId": "once"}
    first = decide(reviewer, asked)
    written = house.events(job_id)
    assert decide(reviewer, asked) == first
    assert house.events(job_id) == written


def test_none_and_too_many_are_refused_before_any_is_looked_at(house: House, admin: Client) -> None:
    before = house.last_position()
    for count in (0, 101):
        refused = decide(admin, *[{"reviewId": "none", "decision": "ACCEPT"}] * count)
        assert (refused["code"], refused["message"]) == (
            "TOO_MANY_DECISIONS",
            f"Expected 1 to 100 decisions in one call, but got {count}.",
        )
    assert house.last_position() == before
