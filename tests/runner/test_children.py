"""A task that runs another workflow: the child's values, its ends and those of its parent, and runners that die meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.graph import Executes, ForEach, Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.ids import RANDOM_BYTES, uuid7
from domain.jobs.commands import CancelJob, PauseJob, ResumeJob, StartJob
from domain.jobs.events import (
    JobCancelled,
    JobChildrenPaused,
    JobCompleted,
    JobFailed,
    JobPaused,
    JobResumed,
    JobStarted,
    TaskChildEnded,
    TaskFailed,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.jobs.facts import facts
from domain.jobs.pausing import CHILDREN_AT_ONCE_MAX
from domain.jobs.starting import DEPTH_MAX
from domain.types import ListType
from event_store.envelope import read_envelope
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from tests.runner.scripted import Scripted, echo, hang, one, runner_here
from tests.runner.stage import ACTOR, TEXT, Stage, chain, until

pytestmark = pytest.mark.anyio

LISTS = ListType(items=TEXT)


def parent_of(child: str, *, each: ForEach | bool = False, **options: Any) -> Graph:
    """A workflow whose one task runs another workflow, once or for each item of a list."""
    task = GraphTask(
        name="sub",
        kind="execute_workflow",
        inputs=(GraphInput(name="value", type=TEXT),),
        outputs=(GraphOutput(name="value", type=TEXT),),
        executes=Executes(workflow_id=uuid4(), workflow_version=3, graph=child),
        for_each=ForEach(input="value") if each is True else each or None,
        **options,
    )
    kind = LISTS if each else TEXT
    return Graph(
        inputs=(GraphOutput(name="value", type=kind),),
        outputs=(GraphInput(name="value", type=kind, required=False),),
        tasks=(task,),
        edges=(
            GraphEdge(source=None, path=("value",), target="sub", input="value"),
            GraphEdge(source="sub", path=("value",), target=None, input="value"),
        ),
    )


async def start(stage: Stage, graph: Graph, value: Any) -> UUID:
    return await stage.start_job(graph, await stage.store_graph(graph), value=value)


async def child_of(stage: Stage, job_id: UUID) -> UUID:
    """The job that a job's first waiting run has started."""
    found: list[UUID] = []

    async def waits() -> bool:
        found[:] = [e.child_id for e in await stage.events(job_id) if isinstance(e, TaskWaitBegan) and e.child_id]
        return bool(found)

    await until(waits)
    return found[0]


