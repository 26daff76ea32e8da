"""A runner cut off from the network, without a word to either side: its jobs go on elsewhere, and it can write nothing when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.jobs.events import TaskRunnerLost, TaskSucceeded
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from tests.event_store.cable import Cable, cabled
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio

TAKEN_OVER_SECONDS_MAX = 15.0
JOBS = 8


@pytest.fixture
async def cable(stage: Stage, short_folder: Path) -> AsyncIterator[Cable]:
    async with cabled(stage.settings.database_url or "", short_folder) as cable:
        yield cable


async def test_the_jobs_of_a_runner_that_was_cut_off_go_on_elsewhere_and_it_writes_nothing_when_it_is_back(
    stage: Stage, cable: Cable
) -> None:
    graph = chain("scripted", 2)
    graph_hash = await stage.store_graph(graph)
    let_go = asyncio.Event()

    async def wait(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await let_go.wait()
        return Succeeded(dict(inputs))

    far = replace(stage, settings=stage.settings.model_copy(update={"database_url": cable.dsn}))
    async with runner_here(far, action := Scripted(wait), "cut off"):
        jobs = [await stage.start_job(graph, graph_hash, value=f"{number}") for number in range(JOBS)]

        async def all_begun() -> bool:
            return len(action.given) == JOBS

        await until(all_begun)
        cable.hold_requests()
        cable.hold_answers()
        async with runner_here(stage, Scripted(echo), "other"):
            assert await until(lambda: stage.ended(jobs), TAKEN_OVER_SECONDS_MAX) < TAKEN_OVER_SECONDS_MAX
            let_go.set()  # What it was performing ends, while nobody hears of it.
            cable.release()

            async def shared_again() -> bool:
                return await stage.shares() == {"cut off": 32, "other": 32}

            await until(shared_again)
    await stage.assert_sound(jobs)
    for job in jobs:
        assert set(await stage.actors(job, TaskSucceeded)) == {"runner:other"}
    assert await stage.count(TaskRunnerLost) == JOBS


async def test_connections_that_are_cut_are_made_again_and_no_job_is_harmed(stage: Stage, cable: Cable) -> None:
    graph = chain("scripted", 20)
    graph_hash = await stage.store_graph(graph)

    async def briefly(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await asyncio.sleep(0.05)
        return Succeeded(dict(inputs))

    far = replace(stage, settings=stage.settings.model_copy(update={"database_url": cable.dsn}))
    async with runner_here(far, action := Scripted(briefly)):
        jobs = [await stage.start_job(graph, graph_hash, value=f"{number}") for number in range(JOBS)]
        for times in (1, 2):

            async def further(count: int = times * JOBS * 4) -> bool:
                return len(action.given) >= count

            await until(further)
            cable.cut()
        await until(lambda: stage.ended(jobs))
    await stage.assert_sound(jobs)
