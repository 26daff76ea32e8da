"""E1: a workflow of a thousand tasks and three thousand edges is drawn, edited and activated."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks import designs
from benchmarks.figures import Figure, percentile, spent_figures
from benchmarks.processes import watched
from benchmarks.stage import Stage
from benchmarks.workloads import sizes

_CREATE = """
mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) {
    __typename
    ... on CreateWorkflowSuccess { workflowId workflow { eventVersion draft { checks { code severity place } } } }
    ... on CommandRefused { message details { message } }
  }
}
"""
_EDIT = """
mutation ($input: EditWorkflowInput!) {
  editWorkflow(input: $input) {
    __typename
    ... on EditWorkflowSuccess {
      position workflow { eventVersion draft { checks { code severity place message repair } } }
    }
    ... on CommandRefused { message details { message } }
  }
}
"""
_ACTIVATE = """
mutation ($input: ActivateWorkflowInput!) {
  activateWorkflow(input: $input) {
    __typename
    ... on ActivateWorkflowSuccess { position workflow { status active { number graphHash } } }
    ... on CommandRefused { message details { message } }
  }
}
"""
_REVISE = """
mutation ($input: ReviseWorkflowInput!) {
  reviseWorkflow(input: $input) {
    __typename
    ... on ReviseWorkflowSuccess { workflow { draft { number } } }
    ... on CommandRefused { message }
  }
}
"""
_INPUTS = ("a", "b", "c")
_TEXT = {"type": "str"}

Edit = Callable[[int], list[dict[str, Any]]]


async def editing(stage: Stage) -> list[Figure]:
    """E1: the milliseconds of one edit with the checks that follow it, by what is edited, and of an activation."""
    asked = {"name": f"large_{secrets.token_hex(4)}", "operations": _drawn(sizes.EDITED_TASKS)}
    began = time.perf_counter()
    workflow = designs.checked(await stage.client.ask(_CREATE, input=asked))["workflowId"]
    figures = [Figure("E1", "drawn at once", "s", time.perf_counter() - began)]
    await designs.until_caught_up(stage.client)
    edits: dict[str, Edit] = {"move": _moved, "configure": _configured, "connect": _connected, "add": _added}
    with watched(stage.roots) as spent:
        for name, edit in edits.items():
            taken = [await _edited(stage, workflow, edit(number)) for number in range(sizes.EDITS)]
            figures += [
                Figure("E1", f"{name}, median", "ms", median(taken)),
                Figure("E1", f"{name}, p95", "ms", percentile(taken, 95)),
            ]
    figures += spent_figures("E1", spent, sizes.EDITS * len(edits), "edits")
    activated: list[float] = []
    for number in range(sizes.ACTIVATIONS):
        began = time.perf_counter()
        designs.checked(await stage.client.ask(_ACTIVATE, input={"workflowId": workflow}))
        activated.append(time.perf_counter() - began)
        designs.checked(await stage.client.ask(_REVISE, input={"workflowId": workflow}))
        await _edited(stage, workflow, _configured(sizes.EDITS + number))
    return [*figures, Figure("E1", "activation, longest", "s", max(activated))]


async def _edited(stage: Stage, workflow: str, operations: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    answer = await stage.client.ask(_EDIT, input={"workflowId": workflow, "operations": operations})
    taken = (time.perf_counter() - began) * 1_000
    if designs.checked(answer)["workflow"] is None:
        raise RuntimeError("Expected the draft with its checks, but the read models lag.")
    return taken


def _drawn(tasks: int) -> list[dict[str, Any]]:
    """Each task is given the outputs of the three before it, those in front the workflow's inputs."""
    operations: list[dict[str, Any]] = [
        *({"declareInput": {"input": {"name": name, "type": _TEXT}}} for name in _INPUTS),
        {"declareOutput": {"output": {"name": "out", "type": _TEXT}}},
    ]
    operations += [{"addTask": {"task": _name(number), "kind": "code", "config": _config()}} for number in range(tasks)]
    for number in range(tasks):
        operations += [_edge(number - back, number, name) for back, name in enumerate(_INPUTS, start=1)]
    last = {"source": _name(tasks - 1), "path": ["out"], "input": "out"}
    return [*operations, {"connectEdge": {"edge": last}}]


def _edge(source: int, target: int, name: str) -> dict[str, Any]:
    if source < 0:
        return {"connectEdge": {"edge": {"path": [name], "target": _name(target), "input": name}}}
    ends = {"source": _name(source), "path": ["out"], "target": _name(target), "input": name}
    return {"connectEdge": {"edge": ends}}


def _config(end: str = "") -> dict[str, Any]:
    return {
        "code": f"out = a + b + c{end}",
        "inputs": [{"name": name, "type": _TEXT} for name in _INPUTS],
        "outputs": [{"name": "out", "type": _TEXT}],
    }


def _name(number: int) -> str:
    return f"step_{number}"


def _moved(number: int) -> list[dict[str, Any]]:
    return [{"moveTask": {"task": _name(7 * number), "place": {"x": number, "y": 2 * number}}}]


def _configured(number: int) -> list[dict[str, Any]]:
    # Code that was never checked before.
    return [{"configureTask": {"task": _name(7 * number + 1), "config": _config(f" + '{number}'")}}]


def _connected(number: int) -> list[dict[str, Any]]:
    return [_edge(7 * number, 7 * number + 20, "a")]


def _added(number: int) -> list[dict[str, Any]]:
    name = f"extra_{number}"
    edges = [{"source": _name(7 * number), "path": ["out"], "target": name, "input": each} for each in _INPUTS]
    return [
        {"addTask": {"task": name, "kind": "code", "config": _config()}},
        *({"connectEdge": {"edge": edge}} for edge in edges),
    ]
