"""The workloads of `docs/benchmarks.md`, each through the public API and with the read models caught up at its end."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from benchmarks.client import Client

CHAIN_TASKS = 5
VALUE = "x" * 200
STARTS_TOGETHER = 100
CALLERS = 4
POLL_SECONDS = 0.02

_VIEWER = "query { viewer { workspaceId } }"
_CREATE = """
mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) { __typename ... on CreateWorkflowSuccess { workflowId } ... on CommandRefused { message details { message } } }
}
"""
_ACTIVATE = """
mutation ($input: ActivateWorkflowInput!) {
  activateWorkflow(input: $input) { __typename ... on ActivateWorkflowSuccess { position } ... on CommandRefused { message details { message } } }
}
"""
_START = """
mutation ($input: StartJobInput!) {
  startJob(input: $input) { __typename ... on StartJobSuccess { jobId } ... on CommandRefused { message } }
}
"""
_START_MANY = """
mutation ($input: StartJobsInput!) {
  startJobs(input: $input) {
    __typename
    ... on StartJobsSuccess { position results { __typename ... on CommandRefused { message } } }
    ... on CommandRefused { message }
  }
}
"""
_UNFINISHED = """
query ($workspace: ID!, $workflow: ID!, $position: Position!) {
  workspace(id: $workspace) {
    jobs(first: 1, atLeastPosition: $position,
         filter: {workflowId: $workflow, statuses: [PENDING, IN_PROGRESS, WAITING, FAILED, CANCELLED, TIMED_OUT]}) {
      nodes { status error { message } }
    }
  }
}
"""
_EVENTS = "subscription ($job: ID!) { jobEvents(jobId: $job) { event { type } } }"


@dataclass(frozen=True, slots=True)
class Workflow:
    """An active workflow and where it lives."""

    workspace: str
    id: str


async def chain(client: Client) -> Workflow:
    """Makes and activates a chain of five tasks, each given the output of the last."""
    text = {"type": "str"}
    names = [f"step_{number}" for number in range(1, CHAIN_TASKS + 1)]
    operations: list[dict[str, Any]] = [
        {"declareInput": {"input": {"name": "value", "type": text}}},
        {"declareOutput": {"output": {"name": "value", "type": text}}},
        *({"addTask": {"task": name, "kind": "noop"}} for name in names),
    ]
    for source, target in zip([None, *names], [*names, None], strict=True):
        ends = {"source": source, "target": target}
        edge = {"path": ["value"], "input": "value", **{end: name for end, name in ends.items() if name}}
        operations.append({"connectEdge": {"edge": edge}})
    created = await _success(
        client.ask(_CREATE, input={"name": f"chain_{secrets.token_hex(4)}", "operations": operations})
    )
    await _success(client.ask(_ACTIVATE, input={"workflowId": created["workflowId"]}))
    return Workflow((await client.ask(_VIEWER))["workspaceId"], created["workflowId"])


async def throughput(client: Client, workflow: Workflow, jobs: int) -> float:
    """W1: starts jobs in bulk; the seconds until all have completed and the read models say so."""
    start = {"workflowId": workflow.id, "inputs": [{"name": "value", "value": {"json": VALUE}}]}
    calls = [min(STARTS_TOGETHER, jobs - begun) for begun in range(0, jobs, STARTS_TOGETHER)]
    gate = asyncio.Semaphore(CALLERS)

    async def call(count: int) -> str:
        async with gate:
            started = await _success(client.ask(_START_MANY, input={"jobs": [start] * count}))
        for result in started["results"]:
            _checked(result)
        return str(started["position"])

    began = time.perf_counter()
    positions = await asyncio.gather(*map(call, calls))
    for position in positions:
        while nodes := await _unfinished(client, workflow, position):
            if nodes[0]["status"] in {"FAILED", "CANCELLED", "TIMED_OUT"}:
                raise RuntimeError(f"Expected every job to complete, but one did not: {nodes[0]}")
            await asyncio.sleep(POLL_SECONDS)
    return time.perf_counter() - began


async def latency(client: Client, workflow: Workflow, jobs: int) -> Sequence[float]:
    """W3: one job at a time; milliseconds from `startJob` sent to the subscription's message of its end received."""
    taken: list[float] = []
    start = {"workflowId": workflow.id, "inputs": [{"name": "value", "value": {"json": VALUE}}]}
    async with client.socket() as socket:
        for _ in range(jobs):
            began = time.perf_counter()
            started = await _success(client.ask(_START, input=start))
            async with aclosing(socket.follow(_EVENTS, job=started["jobId"])) as messages:  # type: ignore[type-var]
                async for message in messages:
                    if message["event"] and message["event"]["type"] == "job.completed.v1":
                        break
            taken.append((time.perf_counter() - began) * 1_000)
    return taken


def middle_and_last(values: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    return median(values), quantiles(values, n=100)[98]


async def _unfinished(client: Client, workflow: Workflow, position: str) -> list[dict[str, Any]]:
    answer = await client.ask(_UNFINISHED, workspace=workflow.workspace, workflow=workflow.id, position=position)
    nodes: list[dict[str, Any]] = answer["jobs"]["nodes"]
    return nodes


async def _success(answering: Any) -> dict[str, Any]:
    return _checked(await answering)


def _checked(result: dict[str, Any]) -> dict[str, Any]:
    if result["__typename"] == "CommandRefused":
        raise RuntimeError(f"The API refused: {result}")
    return result
