"""The time limit of a job through the API."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.workflows.test_edit_workflow import draft, edit
from tests.graphql_api.workshop import ACTIVATE, START, active_workflow, given, started_job

LIMIT = "query ($id: ID!) { workflow(id: $id) { draft { timeLimitSeconds } } }"
DUE = "query ($id: ID!) { job(id: $id) { createdAt dueAt } }"


def test_an_edit_sets_it_and_takes_it_back(admin: Client) -> None:
    workflow_id = draft(admin)
    edit(admin, workflow_id, {"setTimeLimit": {"timeLimitSeconds": 90}})
    assert admin.ask(LIMIT, id=workflow_id) == {"draft": {"timeLimitSeconds": 90}}
    edit(admin, workflow_id, {"setTimeLimit": {"timeLimitSeconds": None}})
    assert admin.ask(LIMIT, id=workflow_id) == {"draft": {"timeLimitSeconds": None}}


def test_a_job_says_when_it_times_out(admin: Client) -> None:
    workflow_id = draft(admin)
    edit(admin, workflow_id, {"setTimeLimit": {"timeLimitSeconds": 90}})
    admin.ask(ACTIVATE, input={"workflowId": workflow_id})
    assert admin.ask(DUE, id=started_job(admin, workflow_id))["dueAt"] is not None
    assert admin.ask(DUE, id=started_job(admin, active_workflow(admin, "Unlimited")))["dueAt"] is None


def test_a_start_that_asks_for_nonsense_is_refused(house: House, admin: Client) -> None:
    workflow_id = active_workflow(admin)
    before = house.last_position()
    asked = {"workflowId": workflow_id, "inputs": [given("amount", "1")], "timeLimitSeconds": 0}
    refused = admin.ask(START, input=asked)
    assert refused["code"] == "TIME_LIMIT_WRONG"
    assert house.last_position() == before
