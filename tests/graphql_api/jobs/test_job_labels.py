"""Tags, priority, business key and source: given with the start, shown, and searched by."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import START, active_workflow, given, started_job

LABELS = "query ($id: ID!) { job(id: $id) { title tags priority businessKey source } }"
LIST = (
    "query ($workspace: ID!, $filter: JobFilter!) { workspace(id: $workspace) "
    "{ jobs(filter: $filter) { nodes { id } } } }"
)
SAID: dict[str, Any] = {
    "title": "Invoice of Müller",
    "tags": ["march", "paper"],
    "priority": "URGENT",
    "businessKey": "INV-4711",
}


def listed(client: Client, **chosen: Any) -> list[str]:
    """The ids of the jobs of a filter, the newest first."""
    answer = client.ask(LIST, workspace=str(client.workspace), filter=chosen)
    return [job["id"] for job in answer["jobs"]["nodes"]]


def test_a_job_shows_how_it_was_labelled(admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin), **SAID, source="billing")
    assert admin.ask(LABELS, id=job_id) == SAID | {"source": "billing"}
    plain = started_job(admin, active_workflow(admin, "Plain"))
    assert admin.ask(LABELS, id=plain) == {
        "title": None,
        "tags": [],
        "priority": "NORMAL",
        "businessKey": None,
        "source": "api",
    }


def test_jobs_are_searched_by_their_labels(admin: Client) -> None:
    workflow = active_workflow(admin)
    first = started_job(admin, workflow, **SAID)
    second = started_job(admin, workflow, title="Invoice 2", tags=["april"], source="billing")
    assert listed(admin, text="invoice") == [second, first]
    assert listed(admin, text="MÜL invo") == [first]
    assert listed(admin, text="  ") == [second, first]
    assert listed(admin, tagsAny=["march", "april"]) == [second, first]
    assert listed(admin, tagsAll=["march", "april"]) == []
    assert listed(admin, priority="URGENT") == [first]
    assert listed(admin, businessKey="INV-4711") == [first]
    assert listed(admin, source="billing", workflowId=workflow) == [second]


def test_a_search_that_cannot_be_is_refused(admin: Client) -> None:
    answer = admin.error(LIST, workspace=str(admin.workspace), filter={"text": "&"})
    assert answer["message"] == "Expected words of letters or digits for text, but got none."
    answer = admin.error(LIST, workspace=str(admin.workspace), filter={"tagsAny": ["x"] * 21})
    assert answer["message"] == "Expected at most 20 tags for tagsAny, but got 21."


def test_labels_of_another_workspace_find_nothing(house: House, admin: Client) -> None:
    started_job(admin, active_workflow(admin), **SAID)
    stranger = house.open_workspace()
    assert listed(stranger, businessKey="INV-4711") == listed(stranger, text="invoice") == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"tags": ["x" * 51]}, "JOB_LABELS_WRONG"),
        ({"businessKey": " "}, "JOB_LABELS_WRONG"),
        ({"source": "schedule"}, "ARGUMENT_REFUSED"),
        ({"source": "With Spaces"}, "JOB_LABELS_WRONG"),
    ],
)
def test_labels_that_cannot_be_kept_start_nothing(house: House, admin: Client, said: dict[str, Any], code: str) -> None:
    workflow = active_workflow(admin)
    before = house.last_position()
    refused = admin.ask(START, input={"workflowId": workflow, "inputs": [given("amount", "1")], **said})
    assert refused["code"] == code
    assert house.last_position() == before


@pytest.mark.parametrize("other", [{"title": "April"}, {"tags": ["april"]}, {"priority": "LOW"}, {"businessKey": "x"}])
def test_the_same_idempotency_key_with_other_labels_is_refused(admin: Client, other: dict[str, Any]) -> None:
    workflow = active_workflow(admin)
    first = started_job(admin, workflow, **SAID, idempotencyKey="march")
    assert started_job(admin, workflow, **SAID, idempotencyKey="march") == first
    inputs = {"workflowId": workflow, "inputs": [given("amount", "12.30")], "idempotencyKey": "march"}
    assert admin.ask(START, input={**inputs, **SAID, **other})["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_key_is_the_same_in_both_mutations(admin: Client) -> None:
    workflow = active_workflow(admin)
    first = started_job(admin, workflow, **SAID, idempotencyKey="march")
    many = "mutation ($input: StartJobsInput!) { startJobs(input: $input) { ... on StartJobsSuccess { results { ... on StartJobSuccess { jobId } ... on CommandRefused { code } } } } }"
    asked = {"workflowId": workflow, "inputs": [given("amount", "12.30")], "idempotencyKey": "march"}
    answer = admin.ask(many, input={"jobs": [{**asked, **SAID}, asked]})
    assert answer["results"] == [{"jobId": first}, {"code": "IDEMPOTENCY_KEY_REUSED"}]
