"""A job's history tells who decided what about its reviews, and its integrity covers their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, given, report_found, review_of, started_job

HISTORY = """
query ($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $asOf: AsOf) {
  job(id: $id, asOf: $asOf) {
    history(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor }
      nodes { stream version position type reason actor { kind name } changes { what status before after } summary }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
    integrity { intact events streams findings { stream version message } }
  }
}
"""
CLAIM = "mutation ($input: ClaimReviewInput!) { claimReview(input: $input) { __typename } }"
RELEASE = "mutation ($input: ReleaseReviewInput!) { releaseReview(input: $input) { __typename } }"
DECIDE = "mutation ($input: DecideReviewInput!) { decideReview(input: $input) { __typename } }"
WHOLE = [
    "job.started.v1",
    "job.task_started.v1",
    "job.task_succeeded.v1",
    "job.task_started.v1",
    "job.task_wait_began.v1",
    "review.requested.v1",
    "review.claimed.v1",
    "review.released.v1",
    "review.accepted.v1",
    "job.task_succeeded.v1",
    "job.completed.v1",
]


@dataclass
class Case:
    """A review that waits, its job, and who may decide it."""

    job: str
    review: str
    reviewer: Client

    def decide(self, decision: str, **more: Any) -> None:
        """The reviewer's answer."""
        answer = self.reviewer.ask(DECIDE, input={"reviewId": self.review, "decision": decision, **more})
        assert answer == {"__typename": "DecideReviewSuccess"}

    def take_and_accept(self) -> None:
        """Claims it, gives it back, and accepts it with a correction and a comment."""
        for document in (CLAIM, RELEASE):
            self.reviewer.ask(document, input={"reviewId": self.review})
        self.decide("ACCEPT", corrections=[given("total", "12.03")], comment="Read from the paper.")


@pytest.fixture
def case(house: House, admin: Client) -> Case:
    job_id = started_job(admin, active_workflow(admin))
    report_found(house, admin, job_id)
    return Case(job_id, str(review_of(job_id)), house.let_in(admin.workspace, "reviewer"))


def told(client: Client, job: str, **page: Any) -> list[dict[str, Any]]:
    """The events of a page of a job's history."""
    nodes: list[dict[str, Any]] = client.ask(HISTORY, id=job, **page)["history"]["nodes"]
    return nodes


def test_who_claimed_released_and_accepted_with_which_correction_and_comment(admin: Client, case: Case) -> None:
    case.take_and_accept()
    events = told(admin, case.job)
    assert [event["type"] for event in events] == WHOLE
    assert [event["summary"] for event in events if event["stream"] == case.review] == [
        "A review of task find was requested.",
        "reviewer claimed the review of find.",
        "reviewer released the review of find.",
        "reviewer accepted the review of find, correcting total from 12.30 to 12.03.",
    ]
    accepted = events[8]
    assert accepted["actor"] == {"kind": "MEMBER", "name": "reviewer"}
    assert accepted["reason"] == "Read from the paper."
    assert accepted["changes"] == [
        {"what": "review", "status": "ACCEPTED", "before": None, "after": None},
        {"what": "output total", "status": "CORRECTED", "before": "12.30", "after": "12.03"},
    ]


def test_who_rejected_and_why(admin: Client, case: Case) -> None:
    case.decide("REJECT", comment="No vendor.")
    (rejected,) = [event for event in told(admin, case.job) if event["type"] == "review.rejected.v1"]
    assert (rejected["summary"], rejected["reason"]) == ("reviewer rejected the review of find.", "No vendor.")


def test_a_long_value_is_told_in_the_changes_and_not_in_the_sentence(admin: Client, case: Case) -> None:
    case.decide("ACCEPT", corrections=[given("total", "1.50"), given("vendor", "long " * 100)])
    (accepted,) = [event for event in told(admin, case.job) if event["type"] == "review.accepted.v1"]
    assert accepted["summary"] == (
        "reviewer accepted the review of find, correcting total from 12.30 to 1.50 and vendor."
    )
    assert accepted["changes"][2] == {
        "what": "output vendor",
        "status": "CORRECTED",
        "before": "Acme",
        "after": "long " * 100,
    }


@pytest.mark.parametrize("size", [1, 2, 3, 5, 10, 11])
def test_pages_of_any_size_from_both_ends_hold_every_event_once_and_in_order(
    admin: Client, case: Case, size: int
) -> None:
    case.take_and_accept()
    whole = [event["position"] for event in told(admin, case.job)]
    assert len(set(whole)) == len(WHOLE)
    forwards: list[str] = []
    cursor = None
    while True:
        page = admin.ask(HISTORY, id=case.job, first=size, after=cursor)["history"]
        assert page["pageInfo"]["hasPreviousPage"] is bool(forwards)
        forwards += [event["position"] for event in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    backwards: list[str] = []
    cursor = None
    while True:
        page = admin.ask(HISTORY, id=case.job, last=size, before=cursor)["history"]
        backwards = [event["position"] for event in page["nodes"]] + backwards
        cursor = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert forwards == backwards == whole


def test_every_cursor_goes_on_in_both_directions_whoever_the_event_belongs_to(admin: Client, case: Case) -> None:
    case.take_and_accept()
    page = admin.ask(HISTORY, id=case.job)["history"]
    whole = [event["position"] for event in page["nodes"]]
    backwards = admin.ask(HISTORY, id=case.job, last=100)["history"]
    assert backwards["edges"] == page["edges"]
    for place, edge in enumerate(page["edges"]):
        behind, before = (
            told(admin, case.job, after=edge["cursor"]),
            told(admin, case.job, last=9, before=edge["cursor"]),
        )
        assert [event["position"] for event in behind] == whole[place + 1 :]
        assert [event["position"] for event in before] == whole[max(0, place - 9) : place]


def test_what_is_appended_while_one_reads_stands_behind_the_last_cursor(admin: Client, case: Case) -> None:
    page = admin.ask(HISTORY, id=case.job, first=100)["history"]
    case.take_and_accept()
    rest = told(admin, case.job, first=100, after=page["pageInfo"]["endCursor"])
    assert [event["type"] for event in [*page["nodes"], *rest]] == WHOLE


def test_as_of_a_version_the_history_ends_with_its_event(admin: Client, case: Case) -> None:
    case.take_and_accept()
    assert [event["type"] for event in told(admin, case.job, asOf={"version": 4})] == WHOLE[:4]
    assert [event["type"] for event in told(admin, case.job, asOf={"version": 5})] == WHOLE[:5]
    assert [event["type"] for event in told(admin, case.job, last=2, asOf={"version": 6})] == WHOLE[8:10]
    then = admin.ask(HISTORY, id=case.job, asOf={"version": 6})["integrity"]
    assert then == {"intact": True, "events": 10, "streams": 2, "findings": []}


def test_without_the_permission_for_reviews_their_events_are_left_out(house: House, admin: Client, case: Case) -> None:
    case.take_and_accept()
    reader = house.let_in(admin.workspace, "auditor", permissions=("job:read",))
    assert [event["type"] for event in told(reader, case.job)] == [name for name in WHOLE if name.startswith("job.")]


def test_integrity_covers_the_streams_of_the_reviews(admin: Client, case: Case) -> None:
    case.take_and_accept()
    shown = admin.ask(HISTORY, id=case.job)["integrity"]
    assert shown == {"intact": True, "events": len(WHOLE), "streams": 2, "findings": []}
