"""What tests of the API work on: a small workflow with a review, and the hands of a runner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.ids import derive
from domain.jobs.commands import RecordTaskFailed, RecordTaskSucceeded
from domain.jobs.facts import facts
from domain.jobs.run import Failure, Run, Source
from domain.jobs.state import Job
from domain.reviews.commands import RequestReview
from domain.reviews.events import Assignment
from tests.graphql_api.house import Client, House

CREATE = """
mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) {
    __typename
    ... on CreateWorkflowSuccess { workflowId position workflow { id name status eventVersion draft { number } } }
    ... on CommandRefused { code message details { path expected found } }
  }
}
"""
ACTIVATE = """
mutation ($input: ActivateWorkflowInput!) {
  activateWorkflow(input: $input) {
    __typename
    ... on ActivateWorkflowSuccess { workflowId position workflow { status active { number graphHash } draft { number } } }
    ... on CommandRefused { code message details { path expected found } }
  }
}
"""
START = """
mutation ($input: StartJobInput!) {
  startJob(input: $input) {
    __typename
    ... on StartJobSuccess { jobId position job { status title } }
    ... on CommandRefused { code message retryable details { path expected found message } }
  }
}
"""
TEXT = {"type": "str"}
DECIMAL = {"type": "decimal"}

FIND = {
    "code": "total = amount\nvendor = 'Acme'",
    "inputs": [{"name": "amount", "type": DECIMAL}],
    "outputs": [{"name": "total", "type": DECIMAL}, {"name": "vendor", "type": TEXT}],
}


def operations(on_error: str = "FAIL_JOB") -> list[dict[str, Any]]:
    """An amount goes to `find`, what that finds is judged by a reviewer at `approve`, and is the output."""
    approve = {"reviews": "find", "guidance": "Is the total right?", "assignment": {"roles": ["reviewer"]}}
    return [
        {"declareInput": {"input": {"name": "amount", "type": DECIMAL}}},
        {"declareInput": {"input": {"name": "note", "type": TEXT, "required": False}}},
        {"declareInput": {"input": {"name": "paper", "type": {"type": "file"}, "required": False}}},
        {"declareOutput": {"output": {"name": "total", "type": DECIMAL}}},
        {"addTask": {"task": "find", "kind": "code", "label": "Find", "config": FIND, "policy": {"onError": on_error}}},
        {"addTask": {"task": "approve", "kind": "human_review", "config": approve}},
        {"connectEdge": {"edge": {"path": ["amount"], "target": "find", "input": "amount"}}},
        {"connectEdge": {"edge": {"source": "approve", "path": ["total"], "input": "total"}}},
    ]


def active_workflow(client: Client, name: str = "Invoices", on_error: str = "FAIL_JOB") -> str:
    """The id of an active workflow."""
    created = client.ask(CREATE, input={"name": name, "operations": operations(on_error)})
    assert created["__typename"] == "CreateWorkflowSuccess", created
    activated = client.ask(ACTIVATE, input={"workflowId": created["workflowId"]})
    assert activated["__typename"] == "ActivateWorkflowSuccess", activated
    workflow_id: str = created["workflowId"]
    return workflow_id


def given(name: str, json: Any) -> dict[str, Any]:
    """A named value."""
    return {"name": name, "value": {"json": json}}


def started_job(client: Client, workflow_id: str, amount: str = "12.30", **more: Any) -> str:
    """The id of a job that has just started: `find` is being performed."""
    started = client.ask(START, input={"workflowId": workflow_id, "inputs": [given("amount", amount)], **more})
    assert started["__typename"] == "StartJobSuccess", started
    job_id: str = started["jobId"]
    return job_id


def report_found(
    house: House,
    client: Client,
    job_id: str,
    total: Any = "12.30",
    vendor: Any = "Acme",
    attempt: int = 1,
    *,
    preview: bool = False,
) -> int:
    """What a runner does when `find` has ended well: reports it and, in a preview, has the review requested. Gives the last position."""
    outputs = {"total": total, "vendor": vendor}
    job: Job
    job, _ = house.do(house.system.dispatch.load("job", UUID(job_id), client.workspace))
    run, now = Run(task="find", attempt=attempt), datetime.now(UTC)
    told = facts(job.index.graph, "find", outputs)
    command = RecordTaskSucceeded(at=now, job_id=UUID(job_id), run=run, outputs=outputs, facts=told)
    position = house.send(command, client.workspace, "runner:test").position
    review = RequestReview(
        at=now,
        review_id=review_of(job_id),
        job_id=UUID(job_id),
        run=Run(task="approve"),
        reviewed=run,
        shown={"reviewed": Source(run=run, path=())},
        guidance="Is the total right?",
        assignment=Assignment(members=(client.member,)),
        job_started_by=f"member:{client.member}",
        preview=True,
    )
    if preview:
        position = house.send(review, client.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
    return position


def report_failed(house: House, client: Client, job_id: str, attempt: int = 1) -> int:
    """What a runner does when `find` has failed."""
    command = RecordTaskFailed(
        at=datetime.now(UTC),
        job_id=UUID(job_id),
        run=Run(task="find", attempt=attempt),
        error=Failure(code="CODE_FAILED", message="Expected a number, but got none.", details={"line": 3}),
    )
    position = house.send(command, client.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
    return position


def review_of(job_id: str) -> UUID:
    """The id of the review that a job's `approve` asks for."""
    return derive(UUID(job_id), "review", Run(task="approve").text)
