"""For who does not edit workflows a preview is not there: tried by every root field there is, and by every list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from graphql_api.identity import Identity
from graphql_api.jobs.seeing import may_see, to_follow
from tests.graphql_api.house import Client, House
from tests.graphql_api.jobs.test_start_preview import previewed
from tests.graphql_api.test_access import FOREIGN, root_fields
from tests.graphql_api.test_subscriptions import JOBS, REVIEWS
from tests.graphql_api.workflows.test_edit_workflow import draft
from tests.graphql_api.workshop import active_workflow, report_found, review_of, started_job

LISTS = """
query ($id: ID!, $jobs: JobFilter, $reviews: ReviewFilter, $inbox: ReviewFilter) { workspace(id: $id) {
  jobs(filter: $jobs) { nodes { id } }
  reviews(filter: $reviews) { nodes { id } }
  inbox: reviews(filter: $inbox) { nodes { id } }
} }
"""
OF_PREVIEWS = {
    "jobs": {"mode": "PREVIEW"},
    "reviews": {"previews": True},
    "inbox": {"inbox": "ALL", "previews": True},
}
OF_JOBS = {"jobs": {"mode": "JOB"}, "reviews": {}, "inbox": {"inbox": "ALL"}}
OF_JOB_OR_REVIEW = [
    (operation, field)
    for operation, field in root_fields()
    if field in FOREIGN
    and field not in ("jobs", "reviews")
    and ("$job" in FOREIGN[field][0] or "$review" in FOREIGN[field][0])
]


@dataclass
class Tried:
    """A preview whose review waits for who started it."""

    builder: Client
    workflow: str
    job: str
    review: str

    def document(self, operation: str, field: str) -> str:
        """How a root field is asked for the preview, or for its review."""
        text = FOREIGN[field][0].replace("$job", f'"{self.job}"').replace("$review", f'"{self.review}"')
        return f"{operation} {text.replace('$refused', '{ ... on CommandRefused { code } }')}"

    def lists(self, client: Client, **filters: Any) -> dict[str, list[str]]:
        """The ids that the lists of the workspace have."""
        found = client.ask(LISTS, id=str(self.builder.workspace), **filters)
        return {name: [node["id"] for node in nodes["nodes"]] for name, nodes in found.items()}


@pytest.fixture(scope="module")
def tried(house: House) -> Tried:
    builder = house.open_workspace()
    workflow_id = draft(builder)
    job_id = previewed(builder, workflow_id)
    report_found(house, builder, job_id, preview=True)
    return Tried(builder, workflow_id, job_id, str(review_of(job_id)))


@pytest.fixture(scope="module")
def operator(house: House, tried: Tried) -> Client:
    return house.let_in(tried.builder.workspace, "operator")


@pytest.mark.parametrize(("operation", "field"), OF_JOB_OR_REVIEW)
def test_no_root_field_shows_or_touches_a_preview(
    house: House, tried: Tried, operator: Client, operation: str, field: str
) -> None:
    before = [house.events(stream) for stream in (tried.job, tried.review)]
    document, (_, expected) = tried.document(operation, field), FOREIGN[field]
    if operation == "subscription":
        with operator.stream(document) as answers:
            (answer,) = answers
        assert answer["errors"][0]["extensions"]["code"] == expected
        return
    found = operator.ask(document)
    assert found == ({"code": expected} if operation == "mutation" and isinstance(expected, str) else expected)
    assert [house.events(stream) for stream in (tried.job, tried.review)] == before


def test_as_of_a_version_it_is_not_there_either(tried: Tried, operator: Client) -> None:
    as_of = "query ($id: ID!) { job(id: $id, asOf: {version: 2}) { id } }"
    assert operator.ask(as_of, id=tried.job) is None
    assert tried.builder.ask(as_of, id=tried.job) == {"id": tried.job}


def test_lists_have_it_only_where_it_is_asked_for_by_who_may_see_it(tried: Tried, operator: Client) -> None:
    nothing: dict[str, list[str]] = {"jobs": [], "reviews": [], "inbox": []}
    assert tried.lists(operator, **OF_PREVIEWS) == nothing
    assert tried.lists(operator, **OF_JOBS) == nothing
    assert tried.lists(tried.builder, **OF_JOBS) == nothing
    found = {"jobs": [tried.job], "reviews": [tried.review], "inbox": [tried.review]}
    assert tried.lists(tried.builder, **OF_PREVIEWS) == found


def test_the_workflow_shows_its_previews_to_who_may_see_them(tried: Tried, operator: Client) -> None:
    asked = "query ($id: ID!) { workflow(id: $id) { preview { id reviews { id } } } }"
    assert operator.ask(asked, id=tried.workflow) == {"preview": []}
    shown = {"id": tried.job, "reviews": [{"id": tried.review}]}
    assert tried.builder.ask(asked, id=tried.workflow) == {"preview": [shown]}


def test_an_auditor_sees_it_and_another_builder_decides_nothing_in_it(house: House, tried: Tried) -> None:
    auditor = house.let_in(tried.builder.workspace, "auditor")
    assert auditor.ask("query ($id: ID!) { job(id: $id) { mode } }", id=tried.job) == {"mode": "PREVIEW"}
    other = house.let_in(tried.builder.workspace, "builder")
    claim = "mutation ($id: ID!) { claimReview(input: {reviewId: $id}) { ... on CommandRefused { code } } }"
    assert other.ask(claim, id=tried.review) == {"code": "REVIEW_NOT_YOURS"}


def test_changing_all_jobs_of_a_list_leaves_previews_alone(tried: Tried, operator: Client) -> None:
    change = """
    mutation { changeJobs(input: {change: CANCEL, reason: "x", dryRun: true, filter: {mode: PREVIEW, source: "api"}}) {
      ... on ChangeJobsSuccess { outcomes { jobId } }
    } }
    """
    assert operator.ask(change) == {"outcomes": []}
    assert tried.builder.ask(change) == {"outcomes": [{"jobId": tried.job}]}


def test_live_lists_tell_of_jobs_and_not_of_previews(house: House, admin: Client) -> None:
    operator = house.let_in(admin.workspace, "operator")
    workflow_id, job_workflow = draft(admin), active_workflow(admin, "Others")
    with operator.socket() as one, operator.socket() as other:
        jobs = one.subscribe("1", JOBS, id=str(admin.workspace))
        reviews = other.subscribe("1", REVIEWS, id=str(admin.workspace), filter={})
        assert _told(jobs)["live"]
        assert _told(reviews)["live"]
        preview = previewed(admin, workflow_id)
        report_found(house, admin, preview, preview=True)
        job = started_job(admin, job_workflow)
        report_found(house, admin, job)
        # In the order of the log: what is told first of a preview's events would stand before.
        assert _told(jobs)["jobId"] == job
        assert _told(reviews)["reviewId"] == str(review_of(job))


@pytest.mark.parametrize(
    ("permissions", "of_previews"),
    [
        (("job:read",), "job:read"),
        (("job:read", "audit:read"), "audit:read"),
        (("job:read", "workflow:edit"), "workflow:edit"),
    ],
)
def test_who_follows_a_preview_must_keep_what_shows_it(permissions: tuple[str, ...], of_previews: str) -> None:
    now = datetime.now(UTC)
    who = Identity(UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), "Ann", (), frozenset(permissions), None, now)
    assert to_follow(who, "preview", "job:read") == of_previews
    assert to_follow(who, "job", "job:read") == "job:read"
    assert may_see(who, "preview") == (len(permissions) > 1)


def _told(answers: Iterator[dict[str, Any]]) -> Any:
    answer = next(answers)
    assert "errors" not in answer, answer
    (message,) = answer["data"].values()
    return message
