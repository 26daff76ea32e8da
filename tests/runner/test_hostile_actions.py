"""An action that hangs, eats memory, or whose process dies: its limit ends it, that is recorded, and its policy follows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from domain.graph import Graph
from domain.jobs.events import JobCompleted, JobFailed, TaskFailed, TaskStarted, TaskSucceeded
from runner.actions.code import SANDBOX
from runner.actions.registry import ACTIONS
from runner.actions.sandbox import CodeSandbox
from runner.compose import open_system
from runner.worker import Worker
from tests.domain.jobs.graphs import graph, task
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

ENDLESS = "while True:\n    pass"
GREEDY = "x = []\nwhile True:\n    x.append('a' * 1_000_000)"


def code(name: str, program: str, *inputs: str, **options: Any) -> Any:
    """A code task whose one output is `out`."""
    declared = [{"name": each, "type": {"type": "str"}} for each in inputs]
    config = {"code": program, "inputs": declared, "outputs": [{"name": "out", "type": {"type": "str"}}]}
    return task(name, *inputs, kind="code", config=config, **options)


def guarded(program: str, **options: Any) -> Graph:
    """A program whose error goes to another task, and one beside them."""
    return graph(
        code("hostile", program, on_error="error_route", **options),
        code("caught", "out = reason", "reason"),
        code("beside", "out = 'untouched'"),
        edges=("hostile.error.code -> caught.reason", "caught.out -> @reason"),
        outputs=("reason",),
    )


@asynccontextmanager
async def runner_with_sandbox(stage: Stage) -> AsyncIterator[CodeSandbox]:
    """A runner with the real actions, and its sandbox."""
    opened: asyncio.Future[CodeSandbox] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def open_sandbox() -> AsyncIterator[CodeSandbox]:
        async with CodeSandbox() as sandbox:
            opened.set_result(sandbox)
            yield sandbox

    stop = asyncio.Event()
    async with open_system(stage.settings, "runner") as system:
        worker = Worker(system, actions=ACTIONS, sandboxes={SANDBOX: open_sandbox}, leave_seconds_max=0.5)
        working = asyncio.create_task(worker.run(stop))
        try:
            yield await opened
        finally:
            stop.set()
            await asyncio.wait_for(working, 20)


@pytest.mark.parametrize(
    ("program", "options", "expected"),
    [
        (GREEDY, {}, {"CODE_MEMORY"}),
        # Whichever of the two limits is noticed first.
        (ENDLESS, {"time_limit_seconds": 1.0}, {"CODE_TIMEOUT", "TIME_LIMIT_EXCEEDED"}),
    ],
    ids=["eats memory", "hangs"],
)
async def test_its_limit_ends_it_and_its_policy_follows(
    stage: Stage, program: str, options: dict[str, Any], expected: set[str]
) -> None:
    made = guarded(program, **options)
    async with runner_with_sandbox(stage):
        job_id = await stage.start_job(made, await stage.store_graph(made))
        await until(lambda: stage.ended([job_id]), 30)
    events = await stage.events(job_id)
    [failed] = [event for event in events if isinstance(event, TaskFailed)]
    assert failed.error.code in expected
    assert failed.then == "error_route"
    outputs = {event.run.task: event.outputs for event in events if isinstance(event, TaskSucceeded)}
    assert outputs == {"caught": {"out": failed.error.code}, "beside": {"out": "untouched"}}
    assert isinstance(events[-1], JobCompleted)


async def test_when_its_process_dies_the_run_fails_and_the_next_one_has_a_process_again(stage: Stage) -> None:
    made = graph(code("hostile", ENDLESS))
    good = graph(code("good", "out = 'there'"))
    async with runner_with_sandbox(stage) as sandbox:
        job_id = await stage.start_job(made, await stage.store_graph(made))
        await until(lambda: stage.has_event(job_id, TaskStarted))

        async def killed() -> bool:
            for turn in list(sandbox._running):
                if turn._process is not None:
                    os.kill(turn._process, 9)
                    return True
            return False

        await until(killed)
        await until(lambda: stage.has_event(job_id, JobFailed))
        [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
        assert failed.error.code == "CODE_CRASHED"
        after = await stage.start_job(good, await stage.store_graph(good))
        await until(lambda: stage.ended([after]))
