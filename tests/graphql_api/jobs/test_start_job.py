"""`startJob` and `startJobs`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.jobs.events import JobStarted
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import CREATE, START, active_workflow, given, operations, started_job

START_MANY = """
mutation ($input: StartJobsInput!) {
  startJobs(input: $input) {
    __typename
    ... on StartJobsSuccess {
      position
      results {
        __typename
        ... on StartJobSuccess { jobId position }
        ... on CommandRefused { code details { path } }
      }
    }
    ... on CommandRefused { code message }
  }
}
"""
INPUTS = (
    "query ($id: ID!) { job(id: $id) { inputs { name type { name } json size url file { name size mediaType url } } } }"
)


def test_a_job_starts_on_the_active_version(house: House, admin: Client) -> None:
    started = admin.ask(
        START,
        input={"workflowId": active_workflow(admin), "inputs": [given("amount", "12.30")], "title": "March"},
    )
    assert started["job"] == {"status": "IN_PROGRESS", "title": "March"}
    assert house.events(started["jobId"]) == ["job.started.v1", "job.task_started.v1"]


def test_a_missing_a_wrong_and_an_unknown_input_are_refused_together_and_nothing_is_written(
    house: House, admin: Client
) -> None:
    workflow_id = active_workflow(admin)
    before = house.last_position()
    inputs = [given("note", 7), given("colour", "red")]
    refused = admin.ask(START, input={"workflowId": workflow_id, "inputs": inputs})
    assert (refused["code"], refused["retryable"]) == ("JOB_INPUTS_WRONG", False)
    assert sorted((d["path"], d["expected"], d["found"]) for d in refused["details"]) == [
        ("input amount", "a value", "nothing"),
        ("input colour", "an input of the workflow", "an unknown name"),
        ("input note", "text", "a number"),
    ]
    assert house.last_position() == before


def test_an_input_given_twice_is_refused(house: House, admin: Client) -> None:
    inputs = [given("amount", "1"), given("amount", "2")]
    refused = admin.ask(START, input={"workflowId": active_workflow(admin), "inputs": inputs})
    assert refused["details"][0]["message"] == "Expected one value for input amount, but got two."


def test_the_same_idempotency_key_gives_the_same_job(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    first = started_job(admin, workflow_id, idempotencyKey="march")
    before = house.last_position()
    assert started_job(admin, workflow_id, idempotencyKey="march") == first
    operator = house.let_in(admin.workspace, "operator")
    between = house.last_position()
    assert started_job(operator, workflow_id, idempotencyKey="march") == first
    assert house.last_position() == between == before + 2  # the member and the key


def test_the_same_key_with_another_start_is_refused(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    started_job(admin, workflow_id, idempotencyKey="march")
    before = house.last_position()
    refused = admin.ask(
        START, input={"workflowId": workflow_id, "inputs": [given("amount", "99")], "idempotencyKey": "march"}
    )
    assert refused["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert house.last_position() == before


def test_a_key_gives_its_job_also_after_the_workflow_was_archived(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    first = started_job(admin, workflow_id, idempotencyKey="march")
    archive = "mutation ($input: ArchiveWorkflowInput!) { archiveWorkflow(input: $input) { __typename } }"
    admin.ask(archive, input={"workflowId": workflow_id})
    assert started_job(admin, workflow_id, idempotencyKey="march") == first


def test_a_key_of_another_workspace_is_free(house: House, admin: Client) -> None:
    other = house.open_workspace()
    first = started_job(admin, active_workflow(admin), idempotencyKey="march")
    assert started_job(other, active_workflow(other), idempotencyKey="march") != first


def test_a_draft_runs_no_jobs(house: House, admin: Client) -> None:
    created = admin.ask(CREATE, input={"name": "Draft", "operations": operations()})
    before = house.last_position()
    refused = admin.ask(START, input={"workflowId": created["workflowId"], "inputs": [given("amount", "1")]})
    assert refused["code"] == "WORKFLOW_NOT_ACTIVE"
    assert house.last_position() == before


def test_another_workspaces_workflow_is_as_none(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    stranger = house.open_workspace()
    before = house.last_position()
    asked = [{"workflowId": id_, "inputs": [given("amount", "1")]} for id_ in (workflow_id, str(admin.member), "x")]
    refused = [stranger.ask(START, input=each) for each in asked]
    assert [each["code"] for each in refused] == ["WORKFLOW_NOT_FOUND"] * 3
    assert house.last_position() == before


def test_a_reviewer_starts_no_jobs(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    reviewer = house.let_in(admin.workspace, "reviewer")
    refused = reviewer.ask(START, input={"workflowId": workflow_id, "inputs": [given("amount", "1")]})
    assert refused["code"] == "PERMISSION_MISSING"


def test_a_large_value_is_kept_outside_the_log_and_shown_by_a_link(house: House, admin: Client) -> None:
    text = "ä€😀" * 10_000
    inputs = [given("amount", "1"), given("note", text)]
    job_id = admin.ask(START, input={"workflowId": active_workflow(admin), "inputs": inputs})["jobId"]
    (first,) = house.do(house.system.reader.read_stream(UUID(job_id), limit=1))
    event = house.system.mapper.event(first)
    assert isinstance(event, JobStarted)
    assert event.inputs["note"].keys() == {"$blob"}
    note = next(each for each in admin.ask(INPUTS, id=job_id)["inputs"] if each["name"] == "note")
    assert note["json"] is None
    assert note["size"] == len(text.encode()) + 2
    assert admin.http.get(note["url"]).json() == text
    whole = admin.ask("query ($id: ID!) { job(id: $id) { inputs { name json(whole: true) } } }", id=job_id)
    assert {"name": "note", "json": text} in whole["inputs"]


def test_a_stored_file_is_an_input(house: House, admin: Client) -> None:
    stored = admin.http.post("/files", files={"file": ("a.pdf", b"%PDF-1.7", "application/pdf")}).json()
    inputs = [given("amount", "1"), {"name": "paper", "value": {"file": stored["id"]}}]
    started = admin.ask(START, input={"workflowId": active_workflow(admin), "inputs": inputs})
    paper = admin.ask(INPUTS, id=started["jobId"])["inputs"][1]
    url = paper["file"].pop("url")
    assert paper["file"] == {"name": "a.pdf", "size": 8, "mediaType": "application/pdf"}
    assert admin.http.get(url).content == b"%PDF-1.7"


def test_a_file_of_another_workspace_is_no_file(house: House, admin: Client) -> None:
    stranger = house.open_workspace()
    stored = stranger.http.post("/files?name=a.txt", content=b"secret").json()
    inputs = [given("amount", "1"), {"name": "paper", "value": {"file": stored["id"]}}]
    refused = admin.ask(START, input={"workflowId": active_workflow(admin), "inputs": inputs})
    assert refused["details"] == [
        {
            "path": "input paper",
            "expected": "the id of a stored file",
            "found": "another id",
            "message": "Expected the id of a stored file for input paper, but got another id.",
        }
    ]


def test_a_forged_file_is_no_file(house: House, admin: Client) -> None:
    stored = admin.http.post("/files?name=a.txt", content=b"secret").json()
    (record,) = house.do(house.system.reader.read_stream(UUID(stored["id"])))
    content: Any = house.system.mapper.event(record)
    forged = {"name": "a.txt", "content": content.content}
    inputs = [given("amount", "1"), given("paper", forged)]
    refused = admin.ask(START, input={"workflowId": active_workflow(admin), "inputs": inputs})
    assert [detail["path"] for detail in refused["details"]] == ["input paper"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb"])
def test_a_key_that_cannot_be_kept_is_refused(admin: Client, key: str) -> None:
    refused = admin.ask(
        START, input={"workflowId": active_workflow(admin), "inputs": [given("amount", "1")], "idempotencyKey": key}
    )
    assert refused["code"] == "ARGUMENT_REFUSED"


def test_each_of_many_is_started_or_refused_on_its_own(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    jobs = [{"workflowId": workflow_id, "inputs": [given("amount", str(number))]} for number in range(98)]
    jobs.insert(3, {"workflowId": workflow_id, "inputs": []})
    jobs.insert(50, {"workflowId": str(admin.member), "inputs": []})
    answer = admin.ask(START_MANY, input={"jobs": jobs})
    assert answer["__typename"] == "StartJobsSuccess"
    kinds = [result["__typename"] for result in answer["results"]]
    assert [place for place, kind in enumerate(kinds) if kind == "CommandRefused"] == [3, 50]
    assert len({result["jobId"] for result in answer["results"] if "jobId" in result}) == 98
    listed = "query ($id: ID!, $at: Position) { workspace(id: $id) { jobs(first: 100, atLeastPosition: $at) { nodes { id } } } }"
    shown = admin.ask(listed, id=str(admin.workspace), at=answer["position"])["jobs"]["nodes"]
    assert len(shown) == 98


def test_many_repeated_with_their_command_id_are_started_once(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    jobs = [{"workflowId": workflow_id, "inputs": [given("amount", str(number))]} for number in range(10)]
    first = admin.ask(START_MANY, input={"jobs": jobs, "commandId": "batch"})
    before = house.last_position()
    again = admin.ask(START_MANY, input={"jobs": jobs, "commandId": "batch"})
    assert [each["jobId"] for each in again["results"]] == [each["jobId"] for each in first["results"]]
    assert house.last_position() == before


def test_many_with_keys_of_their_own_are_one_unit_and_told_again_are_the_same_jobs(admin: Client) -> None:
    workflow_id = active_workflow(admin)
    one = {"workflowId": workflow_id, "inputs": [given("amount", "1")]}
    asked = {"jobs": [{**one, "idempotencyKey": f"key {number}"} for number in range(30)]}
    first = admin.ask(START_MANY, input=asked)
    assert {result["position"] for result in first["results"]} == {first["position"]}
    again = admin.ask(START_MANY, input=asked)
    assert [result["jobId"] for result in again["results"]] == [result["jobId"] for result in first["results"]]


def test_more_than_a_hundred_at_once_are_refused(house: House, admin: Client) -> None:
    jobs = [{"workflowId": str(admin.member)}] * 101
    refused = admin.ask(START_MANY, input={"jobs": jobs})
    assert (refused["code"], refused["message"]) == (
        "TOO_MANY_STARTS",
        "Expected 1 to 100 jobs in one call, but got 101.",
    )
