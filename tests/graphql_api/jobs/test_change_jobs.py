"""`changeJobs`: the same to many jobs, each changed or refused on its own, and told beforehand by a dry run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, report_failed, started_job

CHANGE = """
mutation ($input: ChangeJobsInput!) {
  changeJobs(input: $input) {
    __typename
    ... on ChangeJobsSuccess {
      position outcomes { jobId changed refusal { code } } changed refused hasNextPage endCursor
    }
    ... on CommandRefused { code message }
  }
}
"""
STATUS = "query ($id: ID!, $at: Position) { job(id: $id, atLeastPosition: $at) { status reason } }"


def change(client: Client, what: str = "CANCEL", **more: Any) -> Any:
    """Changes jobs."""
    return client.ask(CHANGE, input={"change": what, "reason": "Sent by mistake.", **more})


def told(answer: Any) -> list[tuple[str, bool, str | None]]:
    """What became of each job."""
    return [
        (each["jobId"], each["changed"], each["refusal"] and each["refusal"]["code"]) for each in answer["outcomes"]
    ]


@pytest.fixture
def jobs(admin: Client) -> list[str]:
    """Five jobs of one workflow, the newest first."""
    workflow = active_workflow(admin)
    return [started_job(admin, workflow, tags=["wrong"]) for _ in range(5)][::-1]


def test_jobs_of_a_filter_are_cancelled_page_by_page(admin: Client, jobs: list[str]) -> None:
    first = change(admin, filter={"tagsAll": ["wrong"]}, first=3)
    assert told(first) == [(job, True, None) for job in jobs[:3]]
    assert (first["changed"], first["refused"], first["hasNextPage"]) == (3, 0, True)
    rest = change(admin, filter={"tagsAll": ["wrong"]}, first=3, after=first["endCursor"])
    assert told(rest) == [(job, True, None) for job in jobs[3:]]
    assert not rest["hasNextPage"]
    assert admin.ask(STATUS, id=jobs[4], at=rest["position"]) == {"status": "CANCELLED", "reason": "Sent by mistake."}


def test_a_dry_run_tells_the_same_and_writes_nothing(house: House, admin: Client, jobs: list[str]) -> None:
    change(admin, jobIds=[jobs[0]])
    before = house.last_position()
    asked: dict[str, Any] = {"jobIds": [*jobs, str(admin.member)]}
    dry = change(admin, **asked, dryRun=True)
    assert house.last_position() == before
    expected = [(jobs[0], False, None), *[(job, True, None) for job in jobs[1:]]]
    assert told(dry) == [*expected, (str(admin.member), False, "JOB_NOT_FOUND")]
    assert told(change(admin, **asked)) == told(dry)
    assert house.last_position() > before


def test_each_job_is_refused_on_its_own(house: House, admin: Client, jobs: list[str]) -> None:
    report_failed(house, admin, jobs[1])
    answer = change(admin, jobIds=jobs[:3])
    assert told(answer) == [(jobs[0], True, None), (jobs[1], False, "JOB_HAS_ENDED"), (jobs[2], True, None)]
    assert (answer["changed"], answer["refused"]) == (2, 1)


def test_a_filter_without_statuses_is_of_jobs_that_have_not_ended(house: House, admin: Client, jobs: list[str]) -> None:
    report_failed(house, admin, jobs[1])
    answer = change(admin, filter={"tagsAll": ["wrong"]}, dryRun=True)
    assert [job for job, _, _ in told(answer)] == [jobs[0], *jobs[2:]]
    answer = change(admin, filter={"tagsAll": ["wrong"], "statuses": ["FAILED"]}, dryRun=True)
    assert told(answer) == [(jobs[1], False, "JOB_HAS_ENDED")]


def test_what_is_held_is_tried_again_or_given_up(house: House, admin: Client) -> None:
    workflow = active_workflow(admin, on_error="HOLD")
    held = [started_job(admin, workflow) for _ in range(2)]
    free = started_job(admin, workflow)
    for job in held:
        report_failed(house, admin, job)
    assert told(change(admin, "RETRY_HELD", jobIds=[*held, free], dryRun=True)) == [
        (held[0], True, None),
        (held[1], True, None),
        (free, False, "NOTHING_HELD"),
    ]
    assert told(change(admin, "RETRY_HELD", jobIds=[held[0], free], reason=None)) == [
        (held[0], True, None),
        (free, False, "NOTHING_HELD"),
    ]
    assert house.events(held[0])[-2:] == ["job.task_retried.v1", "job.task_started.v1"]
    assert told(change(admin, "GIVE_UP_HELD", filter={"workflowId": workflow, "statuses": ["WAITING"]})) == [
        (held[1], True, None)
    ]
    assert house.events(held[1])[-1] == "job.failed.v1"


def test_jobs_are_paused_and_resumed(house: House, admin: Client, jobs: list[str]) -> None:
    assert told(change(admin, "PAUSE", jobIds=jobs[:2])) == [(job, True, None) for job in jobs[:2]]
    assert told(change(admin, "PAUSE", jobIds=jobs[:3], dryRun=True)) == [
        (jobs[0], False, None),
        (jobs[1], False, None),
        (jobs[2], True, None),
    ]
    assert told(change(admin, "RESUME", filter={"tagsAll": ["wrong"]}, reason=None))[:3] == [
        (jobs[0], True, None),
        (jobs[1], True, None),
        (jobs[2], False, None),
    ]
    assert house.events(jobs[0])[-2:] == ["job.paused.v1", "job.resumed.v1"]


def test_a_call_repeated_with_its_command_id_changes_no_job_twice(house: House, admin: Client) -> None:
    workflow = active_workflow(admin, on_error="HOLD")
    job = started_job(admin, workflow)
    report_failed(house, admin, job)
    first = change(admin, "RETRY_HELD", jobIds=[job], commandId="again")
    assert told(first) == [(job, True, None)]
    report_failed(house, admin, job, attempt=2)
    before = house.last_position()
    assert told(change(admin, "RETRY_HELD", jobIds=[job], commandId="again")) == [(job, True, None)]
    assert house.last_position() == before
    reused = change(admin, "GIVE_UP_HELD", jobIds=[job], commandId="again")
    assert told(reused) == [(job, False, "COMMAND_ID_REUSED")]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "NOTHING_CHOSEN"),
        ({"filter": {}}, "NOTHING_CHOSEN"),
        ({"filter": {"source": "api"}, "jobIds": []}, "NOTHING_CHOSEN"),
        ({"jobIds": []}, "TOO_MANY_JOBS"),
        ({"jobIds": ["x"] * 501}, "TOO_MANY_JOBS"),
        ({"filter": {"source": "api"}, "first": 501}, "ARGUMENT_REFUSED"),
        ({"filter": {"source": "api"}, "reason": " "}, "REASON_MISSING"),
    ],
)
def test_a_choice_that_is_none_changes_nothing(house: House, admin: Client, asked: dict[str, Any], code: str) -> None:
    before = house.last_position()
    assert change(admin, **asked)["code"] == code
    assert house.last_position() == before


def test_another_workspaces_jobs_are_not_found_and_an_auditor_changes_none(
    house: House, admin: Client, jobs: list[str]
) -> None:
    stranger, auditor = house.open_workspace(), house.let_in(admin.workspace, "auditor")
    before = house.events(jobs[0])
    assert told(change(stranger, jobIds=[jobs[0]])) == [(jobs[0], False, "JOB_NOT_FOUND")]
    assert told(change(stranger, filter={"tagsAll": ["wrong"]})) == []
    assert change(auditor, jobIds=[jobs[0]])["code"] == "PERMISSION_MISSING"
    assert house.events(jobs[0]) == before
