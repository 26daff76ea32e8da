"""A cancelled job: what it performs is told at once and ended after a grace, whatever kind it is; what it waits for is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.graph import Graph, GraphInput, GraphOutput, GraphTask
from domain.jobs.commands import CancelJob
from domain.jobs.events import (
    JobCancelled,
    JobCompleted,
    TaskCancelled,
    TaskEffectBegan,
    TaskStarted,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.types import NumberType
from runner import performing
from runner.actions.contract import Action, Outcome, Succeeded, TaskRun, Tools
from runner.actions.registry import ACTIONS
from tests.runner.scripted import Scripted, echo, one, real_runner, runner_here
from tests.runner.stage import TEXT, Stage, until

pytestmark = pytest.mark.anyio

DAY = 24 * 3600
ENDLESS = {"code": "n = 0\nwhile True:\n    n = n + 1", "outputs": [{"name": "n", "type": {"type": "float"}}]}
SHORT = ENDLESS | {"code": "n = 1"}
WAITS: dict[str, GraphTask] = {
    "a time": GraphTask(name="task", kind="wait", config={"duration": DAY}),
    "a message": GraphTask(name="task", kind="wait", config={"message": "paid"}, takes="paid"),
}


async def start(stage: Stage, graph: Graph, **inputs: Any) -> UUID:
    """Starts a job of this graph."""
    return await stage.start_job(graph, await stage.store_graph(graph), **inputs)


async def cancel(stage: Stage, job_id: UUID) -> None:
    """Cancels a job, as the API does; it has ended with that."""
    command = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="no longer needed")
    await stage.system.dispatch.send(command, stage.origin)
    assert await stage.has_event(job_id, JobCancelled)


def code(config: dict[str, Any]) -> Graph:
    """A workflow of one code task."""
    outputs = (GraphOutput(name="n", type=NumberType()),)
    return Graph(tasks=(GraphTask(name="task", kind="code", config=config, outputs=outputs),))


def noting(action: Action, begun: asyncio.Semaphore) -> Scripted:
    """The action, which notes when a run of it begins."""

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        begun.release()
        return await action.perform(run, inputs, tools)

    return Scripted(perform, kind=action.kind)


async def test_code_that_would_never_end_is_ended_and_leaves_its_process_to_others(stage: Stage) -> None:
    begun = asyncio.Semaphore(0)
    async with real_runner(stage, code=noting(ACTIONS["code"], begun)):
        endless = [await start(stage, code(ENDLESS)) for _ in range(4)]  # More than there are processes.
        for _ in endless:
            await begun.acquire()
        for job_id in endless:
            await cancel(stage, job_id)
        job_id = await start(stage, code(SHORT))
        await until(lambda: stage.has_event(job_id, JobCompleted))
    assert await stage.count(TaskSucceeded) == 1


@pytest.mark.parametrize("what", WAITS)
async def test_a_run_that_waits_is_let_go(stage: Stage, what: str) -> None:
    graph = Graph(tasks=(WAITS[what],))
    async with real_runner(stage):
        job_id = await start(stage, graph)
        await until(lambda: stage.has_event(job_id, TaskWaitBegan))
        await cancel(stage, job_id)
        assert [type(event) for event in await stage.events(job_id)][-2:] == [TaskCancelled, JobCancelled]


async def test_what_an_action_says_after_it_was_told_is_nobodys(stage: Stage) -> None:
    tidied = asyncio.Event()

    async def tidy_up(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            tidied.set()
        return Succeeded(dict(inputs))

    action = Scripted(tidy_up)
    async with runner_here(stage, action):
        job_id = await start(stage, one(), value="x")
        await until(lambda: stage.has_event(job_id, TaskStarted))
        await until(lambda: _given(action))
        await cancel(stage, job_id)
        await asyncio.wait_for(tidied.wait(), 5)
        other = await start(stage, one(), value="y")
        await until(lambda: _given(action, 2))
        await cancel(stage, other)
    assert not await stage.has_event(job_id, TaskSucceeded)


async def test_an_action_that_ignores_being_told_gives_its_place_free_after_the_grace(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "CANCEL_GRACE_SECONDS", 0.1)
    monkeypatch.setattr(performing, "RUNS_AT_ONCE_MAX", 1)
    let_go = asyncio.Event()

    async def hang_on(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        while not let_go.is_set():
            with suppress(asyncio.CancelledError):
                await let_go.wait()
        return Succeeded(dict(inputs))

    action = Scripted(hang_on)
    async with runner_here(stage, action):
        job_id = await start(stage, one(), value="stubborn")
        await until(lambda: _given(action))
        action.perform_ = echo
        other = await start(stage, one(), value="waits for the place")
        await cancel(stage, job_id)
        await until(lambda: stage.has_event(other, JobCompleted))
        let_go.set()
        after = await start(stage, one(), value="after it came back")
        await until(lambda: stage.has_event(after, JobCompleted))
    assert not await stage.has_event(job_id, TaskSucceeded)
    assert [type(event) for event in await stage.events(job_id)][-2:] == [TaskCancelled, JobCancelled]


async def test_an_effect_that_had_begun_is_on_record_when_its_job_is_cancelled(stage: Stage) -> None:
    async def hang(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    action = Scripted(hang)
    async with runner_here(stage, action):
        graph = one(repetition="once", inputs=(GraphInput(name="value", type=TEXT),))
        job_id = await start(stage, graph, value="x")
        await until(lambda: _given(action))
        await cancel(stage, job_id)
    kinds = [type(event) for event in await stage.events(job_id)]
    assert kinds.count(TaskEffectBegan) == 1
    assert kinds[-2:] == [TaskCancelled, JobCancelled]
    assert len(action.given) == 1


async def _given(action: Scripted, times: int = 1) -> bool:
    return len(action.given) >= times
