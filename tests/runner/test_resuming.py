"""A run that waited goes on: its action is performed a second time, with what ended the wait, whoever performs it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.graph import GraphOutput
from domain.jobs.commands import CancelJob, SendMessage
from domain.jobs.events import (
    JobCompleted,
    TaskCancelled,
    TaskMessageTaken,
    TaskRunnerLost,
    TaskStarted,
    TaskSucceeded,
    TaskWaitBegan,
)
from domain.types import FileType
from runner.actions.contract import MessageWanted, Outcome, Succeeded, TaskRun, Tools
from runner.files import wrapper
from tests.conftest import Database
from tests.runner.scripted import Scripted, one, runner_here
from tests.runner.stage import TEXT, Stage, until

pytestmark = pytest.mark.anyio

VALUE = (GraphOutput(name="value", type=TEXT),)


async def wait_for_paid(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    """Asks for a message, and hands its value on."""
    return MessageWanted("paid") if run.resumed is None else Succeeded({"value": run.resumed.value})


async def send(stage: Stage, job_id: UUID, value: Any = "by bank", message_id: str = "m1") -> None:
    """A message for the job, sent as the API does."""
    command = SendMessage(at=datetime.now(UTC), job_id=job_id, name="paid", message_id=message_id, value=value)
    await stage.system.dispatch.send(command, stage.origin)


async def start(stage: Stage, **task: Any) -> UUID:
    """A job whose only task waits for a message."""
    graph = one(takes="paid", **task)
    return await stage.start_job(graph, await stage.store_graph(graph), value="x")


async def succeeded_with(stage: Stage, job_id: UUID) -> list[Any]:
    """The outputs of the runs that succeeded."""
    return [event.outputs for event in await stage.events(job_id) if isinstance(event, TaskSucceeded)]


async def test_a_run_goes_on_with_the_message_it_waited_for(stage: Stage) -> None:
    action = Scripted(wait_for_paid)
    async with runner_here(stage, action):
        job_id = await start(stage)
        await until(lambda: stage.has_event(job_id, TaskWaitBegan))
        await send(stage, job_id)
        await until(lambda: stage.has_event(job_id, JobCompleted))
    assert await succeeded_with(stage, job_id) == [{"value": "by bank"}]
    assert len(action.given) == 2
    assert await stage.count(TaskRunnerLost) == 0


async def test_an_early_message_is_taken_with_the_wait_and_the_run_goes_on(stage: Stage) -> None:
    job_id = await start(stage)
    await send(stage, job_id, "early")
    async with runner_here(stage, Scripted(wait_for_paid)):
        await until(lambda: stage.has_event(job_id, JobCompleted))
    assert await succeeded_with(stage, job_id) == [{"value": "early"}]


async def test_many_runs_whose_waits_end_while_they_are_reported_all_go_on(stage: Stage) -> None:
    async with runner_here(stage, Scripted(wait_for_paid)):
        jobs = await asyncio.gather(*(start(stage) for _ in range(60)))
        await asyncio.gather(*(send(stage, job_id, f"{job_id}") for job_id in jobs))
        await until(lambda: stage.ended(jobs))
    for job_id in jobs:
        assert await succeeded_with(stage, job_id) == [{"value": f"{job_id}"}]
    await stage.assert_sound(jobs)


async def test_a_job_that_waited_while_no_runner_was_there_goes_on(stage: Stage) -> None:
    async with runner_here(stage, Scripted(wait_for_paid)):
        job_id = await start(stage)
        await until(lambda: stage.has_event(job_id, TaskWaitBegan))
    await send(stage, job_id)
    async with runner_here(stage, Scripted(wait_for_paid)):
        await until(lambda: stage.has_event(job_id, JobCompleted))
    assert await succeeded_with(stage, job_id) == [{"value": "by bank"}]
    assert await stage.count(TaskRunnerLost) == 0


async def test_a_runner_lost_after_the_wait_repeats_only_the_second_half(stage: Stage, database: Database) -> None:
    halves: list[bool] = []

    async def lose_once(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        halves.append(run.resumed is not None)
        if halves == [False, True]:
            await asyncio.Event().wait()
        return await wait_for_paid(run, inputs, tools)

    async def begun() -> bool:
        return halves == [False, True]

    async with runner_here(stage, Scripted(lose_once)):
        job_id = await start(stage)
        await send(stage, job_id)
        await until(begun)
        async with await psycopg.AsyncConnection.connect(database.owner_dsn, autocommit=True) as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name like 'opus runner %' and datname = current_database()"
            )
        await until(lambda: stage.has_event(job_id, JobCompleted))
    assert halves == [False, True, True]
    kinds = [type(event) for event in await stage.events(job_id)]
    assert kinds.count(TaskStarted) == kinds.count(TaskWaitBegan) == kinds.count(TaskMessageTaken) == 1
    assert kinds.count(TaskRunnerLost) == 1
    assert await succeeded_with(stage, job_id) == [{"value": "by bank"}]


async def test_a_large_value_and_the_keys_of_a_user_go_through(stage: Stage) -> None:
    taken: list[Any] = []

    async def note(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        if run.resumed is not None:
            taken.append(run.resumed.value)
            return Succeeded({"value": "done"})
        return MessageWanted("paid")

    content = b'"' + b"long " * 10_000 + b'"'
    kept = wrapper(await stage.system.blobs.put(stage.workspace, content, "application/json"))
    async with runner_here(stage, Scripted(note)):
        jobs = [await start(stage), await start(stage)]
        await send(stage, jobs[0], kept)
        await until(lambda: stage.ended(jobs[:1]))
        await send(stage, jobs[1], {"$$blob": "a user's own key"})
        await until(lambda: stage.ended(jobs))
    assert taken == ["long " * 10_000, {"$blob": "a user's own key"}]


async def test_a_file_that_came_with_a_message_may_be_passed_on(stage: Stage) -> None:
    file = {
        "name": "receipt.txt",
        "content": wrapper(await stage.system.blobs.put(stage.workspace, b"paid", "text/plain")),
    }
    async with runner_here(stage, Scripted(wait_for_paid)):
        job_id = await start(stage, outputs=(GraphOutput(name="value", type=FileType()),))
        await send(stage, job_id, file)
        await until(lambda: stage.has_event(job_id, JobCompleted))
    assert await succeeded_with(stage, job_id) == [{"value": file}]


async def test_a_run_whose_job_is_cancelled_while_it_waits_is_left_alone(stage: Stage) -> None:
    action = Scripted(wait_for_paid)
    async with runner_here(stage, action):
        job_id = await start(stage)
        await until(lambda: stage.has_event(job_id, TaskWaitBegan))
        command = CancelJob(at=datetime.now(UTC), job_id=job_id, reason="not needed")
        await stage.system.dispatch.send(command, stage.origin)
        await until(lambda: stage.has_event(job_id, TaskCancelled))
    assert len(action.given) == 1
