"""On what an outcome rests, and what it used up, as the API shows them of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.jobs.commands import RecordTaskFailed, RecordTaskSucceeded, RunCommand
from domain.jobs.run import Facts, Failure, Run, Usage
from domain.money import Cost
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow, started_job

RUN = """
query ($id: ID!) { job(id: $id) { tasks(first: 1) { nodes {
  status evidence { name json type { name } }
  usage { provider model requests inputTokens outputTokens cost { amount currency } }
} } } }
"""
USAGE = Usage(
    provider="p", model="m", requests=2, input_tokens=3, output_tokens=4, cost=Cost(amount="0.015", currency="EUR")
)
EVIDENCE = {"$$prompt": "Which?", "answer": {"total": "1"}}
SHOWN = {
    "evidence": {"name": "evidence", "json": {"$prompt": "Which?", "answer": {"total": "1"}}, "type": None},
    "usage": {
        "provider": "p",
        "model": "m",
        "requests": 2,
        "inputTokens": 3,
        "outputTokens": 4,
        "cost": {"amount": "0.015", "currency": "EUR"},
    },
}


def reported(house: House, client: Client, command: type[RunCommand], **told: Any) -> dict[str, Any]:
    """The first run of a job after a report of its runner."""
    job_id = started_job(client, active_workflow(client))
    assert client.ask(RUN, id=job_id)["tasks"]["nodes"] == [{"status": "RUNNING", "evidence": None, "usage": None}]
    report = command(at=datetime.now(UTC), job_id=UUID(job_id), run=Run(task="find"), **told)
    position = house.send(report, client.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
    run: dict[str, Any] = client.ask(RUN, id=job_id)["tasks"]["nodes"][0]
    return run


def test_they_are_shown_of_a_run_that_succeeded(house: House, admin: Client) -> None:
    outputs = {"total": "1", "vendor": "Acme"}
    told = {"outputs": outputs, "facts": Facts(), "evidence": EVIDENCE, "usage": USAGE}
    assert reported(house, admin, RecordTaskSucceeded, **told) == {"status": "SUCCEEDED", **SHOWN}


def test_they_are_shown_of_a_run_that_failed(house: House, admin: Client) -> None:
    error = Failure(code="CODE_FAILED", message="It broke.")
    run = reported(house, admin, RecordTaskFailed, error=error, evidence=EVIDENCE, usage=USAGE)
    assert run == {"status": "FAILED", **SHOWN}


def test_a_run_that_told_nothing_has_none(house: House, admin: Client) -> None:
    outputs = {"total": "1", "vendor": "Acme"}
    run = reported(house, admin, RecordTaskSucceeded, outputs=outputs, facts=Facts())
    assert run == {"status": "SUCCEEDED", "evidence": None, "usage": None}
