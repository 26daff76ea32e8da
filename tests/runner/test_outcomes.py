"""How runs end, as a runner in this process records it on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from domain.graph import Given, Graph, GraphEdge, GraphInput, GraphOutput, GraphTask, Retry
from domain.ids import derive
from domain.jobs.commands import CancelJob, RetryTask
from domain.jobs.events import (
    JobCancelled,
    JobCompleted,
    JobFailed,
    TaskEffectBegan,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskStarted,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.jobs.facts import facts
from domain.jobs.run import Binding, Run, Source
from domain.reviews.commands import AcceptReview
from domain.reviews.events import ReviewRequested
from domain.types import FileType, ListType, NumberType, ObjectType, TextType
from domain.values import BLOB
from event_store.blobs import MARK
from runner import performance, performing
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from tests.runner.scripted import Scripted, echo, hang, one, runner_here
from tests.runner.stage import TEXT, Stage, chain, until

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Running:
    """A runner in this process with one scripted action."""

    stage: Stage
    action: Scripted

    async def run(self, graph: Graph, **inputs: Any) -> UUID:
        """Starts a job of this graph."""
        return await self.stage.start_job(graph, await self.stage.store_graph(graph), **inputs)

    async def failure(self, graph: Graph, **inputs: Any) -> TaskFailed:
        """How the first task of a job failed."""
        job_id = await self.run(graph, **inputs)
        await until(lambda: self.stage.has_event(job_id, JobFailed))
        return next(event for event in await self.stage.events(job_id) if isinstance(event, TaskFailed))

    async def success(self, graph: Graph, **inputs: Any) -> TaskSucceeded:
        """How the first task of a job succeeded."""
        job_id = await self.run(graph, **inputs)
        await until(lambda: self.stage.has_event(job_id, JobCompleted))
        return next(event for event in await self.stage.events(job_id) if isinstance(event, TaskSucceeded))


@pytest.fixture
async def running(stage: Stage) -> AsyncIterator[Running]:
    action = Scripted(echo)
    async with runner_here(stage, action):
        yield Running(stage, action)


async def test_an_action_that_raises_fails_the_run_without_saying_what_it_said(running: Running) -> None:
    async def break_(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        raise ValueError(f"the secret is {inputs['value']}")

    running.action.perform_ = break_
    failed = await running.failure(one(), value="hunter2")
    assert failed.error.code == "ACTION_ERROR"
    assert failed.error.message == "Expected the action to end by itself, but it raised ValueError."


async def test_an_action_says_itself_why_it_failed(running: Running) -> None:
    async def fail(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Failed("NOT_FOUND", "Expected a customer, but there is none.", details={"$number": 7})

    running.action.perform_ = fail
    failed = await running.failure(one(), value="x")
    assert (failed.error.code, failed.error.message) == ("NOT_FOUND", "Expected a customer, but there is none.")
    assert failed.error.details == {"$$number": 7}


async def test_a_run_is_ended_at_its_time_limit(running: Running) -> None:
    running.action.perform_ = hang
    failed = await running.failure(one(time_limit_seconds=0.2), value="x")
    assert failed.error.code == "TIME_LIMIT_EXCEEDED"


async def test_a_run_without_a_time_limit_is_ended_at_the_usual_one(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performance, "TIME_LIMIT_DEFAULT_SECONDS", 0.2)
    monkeypatch.setattr(performing, "SWEEP_SECONDS", 0.1)
    running.action.perform_ = hang
    assert (await running.failure(one(), value="x")).error.code == "TIME_LIMIT_EXCEEDED"


async def test_an_action_that_does_not_end_when_cancelled_is_left_behind(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "CANCEL_GRACE_SECONDS", 0.1)
    let_go = asyncio.Event()

    async def hang_on(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        while not let_go.is_set():
            with suppress(asyncio.CancelledError):
                await let_go.wait()
        return Succeeded(dict(inputs))

    running.action.perform_ = hang_on
    assert (await running.failure(one(time_limit_seconds=0.1), value="x")).error.code == "TIME_LIMIT_EXCEEDED"
    let_go.set()


async def test_cancelling_a_job_cancels_its_actions(running: Running) -> None:
    ended = asyncio.Event()

    async def notice(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        try:
            return await hang(run, inputs, tools)
        finally:
            ended.set()

    running.action.perform_ = notice
    job_id = await running.run(one(), value="x")

    async def begun() -> bool:
        return bool(running.action.given)

    await until(begun)
    command = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="no longer needed")
    await running.stage.system.dispatch.send(command, running.stage.origin)
    await asyncio.wait_for(ended.wait(), 5)
    await until(lambda: running.stage.has_event(job_id, JobCancelled))


async def test_an_input_of_a_wrong_type_fails_the_run_before_it_is_performed(running: Running) -> None:
    failed = await running.failure(one(), value=7)
    assert failed.error.code == "INPUT_MISFIT"
    assert [detail["path"] for detail in failed.error.details] == ["value"]
    assert running.action.given == []


async def test_a_wrong_missing_or_unknown_output_fails_the_run_and_names_each(running: Running) -> None:
    async def misfit(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": 7, "other": "x"})

    running.action.perform_ = misfit
    outputs = (GraphOutput(name="value", type=TEXT), GraphOutput(name="missing", type=NumberType()))
    failed = await running.failure(one(outputs=outputs), value="x")
    assert failed.error.code == "OUTPUT_MISFIT"
    assert [detail["path"] for detail in failed.error.details] == ["value", "missing", "other"]


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 2**60, float("nan"), (1, 2)])
async def test_what_is_no_value_fails_the_run(running: Running, value: Any) -> None:
    async def give(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": {"inside": [value]}})

    running.action.perform_ = give
    failed = await running.failure(one(outputs=(GraphOutput(name="value", type=ObjectType()),)), value="x")
    assert failed.error.code == "OUTPUT_MISFIT"


async def test_a_large_value_is_kept_beside_the_log_and_given_whole_to_the_next_task(running: Running) -> None:
    text = "é" * 40_000

    async def grow(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": text})

    running.action.perform_ = grow
    succeeded = await running.success(chain("scripted", 2), value="x")
    wrapper = succeeded.outputs["value"]
    assert wrapper == {BLOB: {"v": 1, "hash": wrapper[BLOB]["hash"], "size": 80_002, "type": "application/json"}}
    assert running.action.given[1] == {"value": text}


async def test_a_users_keys_pass_through_unchanged_and_cannot_pass_for_ours(running: Running) -> None:
    value = {"$blob": {"v": 1, "hash": "0" * 64, "size": 1, "type": "text/plain"}, "$$": 1}

    async def give(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": inputs.get("value") if run.run.task == "task2" else value})

    running.action.perform_ = give
    graph = chain("scripted", 2)
    any_object = ObjectType()
    tasks = tuple(
        task.model_copy(
            update={
                "inputs": (task.inputs[0].model_copy(update={"type": any_object if task.name == "task2" else TEXT}),),
                "outputs": (GraphOutput(name="value", type=any_object),),
            }
        )
        for task in graph.tasks
    )
    graph = graph.model_copy(update={"tasks": tasks, "outputs": ()})
    graph = graph.model_copy(update={"edges": graph.edges[:-1]})
    succeeded = await running.success(graph, value="x")
    assert succeeded.outputs["value"] == {"$$blob": value["$blob"], "$$$": 1}
    assert running.action.given[1] == {"value": value}


async def test_a_file_of_another_run_cannot_be_made_up(running: Running) -> None:
    stage = running.stage
    ref = await stage.system.blobs.put(stage.workspace, b"secret", "text/plain")
    forged = {"name": "x", "content": {BLOB: {"v": 1, "hash": ref.hash, "size": 6, "type": "text/plain"}}}

    async def forge(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": forged})

    running.action.perform_ = forge
    graph = one(outputs=(GraphOutput(name="value", type=FileType()),))
    assert (await running.failure(graph, value="x")).error.code == "OUTPUT_MISFIT"

    async def store(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": await tools.files.store("note.txt", "text/plain", b"secret")})

    running.action.perform_ = store
    succeeded = await running.success(graph, value="x")
    assert succeeded.outputs["value"] == {"name": "note.txt", "content": forged["content"]}


async def test_content_a_run_knows_passes_only_as_it_was_given_and_only_within_a_file(running: Running) -> None:
    """Else an output could say another size or type of it, or have a file's bytes read as a value of ours."""

    async def alter(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        file = await tools.files.store("a.txt", "text/plain", b'{"$blob": 1}')
        kept = file["content"][BLOB]
        altered: list[Any] = [
            {**kept, "size": "x"},
            {**kept, "type": "text/html"},
            {"hash": kept["hash"]},
            {**kept, "more": 1},
        ]
        files = [{"name": "b", "content": {BLOB: each}} for each in altered]
        other = [{"name": 1, "content": file["content"]}, {**file, "more": 1}, file["content"]]
        return Succeeded({"value": {"same": [file], "altered": files + other}})

    running.action.perform_ = alter
    graph = one(outputs=(GraphOutput(name="value", type=ObjectType()),))
    kept = (await running.success(graph, value="x")).outputs["value"]
    assert [list(file["content"]) for file in kept["same"]] == [[BLOB]]
    assert all(BLOB not in each and BLOB not in each.get("content", ()) for each in kept["altered"])

    async def pass_for_a_value(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": (await tools.files.store("a.json", "application/json", b"[1]"))["content"]})

    running.action.perform_ = pass_for_a_value
    kept = (await running.success(graph, value="x")).outputs["value"]
    assert list(kept) == [f"${BLOB}"]


async def test_a_kind_that_nobody_performs_fails_the_run(running: Running) -> None:
    assert (await running.failure(chain("unheard_of", 1), value="x")).error.code == "KIND_UNKNOWN"


async def test_constants_defaults_gathered_and_empty_inputs_are_resolved(running: Running) -> None:
    inputs = (
        GraphInput(name="value", type=TEXT),
        GraphInput(name="fixed", type=NumberType(), constant=Given(value=3)),
        GraphInput(name="usual", type=TEXT, default=Given(value="usual")),
        GraphInput(name="many", type=ListType(items=TEXT), gather=True),
        GraphInput(name="empty", type=TEXT, required=False),
    )
    graph = one(inputs=inputs)
    twice = [GraphEdge(source=None, path=("value",), target="task", input="many")] * 2
    graph = graph.model_copy(update={"edges": (*graph.edges, *twice)})

    async def only_value(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": inputs["value"]})

    running.action.perform_ = only_value
    await running.success(graph, value="x")
    assert running.action.given == [{"value": "x", "fixed": 3, "usual": "usual", "many": ["x", "x"], "empty": None}]


async def test_the_effect_of_a_once_run_is_recorded_before_it_begins_and_unknown_when_the_action_breaks(
    running: Running,
) -> None:
    async def break_(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        raise OSError("connection reset in the middle")

    running.action.perform_ = break_
    job_id = await running.run(one(repetition="once"), value="x")
    await until(lambda: running.stage.has_event(job_id, TaskOutcomeUnknown))
    assert [type(event) for event in await running.stage.events(job_id)][1:] == [
        TaskStarted,
        TaskEffectBegan,
        TaskOutcomeUnknown,
    ]
    assert len(running.action.given) == 1


async def test_a_retried_run_is_performed_under_a_new_attempt(running: Running) -> None:
    async def fail_once(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Failed("BUSY", "Try later.") if run.run.attempt == 1 else Succeeded(dict(inputs))

    running.action.perform_ = fail_once
    job_id = await running.run(one(on_error="hold"), value="x")
    await until(lambda: running.stage.has_event(job_id, TaskFailed))
    command = RetryTask(at=datetime.now(UTC), job_id=job_id, run=Run(task="task"))
    await running.stage.system.dispatch.send(command, running.stage.origin)
    await until(lambda: running.stage.ended([job_id]))
    succeeded = [event for event in await running.stage.events(job_id) if isinstance(event, TaskSucceeded)]
    assert [event.run.text for event in succeeded] == ["task#1.2"]


def reviewed(**review: Any) -> Graph:
    """A task, its review by an operator, and a task after the review."""
    first = chain("scripted", 1)
    task = first.tasks[0]
    fields = ObjectType.model_validate({"fields": [{"name": "value", "type": {"type": "str"}}]})
    config = {"reviews": "task1", "guidance": "Look twice.", "assignment": {"members": [], "roles": ["operator"]}}
    review_task = GraphTask(
        name="review",
        kind="human_review",
        config=config,
        inputs=(GraphInput(name="reviewed", type=fields),),
        outputs=task.outputs,
        routes=("accepted", "rejected"),
        reviews="task1",
        **review,
    )
    after = task.model_copy(update={"name": "after"})
    edges = (
        first.edges[0],
        GraphEdge(source="task1", path=(), target="review", input="reviewed"),
        GraphEdge(source="review", path=("value",), target="after", input="value"),
        GraphEdge(source="after", path=("value",), target=None, input="value"),
    )
    return first.model_copy(update={"tasks": (task, review_task, after), "edges": edges})


async def test_a_review_is_requested_of_what_the_run_is_bound_to_and_its_answer_goes_on(running: Running) -> None:
    graph = reviewed()
    job_id = await running.run(graph, value="x")
    await until(lambda: running.stage.has_event(job_id, TaskWaitBegan))
    review_id = derive(job_id, "review", "review#1.1")
    [requested] = await running.stage.events(review_id)
    assert isinstance(requested, ReviewRequested)
    assert (requested.reviewed, requested.guidance) == (Run(task="task1"), "Look twice.")
    assert requested.shown == {"reviewed": Source(run=Run(task="task1"), path=())}
    assert requested.job_started_by == running.stage.origin.actor
    accept = AcceptReview(
        at=datetime.now(UTC),
        review_id=review_id,
        job_id=job_id,
        member_id=UUID(int=1),
        roles=frozenset({"operator"}),
        facts=facts(graph, "review", {"value": "x"}),
    )
    await running.stage.system.dispatch.send(accept, running.stage.origin)
    await until(lambda: running.stage.ended([job_id]))
    # The value was not corrected: it is passed on from where it stands.
    assert running.action.given[-1] == {"value": "x"}
    started = [event for event in await running.stage.events(job_id) if isinstance(event, TaskStarted)][-1]
    assert started.bindings == {"value": Binding(source=Source(run=Run(task="review"), path=("value",)))}


async def test_a_review_nobody_answers_in_time_fails(running: Running) -> None:
    job_id = await running.run(reviewed(time_limit_seconds=0.5), value="x")
    await until(lambda: running.stage.has_event(job_id, JobFailed))
    [failed] = [event for event in await running.stage.events(job_id) if isinstance(event, TaskFailed)]
    assert (failed.run.task, failed.error.code) == ("review", "TIME_LIMIT_EXCEEDED")


async def test_a_job_with_more_to_cancel_than_a_unit_holds_is_seen_through_to_its_end(running: Running) -> None:
    running.action.perform_ = hang
    task = one().tasks[0]
    tasks = tuple(task.model_copy(update={"name": f"task{number}"}) for number in range(600))
    edges = tuple(GraphEdge(source=None, path=("value",), target=each.name, input="value") for each in tasks)
    job_id = await running.run(
        Graph(inputs=(GraphOutput(name="value", type=TextType()),), tasks=tasks, edges=edges), value="x"
    )

    async def all_begun() -> bool:
        return len(running.action.given) == len(tasks)

    await until(all_begun)
    command = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="no longer needed")
    await running.stage.system.dispatch.send(command, running.stage.origin)
    await until(lambda: running.stage.has_event(job_id, JobCancelled))


RETRIED = Retry(attempts=2, delay_seconds=0.05)


def content_of(stage: Stage, file: Mapping[str, Any]) -> Path:
    """Where the blob store keeps the content of a file."""
    name = str(file["content"][BLOB]["hash"])
    return Path(urlsplit(str(stage.settings.blobs)).path) / str(stage.workspace) / name[:2] / name


async def test_content_that_was_changed_in_the_store_fails_the_run_and_no_retry_helps(running: Running) -> None:
    async def read(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        file = await tools.files.store("a.txt", "text/plain", b"content")
        content_of(running.stage, file).write_bytes(b"changed")
        return Succeeded({"value": (await tools.files.read(file)).decode()})

    running.action.perform_ = read
    failed = await running.failure(one(retry=RETRIED), value="x")
    assert (failed.error.code, failed.then) == ("VALUE_UNREADABLE", "fail_job")


async def test_a_store_that_is_away_fails_the_run_until_a_retry_finds_it_again(running: Running) -> None:
    mark = Path(urlsplit(str(running.stage.settings.blobs)).path) / MARK
    aside = mark.with_name("aside")

    async def read(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        if aside.exists():
            aside.rename(mark)
        file = await tools.files.store("a.txt", "text/plain", b"content")
        if run.run.attempt == 1:
            mark.rename(aside)  # As when a disk is no longer mounted.
            content_of(running.stage, file).unlink()
        return Succeeded({"value": (await tools.files.read(file)).decode()})

    running.action.perform_ = read
    job_id = await running.run(one(retry=RETRIED), value="x")
    await until(lambda: running.stage.has_event(job_id, JobCompleted))
    [failed] = [event for event in await running.stage.events(job_id) if isinstance(event, TaskFailed)]
    assert (failed.error.code, failed.then) == ("BLOB_STORE_UNAVAILABLE", "retry")


async def test_an_outcome_that_the_log_cannot_take_fails_the_run_and_no_retry_helps(running: Running) -> None:
    async def give(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded(dict(inputs), evidence=object())

    running.action.perform_ = give
    failed = await running.failure(one(retry=RETRIED), value="x")
    assert (failed.error.code, failed.then) == ("OUTCOME_UNRECORDABLE", "fail_job")


async def test_a_workspace_that_is_full_takes_no_file_of_a_run_and_no_retry_helps(stage: Stage) -> None:
    await stage.start_part("projector")

    async def store(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        file = await tools.files.store("a.txt", "text/plain", inputs["value"].encode())
        return Succeeded({"value": file})

    graph = one(outputs=(GraphOutput(name="value", type=FileType()),))
    async with runner_here(stage, Scripted(store)):
        await until_ended(stage, graph, "twenty characters ..")
    assert await stage.system.waiting.wait_for(await stage.system.reader.last_position(), 20)
    full = replace(stage, settings=stage.settings.model_copy(update={"workspace_bytes_max": 10}))
    graph = one(outputs=graph.tasks[0].outputs, retry=RETRIED)
    async with runner_here(full, Scripted(store)):
        failed = await until_ended(stage, graph, "x")
    assert (failed[0].error.code, failed[0].then) == ("WORKSPACE_FULL", "fail_job")


async def until_ended(stage: Stage, graph: Graph, value: str) -> list[TaskFailed]:
    """Runs a job to its end; gives its failures."""
    job_id = await stage.start_job(graph, await stage.store_graph(graph), value=value)

    async def over() -> bool:
        return await stage.has_event(job_id, JobCompleted) or await stage.has_event(job_id, JobFailed)

    await until(over)
    return [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
