"""Runners that come and go: the shards are spread evenly between those that live, and nothing fails or is done twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from domain.jobs.events import JobCompleted, TaskFailed, TaskRunnerLost, TaskStarted, TaskSucceeded
from domain.jobs.shard import SHARDS
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio

SPREAD_SECONDS_MAX = 5.0
TASKS = 4
JOBS_AT_ONCE_MAX = 40
"""On a busy machine the parts take longer to start, and no more may pile up meanwhile than a leaving runner can end in its 10 seconds."""


async def spread(stage: Stage, *runners: str) -> float:
    """Waits until exactly these runners hold all shards, none of them more than one above its fair share; gives the seconds."""

    async def is_even() -> bool:
        shares = await stage.shares()
        fair = -(-SHARDS // len(runners))
        return shares.keys() == set(runners) and sum(shares.values()) == SHARDS and max(shares.values()) <= fair

    return await until(is_even)


async def test_shards_are_spread_evenly_within_seconds_when_runners_come_and_go(stage: Stage) -> None:
    await stage.start_part("runner", "one")
    assert await spread(stage, "one") < SPREAD_SECONDS_MAX
    two = await stage.start_part("runner", "two")
    three = await stage.start_part("runner", "three")
    assert await spread(stage, "one", "two", "three") < SPREAD_SECONDS_MAX
    two.terminate()
    assert await two.wait() == 0
    assert await spread(stage, "one", "three") < SPREAD_SECONDS_MAX
    three.kill()
    assert await spread(stage, "one") < SPREAD_SECONDS_MAX
    again = [stage.start_part("runner", name) for name in ("four", "five", "six")]
    await asyncio.gather(*again)
    assert await spread(stage, "one", "four", "five", "six") < SPREAD_SECONDS_MAX


async def test_in_a_rolling_restart_no_task_fails_and_none_is_performed_twice(stage: Stage, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    graph = chain("noted", TASKS, seconds=0.3, folder=str(notes))
    graph_hash = await stage.store_graph(graph)
    names = ("one", "two", "three")
    runners = {name: await stage.start_part("runner", name) for name in names}
    await spread(stage, *names)
    jobs: list[UUID] = []

    restarted = asyncio.Event()

    async def go_on_starting() -> None:
        while not restarted.is_set():
            if len(jobs) - await stage.count(JobCompleted) < JOBS_AT_ONCE_MAX:
                jobs.append(await stage.start_job(graph, graph_hash, value="x"))
            await asyncio.sleep(0.05)

    async def under_way() -> bool:
        return bool(jobs) and await stage.has_event(jobs[-1], TaskStarted)

    starting = asyncio.create_task(go_on_starting())
    for name in names:
        await until(under_way)
        runners[name].terminate()
        assert await asyncio.wait_for(runners[name].wait(), 15) == 0
        runners[name] = await stage.start_part("runner", f"{name} again")
    restarted.set()
    await starting
    await until(lambda: stage.ended(jobs), 40)
    await stage.assert_sound(jobs)
    assert await stage.count(TaskFailed) == await stage.count(TaskRunnerLost) == 0
    performed = Counter(line for file in notes.iterdir() for line in file.read_text().splitlines())
    assert set(performed.values()) == {1}
    assert len(performed) == len(jobs) * TASKS == await stage.count(TaskSucceeded)
    await spread(stage, *(f"{name} again" for name in names))
