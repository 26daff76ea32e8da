"""Losing the session, taking over, and handing over: who performs what, and what is recorded of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.jobs.events import (
    JobCompleted,
    JobFailed,
    TaskEffectBegan,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskRunnerLost,
    TaskStarted,
    TaskSucceeded,
)
from domain.jobs.reports import RUNNER_LOSSES_MAX
from domain.jobs.run import Run
from domain.jobs.state import Job
from event_store.units import Record
from runner import performing
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from runner.examining import Examining, Starts
from runner.following import Following
from runner.places import PART_OF_WORKSPACE
from tests.conftest import Database
from tests.runner.scripted import Scripted, echo, hang, one, runner_here
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio


async def lose_sessions(database: Database) -> None:
    """Ends the sessions of all runners, as a lost network does."""
    async with await psycopg.AsyncConnection.connect(database.owner_dsn, autocommit=True) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name like 'opus runner %' and datname = current_database()"
        )


async def test_what_was_started_while_no_runner_was_there_was_lost_by_none(stage: Stage) -> None:
    graph = chain("scripted", 2)
    graph_hash = await stage.store_graph(graph)
    first = await stage.start_job(graph, graph_hash, value="before any runner")
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: stage.ended([first]))
    second = await stage.start_job(graph, graph_hash, value="after one has left")
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: stage.ended([second]))
    assert await stage.count(TaskRunnerLost) == 0


async def test_a_run_that_loses_its_runner_is_performed_again_but_not_for_ever(
    stage: Stage, database: Database
) -> None:
    action = Scripted(hang)
    graph = one()
    async with runner_here(stage, action):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        for times in range(1, RUNNER_LOSSES_MAX + 1):

            async def begun(times: int = times) -> bool:
                return len(action.given) == times

            await until(begun)
            await lose_sessions(database)
        await until(lambda: stage.has_event(job_id, JobFailed))
    events = await stage.events(job_id)
    assert [event.losses for event in events if isinstance(event, TaskRunnerLost)] == [1, 2, 3]
    [failed] = [event for event in events if isinstance(event, TaskFailed)]
    assert failed.error.code == "RUNNER_LOST"
    assert len(action.given) == RUNNER_LOSSES_MAX


async def test_an_effect_that_had_begun_is_never_repeated(stage: Stage, database: Database) -> None:
    action = Scripted(hang)
    graph = one(repetition="once")
    async with runner_here(stage, action):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, TaskEffectBegan))
        await lose_sessions(database)
        await until(lambda: stage.has_event(job_id, TaskOutcomeUnknown))
    assert len(action.given) == 1


async def test_a_runner_that_gives_a_shard_up_finishes_its_runs_and_the_new_owner_goes_on(stage: Stage) -> None:
    let_go = asyncio.Event()

    async def wait(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await let_go.wait()
        return Succeeded(dict(inputs))

    graph = chain("scripted", 2)
    graph_hash = await stage.store_graph(graph)
    old, new = Scripted(wait), Scripted(echo)
    async with runner_here(stage, old, "old"):
        jobs = [
            await stage.start_job(graph, graph_hash, value=f"{number}") for number in range(128)
        ]  # So many that no shard is idle.

        async def all_begun() -> bool:
            return len(old.given) == len(jobs)

        await until(all_begun)
        async with runner_here(stage, new, "new"):

            async def shared() -> bool:
                return await stage.shares() == {"old": 32, "new": 32}

            await until(shared)
            assert new.given == []  # The runs that were begun are still the old runner's.
            let_go.set()
            await until(lambda: stage.ended(jobs))
    actors = [tuple(await stage.actors(job_id, TaskSucceeded)) for job_id in jobs]
    assert set(actors) == {("runner:old", "runner:old"), ("runner:old", "runner:new")}
    assert await stage.count(TaskRunnerLost) == 0


async def test_runs_that_still_waited_for_a_place_are_handed_over_and_none_counts_as_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "RUNS_AT_ONCE_MAX", 10)
    places = int(10 * PART_OF_WORKSPACE)
    let_go = asyncio.Event()

    async def wait(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await let_go.wait()
        return Succeeded(dict(inputs))

    graph = chain("scripted", 1)
    graph_hash = await stage.store_graph(graph)
    old, new = Scripted(wait), Scripted(echo)
    async with runner_here(stage, old, "old"):
        jobs = [await stage.start_job(graph, graph_hash, value=f"{number}") for number in range(128)]

        async def all_known() -> bool:
            return len(old.given) == places and await stage.count(TaskStarted) == len(jobs)

        await until(all_known)
        async with runner_here(stage, new, "new"):

            async def handed_over() -> bool:
                # The shards given up are the least busy: by chance they hold some thirty of the jobs, far more than five places.
                return await stage.shares() == {"old": 32, "new": 32} and len(new.given) > 10

            await until(handed_over)
            let_go.set()
            await until(lambda: stage.ended(jobs))
    assert len(old.given) + len(new.given) == len(jobs)
    assert await stage.count(TaskRunnerLost) == 0


async def test_what_a_lagging_read_model_does_not_know_is_found_in_the_log(stage: Stage) -> None:
    """No projector ran at all: the position of its read model is 0, and everything is in the log from there."""
    graph = one()
    graph_hash = await stage.store_graph(graph)
    async with runner_here(stage, Scripted(hang)):
        job_id = await stage.start_job(graph, graph_hash, value="x")
        await until(lambda: stage.has_event(job_id, TaskStarted))
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: stage.has_event(job_id, TaskSucceeded))


async def test_a_wait_that_fell_due_while_no_runner_was_there_is_ended_by_the_next(stage: Stage) -> None:
    from tests.runner.test_outcomes import reviewed  # noqa: PLC0415

    projector = await stage.start_part("projector")
    graph = reviewed(time_limit_seconds=1.0)
    async with runner_here(stage, Scripted(echo)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")

        async def known() -> bool:
            return bool(await stage.system.reader.rows("select 1 from views.open_runs where due_at is not null", ()))

        await until(known)
    due_at = datetime.now(UTC) + timedelta(seconds=1)

    async def is_due() -> bool:
        return datetime.now(UTC) > due_at

    await until(is_due)
    assert not await stage.has_event(job_id, TaskFailed)
    async with runner_here(stage, Scripted(echo)):
        await until(lambda: stage.has_event(job_id, JobFailed))
    assert projector.returncode is None


async def test_a_blob_store_that_is_away_is_waited_for(stage: Stage) -> None:
    large = "x" * 100_000

    async def grow(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": large})

    graph = chain("scripted", 2)
    graph_hash = await stage.store_graph(graph)
    folder = stage.settings.blobs_folder
    assert folder is not None
    async with runner_here(stage, action := Scripted(grow)):
        await stage.start_job(graph, graph_hash, value="warm the graph")

        async def given(count: int) -> bool:
            return len(action.given) >= count

        await until(lambda: given(2))
        away = folder.with_name("away")
        folder.rename(away)
        folder.write_text("a file where the folder was")
        job_id = await stage.start_job(graph, graph_hash, value="y")
        await until(lambda: given(3))
        assert not await stage.has_event(job_id, TaskSucceeded)
        folder.unlink()
        away.rename(folder)
        await until(lambda: stage.ended([job_id]))


async def test_a_run_that_ends_while_its_job_is_examined_is_not_performed_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    found_missing, examined = asyncio.Event(), asyncio.Event()
    woken, read_starts, perform_missing = Following.woken, Examining._read_starts, Examining._perform

    async def examined_first(following: Following, job_id: UUID, records: list[Record]) -> None:
        following._examining.ask(job_id, records[0].workspace)
        await found_missing.wait()
        await woken(following, job_id, records)

    async def slowly(examining: Examining, job_id: UUID, job: Job, runs: Sequence[Run]) -> Starts:
        found_missing.set()
        await until(lambda: stage.has_event(job_id, JobCompleted))
        return await read_starts(examining, job_id, job, runs)

    async def then_examined(*found: Any) -> None:
        await perform_missing(*found)
        examined.set()

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        begun.append(run.run.text)
        return Succeeded(dict(inputs))

    monkeypatch.setattr(Following, "woken", examined_first)
    monkeypatch.setattr(Examining, "_read_starts", slowly)
    monkeypatch.setattr(Examining, "_perform", then_examined)
    graph = one()
    async with runner_here(stage, Scripted(perform)):
        await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await examined.wait()
    assert begun == ["task#1.1"]


async def test_a_run_that_ended_before_the_notice_of_its_start_came_is_not_performed_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    followed, woken = asyncio.Event(), Following.woken

    async def after_its_end(following: Following, job_id: UUID, records: list[Record]) -> None:
        following._examining.ask(job_id, records[0].workspace)
        await until(lambda: stage.has_event(job_id, JobCompleted))
        await woken(following, job_id, records)
        followed.set()

    async def perform(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        begun.append(run.run.text)
        return Succeeded(dict(inputs))

    monkeypatch.setattr(Following, "woken", after_its_end)
    graph = one()
    async with runner_here(stage, Scripted(perform)):
        await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await followed.wait()
    assert begun == ["task#1.1"]
