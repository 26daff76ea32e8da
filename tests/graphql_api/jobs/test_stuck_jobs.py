"""`workspace.stuckJobs`."""

from __future__ import annotations

from tests.graphql_api.house import Client, House
from tests.graphql_api.jobs.test_retries import retrying_job
from tests.graphql_api.workshop import active_workflow, report_found, started_job

STUCK = "query ($id: ID!) { workspace(id: $id) { stuckJobs { because run since job { id status } } } }"


def test_what_waits_for_something_named_is_not_stuck(house: House, admin: Client) -> None:
    retrying_job(house, admin)
    report_found(house, admin, started_job(admin, active_workflow(admin, "Others")))
    assert admin.ask(STUCK, id=str(admin.workspace)) == {"stuckJobs": []}


def test_what_is_to_be_performed_while_no_runner_is_there_is_told(admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    [stuck] = admin.ask(STUCK, id=str(admin.workspace))["stuckJobs"]
    assert (stuck["because"], stuck["job"]) == ("NO_RUNNER", {"id": job_id, "status": "IN_PROGRESS"})


def test_strangers_see_nothing_of_it(house: House, admin: Client) -> None:
    started_job(admin, active_workflow(admin))
    stranger = house.open_workspace()
    assert stranger.ask(STUCK, id=str(stranger.workspace)) == {"stuckJobs": []}
