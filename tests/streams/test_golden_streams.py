"""Streams written by earlier builds, byte for byte: today's code proves, folds and finishes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.catalogue import EVENTS
from domain.graph import Graph
from domain.jobs.alive import assert_alive
from domain.jobs.commands import ResumeJob, RetryTask, SendMessage
from domain.jobs.events import (
    JobCancelled,
    JobCompleted,
    JobFailed,
    JobStarted,
    TaskCancelled,
    TaskFailed,
    TaskOutcomeUnknown,
    TaskSucceeded,
)
from domain.jobs.evolve import evolve
from domain.jobs.facts import facts
from domain.jobs.run import Run
from domain.jobs.state import Job, Wait
from domain.reviews.commands import AcceptReview
from event_store.hashing import record_hash
from event_store.mapper import Mapper
from event_store.units import Record
from event_store.verify import verify_log
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from runner.compose import open_system
from runner.settings import Settings
from tests.conftest import Database
from tests.runner.scripted import Scripted, runner_here
from tests.runner.stage import Stage, until
from tests.streams.composed import EVERY_STORY
from tests.streams.golden import Golden, lay_down, names, read, standing
from tests.streams.stories import MEMBER, ROLES

pytestmark = pytest.mark.anyio

NAMES = names()


def test_every_story_was_written() -> None:
    assert set(NAMES) >= EVERY_STORY.keys()


@pytest.mark.parametrize("name", NAMES)
def test_its_hashes_hold_and_its_job_stands_as_it_stood(name: str) -> None:
    golden, mapper = read(name), Mapper(EVENTS)
    job = Job(Graph.model_validate_json(golden.blobs[0]))
    for record in golden.records:
        state = record.state.encode()
        assert record_hash(UUID(record.stream), record.version, record.topic, state).hex() == record.hash
        stored = Record(1, UUID(record.stream), record.version, record.topic, state, record.hash, UUID(int=0))
        event = mapper.event(stored)
        if record.stream == golden.job:
            evolve(job, event)
    assert standing(job) == golden.stood
    assert_alive(job)


@dataclass(slots=True)
class Laid:
    """A golden stream in a log of its own, and what finishes it."""

    golden: Golden
    stage: Stage
    graph: Graph

    @property
    def job_id(self) -> UUID:
        """Its job."""
        return UUID(self.golden.job)

    async def job(self) -> Job:
        """How its job stands."""
        job: Job
        job, version = await self.stage.system.dispatch.load("job", self.job_id, self.stage.workspace)
        assert version
        return job

    async def help(self) -> bool:
        """Does what a person is asked for; tells whether the job has ended."""
        job, dispatch = await self.job(), self.stage.system.dispatch
        held, waiting = job.held(), job.waiting()
        waits = [(run, job.waits[job.index.lane(run)]) for run in waiting]
        ended = job.ended is not None
        if job.paused is not None:
            await dispatch.send(ResumeJob(at=_now(), job_id=self.job_id), self.stage.origin)
        for run in held:
            await dispatch.send(
                RetryTask(at=_now(), job_id=self.job_id, run=run, reason="Nothing was done."), self.stage.origin
            )
        for run, wait in waits:
            if (answer := self._answer(run, wait)) is not None:
                await dispatch.send(answer, self.stage.origin)
        return ended

    async def children_have_ended(self) -> bool:
        """Whether the jobs that its job had started, as far as they are golden, have ended."""
        started = {UUID(each.stream) for each in self.golden.records if each.topic == JobStarted.wire} - {self.job_id}
        lasts = [(await self.stage.events(child))[-1] for child in started]
        return all(isinstance(last, JobCompleted | JobFailed | JobCancelled) for last in lasts)

    def _answer(self, run: Run, wait: Wait) -> AcceptReview | SendMessage | None:
        """What is answered to a run that waits for a person or a message; times come, and children end, by themselves."""
        if wait.message is not None:
            return SendMessage(at=_now(), job_id=self.job_id, name=wait.message, message_id="the answer", value="x")
        if wait.review_id is None:
            return None
        told = facts(self.graph, run.task, {"out": "x", "more": "y"})
        return AcceptReview(
            at=_now(), review_id=wait.review_id, job_id=self.job_id, member_id=MEMBER, roles=ROLES, facts=told
        )


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def laid(database: Database, tmp_path: Path) -> AsyncIterator[dict[str, Laid]]:
    settings = Settings(
        home=tmp_path,
        database_url=database.service_dsn,
        blobs=(tmp_path / "blobs").as_uri(),
        master_key_file=tmp_path / "key",
    )
    async with open_system(settings, "api") as system:
        all_of_them: dict[str, Laid] = {}
        for name in NAMES:
            golden = read(name)
            lay_down(database.owner_dsn, golden)
            stage = Stage(settings, system, UUID(golden.workspace))
            for blob in golden.blobs:
                await system.blobs.put(stage.workspace, blob.encode(), "application/json")
            all_of_them[name] = Laid(golden, stage, Graph.model_validate_json(golden.blobs[0]))
        yield all_of_them


async def test_their_jobs_are_taken_over_and_come_to_their_ends(laid: dict[str, Laid]) -> None:
    performed: Counter[UUID] = Counter()

    async def again(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        performed[run.job_id] += 1
        return Succeeded({output.name: f"{output.name} of {run.run.text}" for output in run.task.outputs})

    stage = laid[NAMES[0]].stage
    async with runner_here(stage, Scripted(again)):
        for each in laid.values():
            await until(each.help)
            await until(each.children_have_ended)
    for each in laid.values():
        await assert_went_on(each, performed[each.job_id])
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def assert_went_on(laid: Laid, performed: int) -> None:
    """What was stored is as it was, what came since follows it, and no attempt has two outcomes."""
    records = await laid.stage.system.reader.read_stream(laid.job_id)
    kept = [record for record in laid.golden.records if record.stream == laid.golden.job]
    assert [(record.state.decode(), record.hash) for record in records[: len(kept)]] == [
        (record.state, record.hash) for record in kept
    ]
    had_ended = laid.golden.stood["status"] not in ("IN_PROGRESS", "WAITING")
    assert (len(records) == len(kept)) == had_ended
    assert not (had_ended and performed)
    outcomes = Counter(
        event.run.text
        for event in await laid.stage.events(laid.job_id)
        if isinstance(event, TaskSucceeded | TaskFailed | TaskOutcomeUnknown | TaskCancelled)
    )
    assert set(outcomes.values()) <= {1}
