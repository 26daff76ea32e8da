"""The workflows the tests run, made and started through the public API."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from tests.acceptance.client import Client
from tests.acceptance.log import until

STARTS_TOGETHER = 100
TEXT = {"type": "str"}

_CREATE = """
mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) {
    __typename ... on CreateWorkflowSuccess { workflowId } ... on CommandRefused { message details { message } }
  }
}
"""
_ACTIVATE = """
mutation ($input: ActivateWorkflowInput!) {
  activateWorkflow(input: $input) {
    __typename ... on ActivateWorkflowSuccess { position } ... on CommandRefused { message details { message } }
  }
}
"""
START = """
mutation ($input: StartJobInput!) {
  startJob(input: $input) {
    __typename
    ... on StartJobSuccess { jobId position }
    ... on CommandRefused { code message retryable details { path expected found message } }
  }
}
"""
_START_MANY = """
mutation ($input: StartJobsInput!) {
  startJobs(input: $input) {
    __typename
    ... on StartJobsSuccess { results { ... on StartJobSuccess { jobId } ... on CommandRefused { message } } }
    ... on CommandRefused { message retryable }
  }
}
"""
REVIEWS = """
query ($job: ID!) { job(id: $job) { status reviews { id status } } }
"""
DECIDE = """
mutation ($input: DecideReviewInput!) {
  decideReview(input: $input) {
    __typename
    ... on DecideReviewSuccess { reviewId position }
    ... on CommandRefused { code message retryable }
  }
}
"""


def given(name: str, value: Any) -> dict[str, Any]:
    """A named value."""
    return {"name": name, "value": {"json": value}}


async def chain(client: Client, tasks: Sequence[float]) -> str:
    """An active workflow of tasks in a row, each taking so many seconds (0: none), from the text `value` to the text `value`."""
    names = [f"step_{number}" for number in range(1, len(tasks) + 1)]
    operations: list[dict[str, Any]] = [
        {"declareInput": {"input": {"name": "value", "type": TEXT}}},
        {"declareOutput": {"output": {"name": "value", "type": TEXT}}},
    ]
    for name, seconds in zip(names, tasks, strict=True):
        slow = {"kind": "slow", "config": {"seconds": seconds}}
        operations.append({"addTask": {"task": name, **(slow if seconds else {"kind": "noop"})}})
    for source, target in zip([None, *names], [*names, None], strict=True):
        operations.append(edge(source, target))
    return await activated(client, operations)


async def grown(client: Client, megabytes: int) -> str:
    """An active workflow whose first task makes a text of so many megabytes, which the second hands on."""
    return await activated(
        client,
        [
            {"declareInput": {"input": {"name": "value", "type": TEXT}}},
            {"declareOutput": {"output": {"name": "value", "type": TEXT}}},
            {"addTask": {"task": "grow", "kind": "grow", "config": {"megabytes": megabytes}}},
            {"addTask": {"task": "hand_on", "kind": "noop"}},
            edge(None, "grow"),
            edge("grow", "hand_on"),
            edge("hand_on", None),
        ],
    )


async def reviewed(client: Client, roles: Sequence[str] = ("reviewer", "operator", "admin")) -> str:
    """An active workflow whose one task's output `value` is judged by a person."""
    return await activated(client, _to_review(roles))


async def draft_to_review(client: Client) -> str:
    """The draft of such a workflow, judged by reviewers."""
    return await _created(client, _to_review(("reviewer",)))


def _to_review(roles: Sequence[str]) -> list[dict[str, Any]]:
    review = {"reviews": "work", "guidance": "Is it right?", "assignment": {"roles": list(roles)}}
    return [
        {"declareInput": {"input": {"name": "value", "type": TEXT}}},
        {"declareInput": {"input": {"name": "count", "type": {"type": "float"}, "required": False}}},
        {"declareInput": {"input": {"name": "paper", "type": {"type": "file"}, "required": False}}},
        {"declareOutput": {"output": {"name": "value", "type": TEXT}}},
        {"addTask": {"task": "work", "kind": "noop"}},
        {"addTask": {"task": "judge", "kind": "human_review", "config": review}},
        edge(None, "work"),
        edge("judge", None),
    ]


async def start(client: Client, workflow: str, value: str = "x", **more: Any) -> str:
    """The id of a job that was started."""
    started = await client.ask(START, input={"workflowId": workflow, "inputs": [given("value", value)], **more})
    assert started["__typename"] == "StartJobSuccess", started
    job: str = started["jobId"]
    return job


async def start_many(client: Client, workflow: str, count: int) -> list[str]:
    """The ids of so many jobs."""
    jobs: list[str] = []
    while len(jobs) < count:
        calls = [
            {"workflowId": workflow, "inputs": [given("value", f"job {number}")]}
            for number in range(len(jobs), min(count, len(jobs) + STARTS_TOGETHER))
        ]
        started = await client.ask(_START_MANY, input={"jobs": calls})
        assert started["__typename"] == "StartJobsSuccess", started
        jobs += [result["jobId"] for result in started["results"]]
    return jobs


async def waiting_review(client: Client, job: str) -> str:
    """The review that a job waits for."""
    found: list[str] = []

    async def is_there() -> bool:
        shown = await client.ask(REVIEWS, job=job) or {"reviews": []}
        found.extend(review["id"] for review in shown["reviews"] if review["status"] == "WAITING")
        return bool(found)

    await until(is_there, "a review")
    return found[0]


async def _created(client: Client, operations: Sequence[dict[str, Any]]) -> str:
    name = f"workflow {secrets.token_hex(4)}"
    created = await client.ask(_CREATE, input={"name": name, "operations": operations})
    assert created["__typename"] == "CreateWorkflowSuccess", created
    workflow: str = created["workflowId"]
    return workflow


async def activated(client: Client, operations: Sequence[dict[str, Any]]) -> str:
    """An active workflow so made."""
    workflow = await _created(client, operations)
    activated = await client.ask(_ACTIVATE, input={"workflowId": workflow})
    assert activated["__typename"] == "ActivateWorkflowSuccess", activated
    return workflow


def edge(source: str | None, target: str | None) -> dict[str, Any]:
    """The edit that links `value` to `value`; None stands for the workflow."""
    ends = {name: task for name, task in (("source", source), ("target", target)) if task is not None}
    return {"connectEdge": {"edge": {"path": ["value"], "input": "value", **ends}}}


async def is_shown_as_completed(client: Client, job: str) -> bool:
    """Whether the read models show the end of a job; they may be a moment behind the log."""
    shown = await client.ask("query ($id: ID!) { job(id: $id) { status } }", id=job)
    return shown is not None and bool(shown["status"] == "COMPLETED")
