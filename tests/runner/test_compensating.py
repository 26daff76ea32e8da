"""A job is undone by whichever runner holds it, also when the first is lost in the middle; effects that must not repeat do not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from domain.graph import Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.jobs.commands import CancelJob, RetryTask
from domain.jobs.events import JobCancelled, JobFailed, TaskOutcomeUnknown, TaskRunnerLost, TaskStarted
from domain.jobs.run import Run
from event_store.verify import verify_log
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from tests.conftest import Database
from tests.runner.scripted import Perform, Scripted, hang, runner_here
from tests.runner.stage import TEXT, Stage, until
from tests.runner.test_taking_over import lose_sessions

pytestmark = pytest.mark.anyio


def undone(**undo: Any) -> Graph:
    """`a`, `b` and `c` in a row, each with its compensation."""
    given: dict[str, Any] = {
        "inputs": (GraphInput(name="value", type=TEXT),),
        "outputs": (GraphOutput(name="value", type=TEXT),),
    }
    forward = [GraphTask(name=name, kind="scripted", **given) for name in "abc"]
    back = [
        GraphTask(name=f"undo_{name}", kind="scripted", compensates=name, **given).model_copy(update=undo)
        for name in "abc"
    ]
    ways = [*pairwise((None, "a", "b", "c")), *((name, f"undo_{name}") for name in "abc")]
    edges = (GraphEdge(source=source, path=("value",), target=target, input="value") for source, target in ways)
    inputs = (GraphOutput(name="value", type=TEXT),)
    return Graph(inputs=inputs, tasks=(*forward, *back), edges=tuple(edges))


def doing(begun: list[str], **instead: Perform) -> Scripted:
    """An action that passes its value on, and does otherwise for some tasks."""

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        begun.append(run.run.task)
        if run.run.task in instead:
            return await instead[run.run.task](run, inputs, tools)
        return Succeeded({"value": f"{inputs['value']} {run.run.task}"})

    return Scripted(perform)


async def fail(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    return Failed("BROKEN", "Expected it to work, but it broke.")


async def test_what_succeeded_is_undone_in_reverse_order_on_the_values_it_gave(stage: Stage) -> None:
    begun: list[str] = []
    graph = undone()
    async with runner_here(stage, action := doing(begun, c=fail)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, JobFailed))
    assert begun == ["a", "b", "c", "undo_b", "undo_a"]
    assert [given["value"] for given in action.given[3:]] == ["x a b", "x a"]
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_cancelling_tells_what_runs_and_then_undoes(stage: Stage) -> None:
    begun: list[str] = []
    graph = undone()
    async with runner_here(stage, doing(begun, c=hang)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")

        async def at_c() -> bool:
            return begun[-1:] == ["c"]

        await until(at_c)
        cancel = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="Not needed.")
        await stage.system.dispatch.send(cancel, stage.origin)
        await until(lambda: stage.has_event(job_id, JobCancelled))
    assert begun == ["a", "b", "c", "undo_b", "undo_a"]


@pytest.mark.parametrize("projected", [False, True])
async def test_a_runner_lost_in_the_middle_is_followed_by_one_that_goes_on_undoing(
    stage: Stage, database: Database, *, projected: bool
) -> None:
    if projected:
        await stage.start_part("projector")
    begun: list[str] = []
    stuck = asyncio.Event()

    async def once_stuck(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        if not stuck.is_set():
            stuck.set()
            return await hang(run, inputs, tools)
        return Succeeded(dict(inputs))

    graph = undone()
    async with runner_here(stage, doing(begun, c=fail, undo_b=once_stuck)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await stuck.wait()
        await lose_sessions(database)
        await until(lambda: stage.has_event(job_id, JobFailed))
    assert begun == ["a", "b", "c", "undo_b", "undo_b", "undo_a"]
    assert await stage.count(TaskRunnerLost) == 1
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_an_effect_that_had_begun_is_held_until_an_operator_says_what_happened(
    stage: Stage, database: Database
) -> None:
    begun: list[str] = []
    graph = undone(repetition="once")
    hanging = {"undo_b": hang}
    async with runner_here(stage, doing(begun, c=fail, **hanging)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")

        async def undoing() -> bool:
            return begun[-1:] == ["undo_b"]

        await until(undoing)
        await lose_sessions(database)
        await until(lambda: stage.has_event(job_id, TaskOutcomeUnknown))
        assert begun.count("undo_b") == 1
    async with runner_here(stage, doing(begun)):
        retry = RetryTask(at=datetime.now(UTC), job_id=job_id, run=Run(task="undo_b"), reason="The bank says no.")
        await stage.system.dispatch.send(retry, stage.origin)
        await until(lambda: stage.has_event(job_id, JobFailed))
    starts = [event.run.text for event in await stage.events(job_id) if isinstance(event, TaskStarted)]
    assert starts[3:] == ["undo_b#1.1", "undo_b#1.2", "undo_a#1.1"]
