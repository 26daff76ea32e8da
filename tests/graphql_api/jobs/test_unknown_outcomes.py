"""An effect of unknown outcome is resolved through the API by a person with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.graph import Graph, GraphInput, GraphOutput, GraphTask
from domain.jobs.commands import RecordEffectBegan, RecordOutcomeUnknown, StartJob
from domain.jobs.run import Facts, Run
from domain.types import TextType
from domain.workflows.compile import graph_bytes
from tests.graphql_api.house import Client, House, new_id
from tests.graphql_api.jobs.test_repairs import repair
from tests.graphql_api.workshop import given

TEXT = TextType()
PAY = GraphTask(
    name="pay",
    kind="export_data",
    repetition="once",
    inputs=(GraphInput(name="x", type=TEXT, required=False),),
    outputs=(GraphOutput(name="receipt", type=TEXT),),
)


@pytest.fixture
def unknown(house: House, admin: Client) -> str:
    """A job whose `pay` may have happened or not."""
    stored = house.do(house.system.blobs.put(admin.workspace, graph_bytes(Graph(tasks=(PAY,))), "application/json"))
    job_id, now, run = new_id(), datetime.now(UTC), Run(task="pay")
    start = StartJob(
        at=now, job_id=job_id, workflow_id=uuid4(), workflow_version=1, graph=stored.hash, inputs={}, facts=Facts()
    )
    for command in (start, RecordEffectBegan(at=now, job_id=job_id, run=run)):
        house.send(command, admin.workspace, "runner:test")
    lost = RecordOutcomeUnknown(at=now, job_id=job_id, run=run)
    position = house.send(lost, admin.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
    return str(job_id)


def test_who_knows_that_it_did_not_happen_has_it_tried_again(admin: Client, unknown: str) -> None:
    retried = repair(admin, "retryTask", jobId=unknown, run="pay#1.1", reason="The bank has no such payment")
    assert [(task["run"], task["status"], task["reason"]) for task in retried["job"]["tasks"]["nodes"]] == [
        ("pay#1.1", "OUTCOME_UNKNOWN", "The bank has no such payment"),
        ("pay#1.2", "RUNNING", None),
    ]


def test_who_knows_that_it_happened_gives_its_outputs(admin: Client, unknown: str) -> None:
    corrected = repair(
        admin, "correctTask", jobId=unknown, run="pay#1.1", outputs=[given("receipt", "B-17")], reason="The bank has it"
    )
    assert corrected["job"]["status"] == "COMPLETED"


def test_who_cannot_know_gives_it_up(admin: Client, unknown: str) -> None:
    given_up = repair(admin, "giveUpTask", jobId=unknown, run="pay#1.1", reason="Nobody can tell")
    assert (given_up["job"]["status"], given_up["job"]["error"]["code"]) == ("FAILED", "OUTCOME_UNKNOWN")


@pytest.mark.parametrize("name", ["retryTask", "correctTask", "giveUpTask"])
def test_nobody_resolves_it_without_a_reason(house: House, admin: Client, unknown: str, name: str) -> None:
    before = house.events(unknown)
    more = {"outputs": [given("receipt", "B-17")]} if name == "correctTask" else {}
    refused = repair(admin, name, jobId=unknown, run="pay#1.1", reason=" ", **more)
    assert refused["code"] == "REASON_MISSING"
    assert house.events(unknown) == before
