"""Reviews: what must be judged, `claimReview`, `releaseReview`, `decideReview`, and the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from domain.jobs.events import TaskSucceeded
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, given, report_found, review_of, started_job

REVIEW = """
query ($id: ID!) {
  review(id: $id) {
    status task reviewed guidance roles comment
    outputs { name type { name } json }
    inputs { name json }
    shown { name }
    claimedBy { id } decidedBy { name } jobStartedBy { name }
    corrections { output before { json } after { json } }
    history(first: 10) { nodes { summary } }
  }
}
"""
INBOX = """
query ($id: ID!, $filter: ReviewFilter, $first: Int = 10, $after: Cursor) {
  workspace(id: $id) { reviews(filter: $filter, first: $first, after: $after) { nodes { id status } pageInfo { hasNextPage endCursor } } }
}
"""
CLAIM = """
mutation ($input: ClaimReviewInput!) {
  claimReview(input: $input) { __typename ... on ClaimReviewSuccess { review { claimedBy { id } } } ... on CommandRefused { code message } }
}
"""
RELEASE = """
mutation ($input: ReleaseReviewInput!) {
  releaseReview(input: $input) { __typename ... on ReleaseReviewSuccess { review { claimedBy { id } } } ... on CommandRefused { code message } }
}
"""
DECIDE = """
mutation ($input: DecideReviewInput!) {
  decideReview(input: $input) {
    __typename
    ... on DecideReviewSuccess { position review { status comment decidedBy { name } corrections { output before { json } after { json } } } }
    ... on CommandRefused { code message details { path expected found } members { id name } }
  }
}
"""


@dataclass
class Case:
    """A review that waits, its job, and who may decide it."""

    job: str
    review: str
    reviewer: Client


@pytest.fixture
def case(house: House, admin: Client) -> Case:
    job_id = started_job(admin, active_workflow(admin))
    report_found(house, admin, job_id)
    return Case(job_id, str(review_of(job_id)), house.let_in(admin.workspace, "reviewer"))


def test_a_review_shows_exactly_what_must_be_judged(case: Case) -> None:
    assert case.reviewer.ask(REVIEW, id=case.review) == {
        "status": "WAITING",
        "task": "approve",
        "reviewed": "find#1.1",
        "guidance": "Is the total right?",
        "roles": ["reviewer"],
        "comment": None,
        "outputs": [
            {"name": "total", "type": {"name": "decimal"}, "json": "12.30"},
            {"name": "vendor", "type": {"name": "str"}, "json": "Acme"},
        ],
        "inputs": [{"name": "amount", "json": "12.30"}],
        "shown": [],
        "claimedBy": None,
        "decidedBy": None,
        "jobStartedBy": {"name": "admin"},
        "corrections": [],
        "history": {"nodes": [{"summary": "A review of task find was requested."}]},
    }


def test_accepted_with_a_correction_the_job_goes_on_with_the_corrected_value(
    house: House, admin: Client, case: Case
) -> None:
    decided = case.reviewer.ask(
        DECIDE, input={"reviewId": case.review, "decision": "ACCEPT", "corrections": [given("total", "12.03")]}
    )
    assert decided["review"] == {
        "status": "ACCEPTED",
        "comment": None,
        "decidedBy": {"name": "reviewer"},
        "corrections": [{"output": "total", "before": {"json": "12.30"}, "after": {"json": "12.03"}}],
    }
    asked = "query ($id: ID!, $at: Position) { job(id: $id, atLeastPosition: $at) { status outputs { name json } } }"
    assert admin.ask(asked, id=case.job, at=decided["position"]) == {
        "status": "COMPLETED",
        "outputs": [{"name": "total", "json": "12.03"}],
    }
    records = house.do(house.system.reader.read_stream(UUID(case.job)))
    (accepted,) = [
        event
        for event in map(house.system.mapper.event, records)
        if isinstance(event, TaskSucceeded) and event.run.task == "approve"
    ]
    assert accepted.outputs == {"total": "12.03"}
    assert [(name, source.path) for name, source in accepted.passed.items()] == [("vendor", ("vendor",))]
    assert accepted.facts.route == "accepted"


def test_rejected_the_run_takes_the_other_route(admin: Client, case: Case) -> None:
    rejected = case.reviewer.ask(DECIDE, input={"reviewId": case.review, "decision": "REJECT", "comment": "No vendor."})
    assert (rejected["review"]["status"], rejected["review"]["comment"]) == ("REJECTED", "No vendor.")
    asked = "query ($id: ID!) { job(id: $id) { tasks { nodes { run route } } } }"
    assert admin.ask(asked, id=case.job)["tasks"]["nodes"][1] == {"run": "approve#1.1", "route": "rejected"}


def test_rejecting_needs_a_comment(house: House, case: Case) -> None:
    before = house.last_position()
    refused = case.reviewer.ask(DECIDE, input={"reviewId": case.review, "decision": "REJECT"})
    assert refused["code"] == "REASON_MISSING"
    assert house.last_position() == before


def test_corrections_that_do_not_fit_are_refused_together(house: House, case: Case) -> None:
    before = house.last_position()
    corrections = [given("total", "much"), given("colour", "red")]
    refused = case.reviewer.ask(
        DECIDE, input={"reviewId": case.review, "decision": "ACCEPT", "corrections": corrections}
    )
    assert refused["code"] == "CORRECTIONS_WRONG"
    assert sorted((detail["path"], detail["found"]) for detail in refused["details"]) == [
        ("output colour", "an unknown name"),
        ("output total", '"much"'),
    ]
    assert house.last_position() == before


def test_a_second_decision_is_refused_and_names_the_first(house: House, admin: Client, case: Case) -> None:
    case.reviewer.ask(DECIDE, input={"reviewId": case.review, "decision": "ACCEPT"})
    other = house.let_in(admin.workspace, "reviewer")
    before = house.last_position()
    refused = other.ask(DECIDE, input={"reviewId": case.review, "decision": "REJECT", "comment": "No."})
    assert refused["code"] == "REVIEW_ALREADY_DECIDED"
    assert "accepted" in refused["message"]
    assert str(case.reviewer.member) in refused["message"]
    assert [member["id"] for member in refused["members"]] == [str(case.reviewer.member)]
    assert refused["members"][0]["name"] == case.reviewer.ask("{ viewer { name } }")["name"]
    assert house.last_position() == before


def test_repeated_with_its_command_id_it_is_decided_once(house: House, case: Case) -> None:
    asked = {"reviewId": case.review, "decision": "ACCEPT", "commandId": "d1"}
    first = case.reviewer.ask(DECIDE, input=asked)
    before = house.last_position()
    assert case.reviewer.ask(DECIDE, input=asked)["review"] == first["review"]
    assert house.last_position() == before


def test_who_is_not_asked_neither_sees_nor_decides_it(house: House, admin: Client, case: Case) -> None:
    """An operator may read all reviews, but this one is a reviewer's; a stranger's is as good as none."""
    stranger = house.open_workspace()
    assert stranger.ask(REVIEW, id=case.review) is None
    operator = house.let_in(admin.workspace, "operator")
    before = house.last_position()
    decide = {"reviewId": case.review, "decision": "ACCEPT"}
    assert operator.ask(DECIDE, input=decide)["code"] == "REVIEW_NOT_YOURS"
    assert stranger.ask(DECIDE, input=decide)["code"] == "REVIEW_NOT_FOUND"
    assert stranger.ask(DECIDE, input=decide | {"reviewId": "x"})["code"] == "REVIEW_NOT_FOUND"
    auditor = house.let_in(admin.workspace, "auditor")
    assert auditor.ask(DECIDE, input=decide)["code"] == "PERMISSION_MISSING"
    assert house.last_position() - before == 2  # the auditor and the key


def test_a_review_is_claimed_and_given_back(house: House, admin: Client, case: Case) -> None:
    other = house.let_in(admin.workspace, "reviewer")
    claimed = case.reviewer.ask(CLAIM, input={"reviewId": case.review})
    assert claimed["review"]["claimedBy"] == {"id": str(case.reviewer.member)}
    refused = other.ask(DECIDE, input={"reviewId": case.review, "decision": "ACCEPT"})
    assert (refused["code"], other.ask(CLAIM, input={"reviewId": case.review})["code"]) == (
        "REVIEW_CLAIMED_BY_ANOTHER",
        "REVIEW_CLAIMED_BY_ANOTHER",
    )
    assert other.ask(RELEASE, input={"reviewId": case.review})["code"] == "REVIEW_CLAIMED_BY_ANOTHER"
    assert case.reviewer.ask(RELEASE, input={"reviewId": case.review})["review"] == {"claimedBy": None}
    assert house.events(case.review) == ["review.requested.v1", "review.claimed.v1", "review.released.v1"]


def test_claiming_and_releasing_twice_changes_nothing(house: House, case: Case) -> None:
    for document in (CLAIM, RELEASE):
        case.reviewer.ask(document, input={"reviewId": case.review})
        before = house.events(case.review)
        assert case.reviewer.ask(document, input={"reviewId": case.review})["__typename"] != "CommandRefused"
        assert house.events(case.review) == before


def test_the_inbox_is_what_waits_for_me_and_my_roles(house: House, admin: Client, case: Case) -> None:
    second = started_job(admin, case_workflow(admin))
    report_found(house, admin, second)
    other = house.let_in(admin.workspace, "reviewer")
    workspace = str(admin.workspace)

    def inbox(client: Client, shows: str) -> list[str]:
        answer = client.ask(INBOX, id=workspace, filter={"inbox": shows})
        return [node["id"] for node in answer["reviews"]["nodes"]]

    both = [case.review, str(review_of(second))]
    assert inbox(case.reviewer, "ALL") == inbox(other, "CLAIMABLE") == both
    assert inbox(admin, "ALL") == []
    position = case.reviewer.ask(CLAIM.replace("review { claimedBy { id } }", "position"), input={"reviewId": both[0]})
    waited = "query ($id: ID!, $at: Position) { workspace(id: $id) { reviews(filter: {inbox: ALL}, atLeastPosition: $at) { nodes { id } } } }"
    case.reviewer.ask(waited, id=workspace, at=position["position"])
    assert (inbox(case.reviewer, "MINE"), inbox(other, "CLAIMABLE")) == (both[:1], both[1:])
    page = other.ask(INBOX, id=workspace, filter={"inbox": "ALL"}, first=1)["reviews"]
    assert page["pageInfo"]["hasNextPage"] is True
    rest = other.ask(INBOX, id=workspace, filter={"inbox": "ALL"}, first=1, after=page["pageInfo"]["endCursor"])
    assert [node["id"] for node in rest["reviews"]["nodes"]] == both[1:]


def test_lists_of_all_reviews_are_not_for_reviewers(admin: Client, case: Case) -> None:
    workspace = str(admin.workspace)
    assert case.reviewer.error(INBOX, id=workspace)["extensions"]["code"] == "PERMISSION_MISSING"
    shown = admin.ask(INBOX, id=workspace, filter={"statuses": ["WAITING"], "jobId": case.job})
    assert shown["reviews"]["nodes"] == [{"id": case.review, "status": "WAITING"}]
    mixed: dict[str, Any] = {"inbox": "ALL", "jobId": case.job}
    assert case.reviewer.error(INBOX, id=workspace, filter=mixed)["extensions"]["code"] == "ARGUMENT_REFUSED"


def test_a_reviewer_fetches_what_a_review_shows_but_no_other_file(house: House, admin: Client) -> None:
    stored = admin.http.post("/files?name=a.txt", content=b"paper").json()
    workflow_id = active_workflow(admin)
    inputs = [given("amount", "1"), {"name": "paper", "value": {"file": stored["id"]}}]
    start = "mutation ($input: StartJobInput!) { startJob(input: $input) { ... on StartJobSuccess { jobId } } }"
    job_id = admin.ask(start, input={"workflowId": workflow_id, "inputs": inputs})["jobId"]
    report_found(house, admin, job_id, vendor="long " * 10_000)
    reviewer = house.let_in(admin.workspace, "reviewer")
    shown = reviewer.ask("query ($id: ID!) { review(id: $id) { outputs { name json } } }", id=str(review_of(job_id)))
    assert shown["outputs"][1]["json"] == "long " * 10_000
    assert reviewer.http.get(f"/files/{stored['id']}").status_code == 403


def case_workflow(client: Client) -> str:
    """A second workflow of the same shape."""
    return active_workflow(client, "Second")
