"""A paused job and its runner: what runs ends, what follows is performed when the job is resumed, whoever holds it then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.jobs.commands import PauseJob, ResumeJob
from domain.jobs.events import JobPaused, TaskStarted, TaskSucceeded
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio


async def test_nothing_starts_until_it_is_resumed_though_the_runner_changed(stage: Stage) -> None:
    let_go = asyncio.Event()

    async def wait(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await let_go.wait()
        return Succeeded(dict(inputs))

    graph = chain("scripted", 3)
    async with runner_here(stage, action := Scripted(wait)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")

        async def begun() -> bool:
            return bool(action.given)

        await until(begun)
        await stage.system.dispatch.send(
            PauseJob(at=datetime.now(UTC), job_id=job_id, reason="The bank is closed."), stage.origin
        )
        let_go.set()
        await until(lambda: stage.has_event(job_id, TaskSucceeded))
    assert await stage.has_event(job_id, JobPaused)
    assert await stage.count(TaskStarted) == 1
    async with runner_here(stage, Scripted(echo)):
        await stage.system.dispatch.send(ResumeJob(at=datetime.now(UTC), job_id=job_id), stage.origin)
        await until(lambda: stage.ended([job_id]))
    await stage.assert_sound([job_id])
