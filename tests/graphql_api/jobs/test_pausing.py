"""`pauseJob` and `resumeJob`."""

from __future__ import annotations

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.jobs.test_repairs import repair
from tests.graphql_api.workshop import active_workflow, started_job

JOB = """
query ($id: ID!) { job(id: $id) {
  status pausedSince pauseReason blockers { task waitsFor since summary } history(last: 1) { nodes { at summary reason } }
} }
"""


def test_a_job_is_paused_says_so_and_goes_on_when_resumed(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    assert repair(admin, "pauseJob", jobId=job_id, reason="The bank is closed")["job"]["status"] == "IN_PROGRESS"
    paused = admin.ask(JOB, id=job_id)
    [event] = paused["history"]["nodes"]
    assert event["summary"] == "The job was paused: The bank is closed."
    assert (paused["pausedSince"], paused["pauseReason"]) == (event["at"], "The bank is closed")
    assert paused["blockers"][0] == {
        "task": None,
        "waitsFor": "PAUSE",
        "since": event["at"],
        "summary": "The job is paused: The bank is closed",
    }
    resumed = repair(admin, "resumeJob", jobId=job_id, reason="It is open")
    assert resumed["__typename"] == "ResumeJobSuccess"
    after = admin.ask(JOB, id=job_id)
    assert (after["pausedSince"], after["pauseReason"]) == (None, None)
    assert after["history"]["nodes"][0]["summary"] == "The job was resumed: It is open."


def test_pausing_and_resuming_twice_change_nothing(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    for name, reason in (("pauseJob", "Wait."), ("resumeJob", None)):
        repair(admin, name, jobId=job_id, reason=reason)
        before = house.events(job_id)
        assert "Success" in repair(admin, name, jobId=job_id, reason="Again.")["__typename"]
        assert house.events(job_id) == before


def test_pausing_needs_a_reason(house: House, admin: Client) -> None:
    job_id = started_job(admin, active_workflow(admin))
    before = house.events(job_id)
    assert repair(admin, "pauseJob", jobId=job_id, reason=" ")["code"] == "REASON_MISSING"
    assert house.events(job_id) == before


@pytest.mark.parametrize("name", ["pauseJob", "resumeJob"])
def test_a_job_that_has_ended_is_refused(house: House, admin: Client, name: str) -> None:
    job_id = started_job(admin, active_workflow(admin))
    repair(admin, "cancelJob", jobId=job_id, reason="Sent twice.")
    before = house.events(job_id)
    assert repair(admin, name, jobId=job_id, reason="Late.")["code"] == "JOB_HAS_ENDED"
    assert house.events(job_id) == before


@pytest.mark.parametrize("name", ["pauseJob", "resumeJob"])
def test_strangers_and_auditors_do_neither(house: House, admin: Client, name: str) -> None:
    job_id = started_job(admin, active_workflow(admin))
    stranger, auditor = house.open_workspace(), house.let_in(admin.workspace, "auditor")
    before = house.events(job_id)
    assert repair(stranger, name, jobId=job_id, reason="Mine.")["code"] == "JOB_NOT_FOUND"
    assert repair(auditor, name, jobId=job_id, reason="Mine.")["code"] == "PERMISSION_MISSING"
    assert house.events(job_id) == before
