"""The workflows that are measured, made and activated through the public API."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.client import Client
from benchmarks.workloads import sizes

_TEXT = {"type": "str"}
_VIEWER = "query { viewer { workspaceId } }"
_CREATE = """
mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) {
    __typename
    ... on CreateWorkflowSuccess { workflowId }
    ... on CommandRefused { message details { message } }
  }
}
"""
_ACTIVATE = """
mutation ($input: ActivateWorkflowInput!) {
  activateWorkflow(input: $input) {
    __typename
    ... on ActivateWorkflowSuccess { position }
    ... on CommandRefused { message details { message } }
  }
}
"""
_BEHIND = "query { readModels { behind } }"
_ENDS: list[dict[str, Any]] = [
    {"declareInput": {"input": {"name": "value", "type": _TEXT}}},
    {"declareOutput": {"output": {"name": "value", "type": _TEXT, "required": False}}},
]

POLL_SECONDS = 0.02

Operations = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Workflow:
    """An active workflow, where it lives, and how many tasks each of its jobs completes."""

    workspace: str
    id: str
    tasks: int


async def chain(client: Client, tasks: int = sizes.CHAIN_TASKS) -> Workflow:
    """Tasks in a row, each given the output of the last."""
    names = [f"step_{number}" for number in range(1, tasks + 1)]
    edges = zip([None, *names], [*names, None], strict=True)
    return await _active(client, "chain", [*map(_task, names), *(_edge(*ends) for ends in edges)], tasks)


async def chain_outside(client: Client, queue: str, tasks: int = sizes.CHAIN_TASKS) -> Workflow:
    """The same, each task performed by the workers of a queue."""
    names = [f"step_{number}" for number in range(1, tasks + 1)]
    declared = [{"name": "value", "type": _TEXT}]
    config = {"queue": queue, "inputs": declared, "outputs": declared}
    added = [{"addTask": {"task": name, "kind": "external", "config": config}} for name in names]
    edges = zip([None, *names], [*names, None], strict=True)
    return await _active(client, "chain_outside", [*added, *(_edge(*ends) for ends in edges)], tasks)


async def parallel(client: Client, tasks: int) -> Workflow:
    """Tasks side by side, then one that is given the outputs of all."""
    names = [f"part_{number}" for number in range(1, tasks + 1)]
    operations = [*map(_task, names), *_join("join")]
    operations += [_edge(None, name) for name in names]
    operations += [_edge(name, "join") for name in names]
    return await _active(client, f"parallel_{tasks}", [*operations, _edge("join", None)], tasks + 1)


async def lanes(client: Client, width: int, length: int, seconds: float) -> Workflow:
    """Chains side by side, whose tasks take a while each, the first of a chain at most as long; then one that ends them all."""
    names = [[f"step_{lane}_{number}" for number in range(1, length + 1)] for lane in range(1, width + 1)]
    operations = _join("join")
    for lane in names:
        operations += [_task(name, {"seconds": seconds, "at_most": name == lane[0]}) for name in lane]
        operations += [_edge(source, target) for source, target in zip([None, *lane], [*lane, "join"], strict=True)]
    return await _active(client, f"lanes_{width}", [*operations, _edge("join", None)], width * length + 1)


async def human_wait(client: Client) -> Workflow:
    """A task whose output a person must accept."""
    review = {"reviews": "prepared", "assignment": {"roles": ["admin", "reviewer"]}}
    operations = [
        _task("prepared"),
        {"addTask": {"task": "agreed", "kind": "human_review", "config": review}},
        _edge(None, "prepared"),
        _edge("agreed", None),
    ]
    return await _active(client, "human_wait", operations, 2)


async def graph(client: Client, name: str, parents: Mapping[str, Sequence[str]]) -> Workflow:
    """Tasks each of which is given the outputs of all its parents; those without any, the workflow's input."""
    operations: Operations = []
    for task, before in parents.items():
        operations += _join(task) if before else [_task(task)]
    for task, before in parents.items():
        operations += [_edge(parent, task) for parent in before] or [_edge(None, task)]
    return await _active(client, name, operations, len(parents))


def _task(name: str, config: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"addTask": {"task": name, "kind": "noop", "config": config or {}}}


def _join(name: str) -> Operations:
    return [
        {"addTask": {"task": name, "kind": "noop", "config": {"joins": True}}},
        {"setTaskInput": {"task": name, "input": "value", "setting": {"gather": True}}},
    ]


def _edge(source: str | None, target: str | None) -> dict[str, Any]:
    ends = {name: end for name, end in (("source", source), ("target", target)) if end}
    return {"connectEdge": {"edge": {"path": ["value"], "input": "value", **ends}}}


async def _active(client: Client, name: str, operations: Operations, tasks: int) -> Workflow:
    asked = {"name": f"{name}_{secrets.token_hex(4)}", "operations": [*_ENDS, *operations]}
    created = checked(await client.ask(_CREATE, input=asked))
    checked(await client.ask(_ACTIVATE, input={"workflowId": created["workflowId"]}))
    await until_caught_up(client)  # What comes next is not to be measured with this still under way.
    return Workflow((await client.ask(_VIEWER))["workspaceId"], created["workflowId"], tasks)


async def until_caught_up(client: Client, poll_seconds: float = POLL_SECONDS) -> None:
    """Waits until every event of the log is in the read models."""
    while (await client.ask(_BEHIND))["behind"] != 0:  # noqa: ASYNC110 - what happens in other processes can only be asked
        await asyncio.sleep(poll_seconds)


def checked(result: dict[str, Any]) -> dict[str, Any]:
    """The success of a mutation."""
    if result["__typename"] == "CommandRefused":
        raise RuntimeError(f"Expected the command to be accepted, but: {result}")
    return result