async def shout(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    return Succeeded({"value": inputs["value"] + "!"})


async def test_a_child_is_given_the_inputs_and_gives_its_outputs(stage: Stage) -> None:
    graph = parent_of(await stage.store_graph(chain("scripted", 2)))
    large = "x" * 100_000
    async with runner_here(stage, Scripted(shout)):
        job_id = await start(stage, graph, large)
        await until(lambda: stage.ended([job_id]))
    child_id = await child_of(stage, job_id)
    [started, *_, completed] = await stage.events(child_id)
    assert isinstance(started, JobStarted)
    assert started.parent is not None
    assert (started.parent.job_id, started.parent.run.text, started.parent.depth) == (job_id, "sub#1.1", 1)
    assert (started.workflow_version, started.source) == (3, "parent")
    assert isinstance(completed, JobCompleted)
    [ended] = [event for event in await stage.events(job_id) if isinstance(event, TaskChildEnded)]
    assert (ended.child_id, ended.outcome) == (child_id, "completed")
    [first, *_] = await stage.system.reader.read_stream(child_id)
    envelope = read_envelope(first.state)
    assert (envelope.root, envelope.on_behalf_of) == (job_id, ACTOR)
    assert started.on_behalf_of == ACTOR
    await stage.assert_sound([job_id, child_id])


async def test_outputs_of_a_child_that_do_not_fit_fail_the_run(stage: Stage) -> None:
    graph = parent_of(await stage.store_graph(one()))
    wrong = (GraphOutput(name="value", type=LISTS),)
    graph = graph.model_copy(update={"tasks": (graph.tasks[0].model_copy(update={"outputs": wrong}),)})
    async with runner_here(stage, Scripted(shout)):
        job_id = await start(stage, graph, "x")
        await until(lambda: stage.has_event(job_id, JobFailed))
    [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
    assert failed.error.code == "OUTPUT_MISFIT"


async def test_a_child_is_a_preview_and_urgent_as_its_parent_is(stage: Stage) -> None:
    graph = parent_of(await stage.store_graph(one()))
    command = StartJob(
        at=datetime.now(UTC),
        job_id=uuid7(datetime.now(UTC), bytes(RANDOM_BYTES)),
        workflow_id=uuid4(),
        workflow_version=1,
        graph=await stage.store_graph(graph),
        mode="preview",
        priority="urgent",
        inputs={"value": "x"},
        facts=facts(graph, None, {"value": "x"}),
    )
    async with runner_here(stage, Scripted(echo)):
        await stage.system.dispatch.send(command, stage.origin)
        [started, *_] = await stage.events(await child_of(stage, command.job_id))
    assert isinstance(started, JobStarted)
    assert (started.mode, started.priority) == ("preview", "urgent")


async def test_a_child_that_gives_nothing_new_completes_with_its_start(stage: Stage) -> None:
    empty = Graph(
        inputs=(GraphOutput(name="value", type=TEXT),),
        outputs=(GraphInput(name="value", type=TEXT),),
        tasks=(GraphTask(name="never", kind="scripted", inputs=(GraphInput(name="gone", type=TEXT),)),),
        edges=(GraphEdge(source=None, path=("value",), target=None, input="value"),),
    )
    graph = parent_of(await stage.store_graph(empty))
    async with runner_here(stage, Scripted(echo)):
        job_id = await start(stage, graph, "as it was")
        await until(lambda: stage.ended([job_id]))
    [succeeded] = [event for event in await stage.events(job_id) if isinstance(event, TaskSucceeded)]
    assert succeeded.outputs == {"value": "as it was"}


async def test_a_child_that_fails_fails_the_run_and_says_why(stage: Stage) -> None:
    async def fail(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Failed("BAD", "It is bad.")

    graph = parent_of(await stage.store_graph(one()))
    async with runner_here(stage, Scripted(fail)):
        job_id = await start(stage, graph, "x")
        await until(lambda: stage.has_event(job_id, JobFailed))
    [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
    assert (failed.error.code, failed.error.details["code"]) == ("CHILD_FAILED", "BAD")


async def test_a_cancelled_child_fails_the_run(stage: Stage) -> None:
    graph = parent_of(await stage.store_graph(one()))
    async with runner_here(stage, Scripted(hang)):
        job_id = await start(stage, graph, "x")
        cancel = CancelJob(at=datetime.now(UTC), job_id=await child_of(stage, job_id), reason="Not this one.")
        await stage.system.dispatch.send(cancel, stage.origin)
        await until(lambda: stage.has_event(job_id, JobFailed))
    [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
    assert failed.error.code == "CHILD_CANCELLED"


async def test_cancelling_the_parent_ends_all_below_it(stage: Stage) -> None:
    below = await stage.store_graph(parent_of(await stage.store_graph(one())))
    async with runner_here(stage, Scripted(hang)):
        job_id = await start(stage, parent_of(below), "x")
        middle = await child_of(stage, job_id)
        lowest = await child_of(stage, middle)
        cancel = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="Not needed.")
        await stage.system.dispatch.send(cancel, stage.origin)
        for each in (job_id, middle, lowest):
            await until(lambda each=each: stage.has_event(each, JobCancelled))  # type: ignore[misc]
    assert await stage.count(TaskChildEnded) == 0


async def test_a_pause_of_the_parent_holds_all_below_it_until_it_is_resumed(stage: Stage) -> None:
    let_go = asyncio.Event()

    async def wait(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await let_go.wait()
        return Succeeded(dict(inputs))

    graph = parent_of(await stage.store_graph(chain("scripted", 2)))
    async with runner_here(stage, Scripted(wait)):
        job_id = await start(stage, graph, "x")
        child_id = await child_of(stage, job_id)
        pause = PauseJob(at=datetime.now(UTC), job_id=job_id, reason="Look first.")
        await stage.system.dispatch.send(pause, stage.origin)
        let_go.set()
        await until(lambda: stage.has_event(child_id, TaskSucceeded))
        assert await stage.count(JobPaused) == 2
        assert not await stage.has_event(child_id, TaskSucceeded, 2)
        await stage.system.dispatch.send(ResumeJob(at=datetime.now(UTC), job_id=job_id), stage.origin)
        await until(lambda: stage.ended([job_id]))


async def test_a_child_whose_start_is_reported_after_a_pause_begins_paused(stage: Stage) -> None:
    graph = parent_of(await stage.store_graph(chain("scripted", 1)))
    job_id = await start(stage, graph, "x")
    await stage.system.dispatch.send(PauseJob(at=datetime.now(UTC), job_id=job_id, reason="Look first."), stage.origin)
    async with runner_here(stage, action := Scripted(echo)):
        child_id = await child_of(stage, job_id)
        [_, paused] = await stage.events(child_id)
        assert paused == JobPaused(reason="Look first.", by_parent=True)
        assert action.given == []
        await stage.system.dispatch.send(ResumeJob(at=datetime.now(UTC), job_id=job_id), stage.origin)
        await until(lambda: stage.ended([job_id]))


async def test_more_children_than_one_unit_holds_are_paused_and_resumed_by_whoever_takes_over(stage: Stage) -> None:
    let_go = asyncio.Event()

    async def wait(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await let_go.wait()
        return Succeeded(dict(inputs))

    count = CHILDREN_AT_ONCE_MAX + 10
    each = ForEach(input="value", at_once_max=count)
    graph = parent_of(await stage.store_graph(chain("scripted", 2)), each=each)

    async def all_wait() -> bool:
        return await stage.count(TaskWaitBegan) == count

    async def paused() -> bool:
        return await stage.count(JobPaused) == 1 + count

    async with runner_here(stage, Scripted(wait)):
        job_id = await start(stage, graph, [f"{number}" for number in range(count)])
        await until(all_wait, 60)
    await stage.system.dispatch.send(PauseJob(at=datetime.now(UTC), job_id=job_id, reason="Look first."), stage.origin)
    assert await stage.count(JobPaused) == 1 + CHILDREN_AT_ONCE_MAX
    async with runner_here(stage, Scripted(wait)):
        await until(paused)
        let_go.set()
        await stage.system.dispatch.send(ResumeJob(at=datetime.now(UTC), job_id=job_id), stage.origin)
        await until(lambda: stage.ended([job_id]), 60)
    assert await stage.count(JobResumed) == 1 + count
    assert [event.more for event in await stage.events(job_id) if isinstance(event, JobChildrenPaused)] == [0]


async def test_the_time_limit_of_the_run_ends_the_child(stage: Stage) -> None:
    graph = parent_of(await stage.store_graph(one()), time_limit_seconds=1.0)
    async with runner_here(stage, Scripted(hang)):
        job_id = await start(stage, graph, "x")
        child_id = await child_of(stage, job_id)
        await until(lambda: stage.has_event(job_id, JobFailed))
        await until(lambda: stage.has_event(child_id, JobCancelled))


async def test_a_child_for_each_item(stage: Stage) -> None:
    graph = parent_of(await stage.store_graph(one()), each=True)
    values = [f"{n}" for n in range(25)]
    child = chain("scripted", 1)
    graph = parent_of(await stage.store_graph(child), each=True)
    async with runner_here(stage, Scripted(shout)):
        job_id = await start(stage, graph, values)
        await until(lambda: stage.ended([job_id]))
    gave = {e.run.item: e.outputs["value"] for e in await stage.events(job_id) if isinstance(e, TaskSucceeded)}
    assert gave == {number: f"{value}!" for number, value in enumerate(values)}
    assert await stage.count(JobCompleted) == 26


async def test_jobs_below_each_other_have_a_limit(stage: Stage) -> None:
    content_hash = await stage.store_graph(one())
    for _ in range(DEPTH_MAX + 1):
        content_hash = await stage.store_graph(parent_of(content_hash))
    graph = await stage.system.graph(stage.workspace, content_hash)
    async with runner_here(stage, Scripted(echo)):
        job_id = await start(stage, graph, "x")
        await until(lambda: stage.has_event(job_id, JobFailed))
    assert await stage.count(JobStarted) == DEPTH_MAX + 1
    codes = [
        stage.system.mapper.event(record).error.code  # type: ignore[attr-defined]
        for record in await stage.system.reader.read_log(0, 1_000)
        if record.topic == TaskFailed.wire
    ]
    assert codes == ["DEPTH_EXCEEDED", *["CHILD_FAILED"] * DEPTH_MAX]


async def test_two_runners_of_which_one_is_killed_while_children_run(stage: Stage) -> None:
    child = await stage.store_graph(chain("slow", 2, seconds=0.1))
    graph = parent_of(child, each=True)
    killed, _ = await asyncio.gather(stage.start_part("runner", "one"), stage.start_part("runner", "two"))
    values = [f"{n}" for n in range(20)]
    jobs = [await start(stage, graph, values) for _ in range(4)]

    async def begun() -> bool:
        return await stage.count(TaskChildEnded) >= 10

    await until(begun, 60)
    killed.kill()
    await until(lambda: stage.ended(jobs), 90)
    for job_id in jobs:
        gave = {e.run.item: e.outputs["value"] for e in await stage.events(job_id) if isinstance(e, TaskSucceeded)}
        assert gave == dict(enumerate(values))
    assert await stage.count(JobStarted) == len(jobs) * (1 + len(values))
    await stage.assert_sound(jobs)


def repeated(child: str, **repeat: Any) -> Graph:
    """A workflow that runs another one until its output ends with three marks."""
    graph = parent_of(child)
    config = {
        "workflow": "Sub",
        "outputs": [{"name": "value", "type": {"type": "str"}}],
        "repeat": {"until": "value.endsWith('!!!')", **repeat},
    }
    return graph.model_copy(update={"tasks": (graph.tasks[0].model_copy(update={"config": config}),)})


async def test_a_workflow_is_run_again_until_its_output_says_so(stage: Stage) -> None:
    graph = repeated(await stage.store_graph(chain("scripted", 1)))
    async with runner_here(stage, action := Scripted(shout)):
        job_id = await start(stage, graph, "x")
        await until(lambda: stage.ended([job_id]))
    assert [given["value"] for given in action.given] == ["x", "x!", "x!!"]
    [succeeded] = [event for event in await stage.events(job_id) if isinstance(event, TaskSucceeded)]
    assert (succeeded.run.text, succeeded.outputs) == ("sub#3.1", {"value": "x!!!"})
    assert await stage.count(JobStarted) == 4


@pytest.mark.parametrize("on_limit", ["fail", "succeed"])
async def test_rounds_have_a_limit(stage: Stage, on_limit: str) -> None:
    graph = repeated(await stage.store_graph(chain("scripted", 1)), rounds_max=2, on_limit=on_limit)
    async with runner_here(stage, Scripted(shout)):
        job_id = await start(stage, graph, "x")
        await until(lambda: stage.has_event(job_id, JobFailed if on_limit == "fail" else JobCompleted))
    ends = [event for event in await stage.events(job_id) if isinstance(event, TaskSucceeded | TaskFailed)]
    if on_limit == "fail":
        assert [event.error.code for event in ends if isinstance(event, TaskFailed)] == ["ROUNDS_EXCEEDED"]
    else:
        assert [event.outputs for event in ends if isinstance(event, TaskSucceeded)] == [{"value": "x!!"}]
