"""A preview on real runners: what is kept and used again, what is pinned, what is shown and not performed, who is asked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest

from domain.graph import Executes, ForEach, Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.ids import RANDOM_BYTES, uuid7
from domain.jobs.commands import StartJob
from domain.jobs.events import (
    JobCompleted,
    JobFailed,
    TaskEffectBegan,
    TaskFailed,
    TaskRunnerLost,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.jobs.facts import facts
from domain.jobs.run import Instead, Preview
from domain.reviews.events import ReviewRequested
from domain.types import FileType, ListType, ObjectType, TextType
from domain.values import BLOB
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.previews import SAMPLE_UNKNOWN
from tests.runner.scripted import Scripted, echo, one, runner_here
from tests.runner.stage import ACTOR, TEXT, Stage, chain, until

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Trials:
    """Previews of one workflow."""

    stage: Stage
    workflow: UUID = field(default_factory=uuid4)

    async def start(
        self,
        graph: Graph,
        *,
        mode: Literal["job", "preview"] = "preview",
        preview: Preview | None = None,
        **inputs: Any,
    ) -> UUID:
        now = datetime.now(UTC)
        job_id = uuid7(now, os.urandom(RANDOM_BYTES))
        command = StartJob(
            at=now,
            job_id=job_id,
            workflow_id=self.workflow,
            workflow_version=1,
            graph=await self.stage.store_graph(graph),
            mode=mode,
            preview=preview or (Preview(draft_version=5) if mode == "preview" else None),
            inputs=inputs,
            facts=facts(graph, None, inputs),
        )
        await self.stage.system.dispatch.send(command, self.stage.origin)
        return job_id

    async def run(self, graph: Graph, **options: Any) -> UUID:
        job_id = await self.start(graph, **options)
        await until(lambda: self.stage.has_event(job_id, JobCompleted))
        return job_id

    async def outcomes(self, job_id: UUID) -> list[TaskSucceeded]:
        return [event for event in await self.stage.events(job_id) if isinstance(event, TaskSucceeded)]

    async def stood(self, job_id: UUID) -> list[str | None]:
        """What stood for each run, in the order they ended; None where it was performed."""
        return [None if each.instead is None else each.instead.by for each in await self.outcomes(job_id)]

    async def keeps(self, count: int) -> bool:
        rows = await self.stage.system.reader.rows("select count(*) from kept_outputs", ())
        return bool(rows[0][0] == count)


@pytest.fixture
def trials(stage: Stage) -> Trials:
    return Trials(stage)


def two() -> Graph:
    """Two tasks in a row, configured differently: those that are alike are kept as one."""
    graph = chain("scripted", 2)
    tasks = tuple(task.model_copy(update={"config": {"of": task.name}}) for task in graph.tasks)
    return graph.model_copy(update={"tasks": tasks})


async def test_what_a_preview_gave_stands_in_the_next_one_that_is_alike(trials: Trials) -> None:
    action, graph = Scripted(echo), two()
    async with runner_here(trials.stage, action):
        first = await trials.run(graph, value="x")
        second = await trials.run(graph, value="x")
        assert await trials.stood(first) == [None, None]
        assert len(action.given) == 2
        # The events of the first say the outcomes: the start of the job, then start and end of each run.
        kept = [each.instead for each in await trials.outcomes(second)]
        assert kept == [Instead(by="kept", of=f"{first}:{version}") for version in (3, 5)]
        assert [each.outputs for each in await trials.outcomes(second)] == [{"value": "x"}] * 2
        assert await trials.stood(await trials.run(graph, value="y")) == [None, None]


async def test_what_follows_an_edit_is_performed_only_where_inputs_or_configuration_differ(trials: Trials) -> None:
    async def same(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": "always"})

    graph = two()
    first, second = graph.tasks
    async with runner_here(trials.stage, Scripted(same)):
        await trials.run(graph, value="x")
        edited = graph.model_copy(update={"tasks": (first.model_copy(update={"config": {"say": "it"}}), second)})
        assert await trials.stood(await trials.run(edited, value="x")) == [None, "kept"]
        edited = graph.model_copy(update={"tasks": (first, second.model_copy(update={"config": {"say": "it"}}))})
        assert await trials.stood(await trials.run(edited, value="x")) == ["kept", None]


async def test_what_is_kept_of_one_workflow_is_not_anothers(trials: Trials) -> None:
    async with runner_here(trials.stage, Scripted(echo)):
        await trials.run(chain("scripted", 1), value="x")
        assert await trials.stood(await Trials(trials.stage).run(chain("scripted", 1), value="x")) == [None]


async def test_a_fresh_preview_performs_all_and_what_it_gave_is_kept_instead(trials: Trials) -> None:
    graph = chain("scripted", 1)
    async with runner_here(trials.stage, Scripted(echo)):
        await trials.run(graph, value="x")
        fresh = await trials.run(graph, value="x", preview=Preview(draft_version=5, fresh=True))
        assert await trials.stood(fresh) == [None]
        [(outcome)] = await trials.outcomes(await trials.run(graph, value="x"))
        assert outcome.instead == Instead(by="kept", of=f"{fresh}:3")


async def test_saved_data_can_be_cleared(trials: Trials) -> None:
    graph = two()
    async with runner_here(trials.stage, Scripted(echo)):
        await trials.run(graph, value="x")
        system = trials.stage.system
        await until(partial(trials.keeps, 2))
        assert await system.kept_outputs.clear(uuid4(), trials.workflow) == 0
        assert await system.kept_outputs.clear(trials.stage.workspace, trials.workflow) == 2
        assert await trials.stood(await trials.run(graph, value="x")) == [None, None]


async def test_a_job_neither_keeps_outcomes_nor_uses_them(trials: Trials) -> None:
    graph = chain("scripted", 1)
    async with runner_here(trials.stage, Scripted(echo)):
        await trials.run(graph, mode="job", value="x")
        assert await trials.keeps(0)
        await trials.run(graph, value="x")
        assert await trials.stood(await trials.run(graph, mode="job", value="x")) == [None]


async def test_a_failure_is_not_kept(trials: Trials) -> None:
    async def fail(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Failed("BROKEN", "It broke.")

    async with runner_here(trials.stage, Scripted(fail)):
        job_id = await trials.start(chain("scripted", 1), value="x")
        await until(lambda: trials.stage.has_event(job_id, JobFailed))
        assert await trials.keeps(0)


async def test_large_values_and_files_are_kept_as_what_they_are(trials: Trials) -> None:
    async def store(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        file = await tools.files.store("a.txt", "text/plain", b"content")
        return Succeeded({"value": "large " * 10_000, "file": file, "odd": {"$key": "1"}})

    outputs = (
        GraphOutput(name="value", type=TEXT),
        GraphOutput(name="file", type=FileType()),
        GraphOutput(name="odd", type=ObjectType()),
    )
    graph = one(outputs=outputs)
    async with runner_here(trials.stage, Scripted(store)):
        [first] = await trials.outcomes(await trials.run(graph, value="x"))
        [second] = await trials.outcomes(await trials.run(graph, value="x"))
        assert BLOB in first.outputs["value"]
        assert second.instead is not None
        assert second.outputs == first.outputs


async def test_each_item_of_a_for_each_is_kept_by_itself(trials: Trials) -> None:
    graph = one(for_each=ForEach(input="value"))
    graph = graph.model_copy(update={"inputs": (GraphOutput(name="value", type=ListType(items=TEXT)),)})
    async with runner_here(trials.stage, Scripted(echo)) as _:
        await trials.run(graph, value=["a", "b"])
        assert sorted(map(str, await trials.stood(await trials.run(graph, value=["b", "c", "a"])))) == [
            "None",
            "kept",
            "kept",
        ]


async def test_pinned_outputs_stand_without_the_task_being_performed(trials: Trials) -> None:
    action, graph = Scripted(echo), chain("scripted", 2)
    large = "large " * 10_000
    ref = await trials.stage.system.blobs.put(trials.stage.workspace, b'"' + large.encode() + b'"', "application/json")
    pinned = {"task1": {"value": {BLOB: {"v": 1, "hash": ref.hash, "size": ref.size, "type": ref.type}}}}
    async with runner_here(trials.stage, action):
        job_id = await trials.run(graph, value="x", preview=Preview(draft_version=5, pinned=pinned))
        assert action.given == [{"value": large}]
        first, second = await trials.outcomes(job_id)
        assert (first.instead, second.instead) == (Instead(by="pinned"), None)
        assert first.outputs == pinned["task1"]


async def test_a_task_with_an_effect_is_shown_and_not_performed_unless_it_is_asked_for(trials: Trials) -> None:
    action, graph = Scripted(echo), one(repetition="once")
    async with runner_here(trials.stage, action):
        shown = await trials.run(graph, value="x")
        assert action.given == []
        [outcome] = await trials.outcomes(shown)
        assert (outcome.instead, outcome.outputs) == (Instead(by="sample"), {"value": "sample"})
        assert not await trials.stage.has_event(shown, TaskEffectBegan)
        for times in (1, 2):  # It is performed each time: an effect is never kept.
            performed = await trials.run(graph, value="x", preview=Preview(draft_version=5, effects=True))
            assert await trials.stood(performed) == [None]
            assert await trials.stage.has_event(performed, TaskEffectBegan)
            assert len(action.given) == times
        assert await trials.keeps(0)


async def test_where_no_sample_can_be_made_up_the_run_fails_and_says_what_to_do(trials: Trials) -> None:
    graph = one(repetition="once", outputs=(GraphOutput(name="value", type=TextType(pattern="[0-9]{4}")),))
    async with runner_here(trials.stage, Scripted(echo)):
        job_id = await trials.start(graph, value="x")
        await until(lambda: trials.stage.has_event(job_id, JobFailed))
    [failed] = [event for event in await trials.stage.events(job_id) if isinstance(event, TaskFailed)]
    assert failed.error.code == SAMPLE_UNKNOWN
    assert str(failed.error.message).endswith("Pin its outputs, give them samples, or have effects performed.")


async def test_what_a_preview_starts_is_previewed_as_it_is(trials: Trials) -> None:
    child = one(repetition="once").model_copy(update={"outputs": (GraphInput(name="value", type=TEXT),)})
    child = child.model_copy(
        update={"edges": (*child.edges, GraphEdge(source="task", path=("value",), target=None, input="value"))}
    )
    executes = Executes(workflow_id=uuid4(), workflow_version=3, graph=await trials.stage.store_graph(child))
    task = GraphTask(
        name="task",
        kind="execute_workflow",
        inputs=(GraphInput(name="value", type=TEXT),),
        outputs=(GraphOutput(name="value", type=TEXT),),
        executes=executes,
    )
    parent = one().model_copy(update={"tasks": (task,)})
    action = Scripted(echo)
    async with runner_here(trials.stage, action):
        job_id = await trials.run(parent, value="x")
        assert action.given == []
        [outcome] = await trials.outcomes(job_id)
        assert (outcome.instead, outcome.outputs) == (None, {"value": "sample"})
        await trials.run(parent, value="x", preview=Preview(draft_version=5, effects=True))
        assert action.given == [{"value": "x"}]


async def test_who_tries_the_draft_is_asked_in_place_of_its_reviewers(trials: Trials) -> None:
    config = {"reviews": "task1", "assignment": {"members": [], "roles": ["reviewer"]}}
    first = chain("scripted", 1)
    judge = GraphTask(
        name="judge",
        kind="human_review",
        config=config,
        reviews="task1",
        inputs=(GraphInput(name="reviewed", type=ObjectType()),),
        outputs=first.tasks[0].outputs,
        routes=("accepted", "rejected"),
    )
    edges = (*first.edges[:1], GraphEdge(source="task1", path=(), target="judge", input="reviewed"))
    graph = first.model_copy(update={"tasks": (*first.tasks, judge), "edges": edges, "outputs": ()})
    async with runner_here(trials.stage, Scripted(echo)):
        asked = {}
        modes: tuple[Literal["job", "preview"], ...] = ("job", "preview")
        jobs = {mode: await trials.start(graph, mode=mode, value="x") for mode in modes}
        for mode, job_id in jobs.items():
            await until(partial(trials.stage.has_event, job_id, TaskWaitBegan))
            [wait] = [event for event in await trials.stage.events(job_id) if isinstance(event, TaskWaitBegan)]
            assert wait.review_id is not None
            [requested] = await trials.stage.events(wait.review_id)
            assert isinstance(requested, ReviewRequested)
            asked[mode] = (requested.preview, requested.assignment.model_dump(mode="json"))
    starter = ACTOR.removeprefix("member:")
    assert asked["preview"] == (True, {"members": [starter], "roles": []})
    assert asked["job"] == (False, {"members": [], "roles": ["reviewer"]})


async def test_a_preview_goes_on_after_kill_9_of_its_runner(trials: Trials) -> None:
    stage, graph = trials.stage, chain("slow", 3, seconds=0.3)
    runner = await stage.start_part("runner")
    job_id = await trials.start(graph, value="x")
    await until(lambda: stage.has_event(job_id, TaskSucceeded))
    runner.kill()
    await asyncio.gather(runner.wait(), stage.start_part("runner", "two"))
    await until(lambda: stage.has_event(job_id, JobCompleted))
    await stage.assert_sound([job_id])
    assert await stage.has_event(job_id, TaskRunnerLost)
    again = await trials.run(graph, value="x")
    assert await trials.stood(again) == ["kept"] * 3
