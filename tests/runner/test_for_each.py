"""A for-each as runners perform it: items at once, lists in their order, what fails, and what a lost runner leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from domain.graph import ForEach, Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.jobs.commands import CancelJob, RetryTask
from domain.jobs.events import (
    ItemsEnded,
    JobCancelled,
    JobCompleted,
    JobFailed,
    TaskCancelled,
    TaskFailed,
    TaskSucceeded,
)
from domain.jobs.run import Run
from domain.types import ListType
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from tests.runner.scripted import Scripted, hang, runner_here
from tests.runner.stage import TEXT, Stage, until

pytestmark = pytest.mark.anyio

LISTS = ListType(items=TEXT)


def over(
    kind: str = "scripted", *, twice: bool = False, on_error: Any = "fail_job", config: Any = None, **how: Any
) -> Graph:
    """A workflow of one for-each, or of two in a row, and of a task that is given the whole list."""
    names = ["each", "again"] if twice else ["each"]
    tasks = [
        GraphTask(
            name=name,
            kind=kind,
            config=config or {},
            on_error=on_error,
            inputs=(GraphInput(name="value", type=TEXT),),
            outputs=(GraphOutput(name="value", type=TEXT),),
            for_each=ForEach(input="value", **how),
        )
        for name in names
    ]
    whole = GraphTask(
        name="whole",
        kind=kind,
        config=config or {},
        inputs=(GraphInput(name="value", type=LISTS),),
        outputs=(GraphOutput(name="value", type=LISTS),),
    )
    chain = [None, *names, "whole", None]
    return Graph(
        inputs=(GraphOutput(name="value", type=LISTS),),
        outputs=(GraphInput(name="value", type=LISTS),),
        tasks=(*tasks, whole),
        edges=tuple(
            GraphEdge(source=source, path=("value",), target=target, input="value")
            for source, target in pairwise(chain)
        ),
    )


async def shout(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    value = inputs["value"]
    return Succeeded({"value": value if isinstance(value, list) else value + "!"})


async def outputs(stage: Stage, job_id: UUID, run: str) -> Any:
    """What a run gave."""
    events = await stage.events(job_id)
    return next(e.outputs["value"] for e in events if isinstance(e, TaskSucceeded) and e.run.text == run)


@pytest.mark.parametrize("size", [0, 1, 7])
async def test_items_are_performed_and_their_outputs_are_one_list(stage: Stage, size: int) -> None:
    graph = over(at_once_max=3)
    async with runner_here(stage, action := Scripted(shout)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=[f"{n}" for n in range(size)])
        await until(lambda: stage.ended([job_id]))
    assert await outputs(stage, job_id, "whole#1.1") == [f"{n}!" for n in range(size)]
    assert len(action.given) == size + 1
    await stage.assert_sound([job_id])


async def test_a_for_each_runs_over_what_another_gave(stage: Stage) -> None:
    graph = over(twice=True)
    large = [f"{n}" + "x" * 2_000 for n in range(40)]  # Kept in the blob store.
    async with runner_here(stage, Scripted(shout)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=large)
        await until(lambda: stage.ended([job_id]))
    [completed] = [event for event in await stage.events(job_id) if isinstance(event, JobCompleted)]
    assert completed.outputs["value"].source is not None
    assert await outputs(stage, job_id, "again[39]#1.1") == large[39] + "!!"


async def test_what_fails_can_be_left_out(stage: Stage) -> None:
    async def some(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Failed("ODD", "It is odd.") if inputs["value"] in ("1", "3") else await shout(run, inputs, tools)

    graph = over(on_item_error="leave_out")
    async with runner_here(stage, Scripted(some)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=["0", "1", "2", "3", "4"])
        await until(lambda: stage.ended([job_id]))
    assert await outputs(stage, job_id, "whole#1.1") == ["0!", "2!", "4!"]
    [ended] = [event for event in await stage.events(job_id) if isinstance(event, ItemsEnded)]
    assert (ended.succeeded, ended.failed) == (3, 2)


async def test_an_item_that_fails_the_task_ends_the_actions_of_the_others(stage: Stage) -> None:
    ended: list[str] = []
    others_begun = asyncio.Event()

    async def one_fails(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        if len(action.given) == 3:
            others_begun.set()
        if inputs["value"] == "bad":
            await others_begun.wait()
            return Failed("BAD", "It is bad.")
        try:
            return await hang(run, inputs, tools)
        finally:
            ended.append(run.run.text)

    action = Scripted(one_fails)
    graph = over(on_error="hold")
    async with runner_here(stage, action):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=["a", "bad", "b"])
        await until(lambda: stage.has_event(job_id, TaskFailed, 2))

        async def both_ended() -> bool:
            return sorted(ended) == ["each[0]#1.1", "each[2]#1.1"]

        await until(both_ended)
        assert await stage.has_event(job_id, TaskCancelled, 2)
        action.perform_ = shout
        retry = RetryTask(at=datetime.now(UTC), job_id=job_id, run=Run(task="each"))
        await stage.system.dispatch.send(retry, stage.origin)
        await until(lambda: stage.ended([job_id]))
    assert await outputs(stage, job_id, "whole#1.1") == ["a!", "bad!", "b!"]


async def test_a_job_is_cancelled_with_all_its_items(stage: Stage) -> None:
    graph = over(at_once_max=500)
    async with runner_here(stage, Scripted(hang)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=["x"] * 1_200)
        cancel = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="Not needed.")
        await stage.system.dispatch.send(cancel, stage.origin)
        await until(lambda: stage.has_event(job_id, JobCancelled))
    assert await stage.count(TaskCancelled) == 501  # Those under way, and the whole.


async def test_what_is_no_list_fails_the_job(stage: Stage) -> None:
    loose = over()
    graph = loose.model_copy(update={"inputs": (GraphOutput(name="value", type=TEXT),)})
    job_id = await stage.start_job(graph, await stage.store_graph(graph), value="text")
    [failed] = [event for event in await stage.events(job_id) if isinstance(event, JobFailed)]
    assert failed.error.code == "NO_LIST"


async def test_two_runners_of_which_one_is_killed_lose_no_item(stage: Stage) -> None:
    graph = over("slow", config={"seconds": 0.05}, at_once_max=20)
    killed, _ = await asyncio.gather(stage.start_part("runner", "one"), stage.start_part("runner", "two"))
    graph_hash = await stage.store_graph(graph)
    jobs = [await stage.start_job(graph, graph_hash, value=[f"{n}" for n in range(60)]) for _ in range(8)]

    async def begun() -> bool:
        return await stage.count(TaskSucceeded) >= 60

    await until(begun)
    killed.kill()
    await until(lambda: stage.ended(jobs), 60)
    for job_id in jobs:
        assert await outputs(stage, job_id, "whole#1.1") == [f"{n}" for n in range(60)]
    await stage.assert_sound(jobs)


async def test_two_thousand_items(stage: Stage) -> None:
    graph = over(at_once_max=100)
    values = [f"{n}" for n in range(2_000)]
    async with runner_here(stage, Scripted(shout)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=values)
        await until(lambda: stage.ended([job_id]), 60)
    assert await outputs(stage, job_id, "whole#1.1") != []


@pytest.mark.soak
async def test_a_hundred_thousand_items(stage: Stage) -> None:
    graph = over(at_once_max=500)
    values = [f"{n}" for n in range(100_000)]
    async with runner_here(stage, Scripted(shout)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=values)
        await until(lambda: stage.ended([job_id]), 600)
    [ended] = [event for event in await stage.events(job_id) if isinstance(event, ItemsEnded)]
    assert ended.succeeded == 100_000
