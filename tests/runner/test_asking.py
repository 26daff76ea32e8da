"""Runs that persons do: their reviews are requested by whoever writes their start, and no runner performs them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.graph import Asks, Graph
from domain.jobs.asking import review_id
from domain.jobs.events import JobCompleted, TaskFailed, TaskRunnerLost, TaskWaitBegan
from domain.jobs.run import Facts, Run, Source
from domain.jobs.state import Job
from domain.reviews.commands import AcceptReview
from domain.reviews.refusals import ReviewNoLongerNeeded
from domain.reviews.state import Waiting, Withdrawn
from event_store.envelope import read_envelope
from event_store.verify import verify_log
from runner.actions.contract import Outcome, Succeeded, TaskRun
from tests.domain.jobs.graphs import graph, review, task
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import ACTOR, Stage, until

pytestmark = pytest.mark.anyio

ADMIN = UUID(ACTOR.removeprefix("member:"))
ASKS = Asks(roles=("admin",), guidance="Look twice.")


def judged(**options: Any) -> Graph:
    """What `read` gives is judged by a person, and given on."""
    judge = review("judge", "read", asks=ASKS, **options)
    after = task("after", "x", kind="scripted")
    edges = ("read. -> judge.reviewed", "judge.out -> after.x")
    return graph(task("read", kind="scripted"), judge, after, edges=edges)


def asked(**options: Any) -> Graph:
    """A job that begins with a person."""
    return graph(task("agree", kind="human_review", routes=("accepted", "rejected"), asks=ASKS, **options))


@dataclass
class Done:
    """What a runner has performed."""

    tasks: list[str] = field(default_factory=list)

    async def perform(self, run: TaskRun, _inputs: Any, _tools: Any) -> Outcome:
        """Gives `out`."""
        self.tasks.append(run.run.task)
        return Succeeded({"out": "done"})


async def accept(stage: Stage, job_id: UUID, name: str) -> None:
    """The member who may accepts."""
    command = AcceptReview(
        at=datetime.now(UTC),
        review_id=review_id(job_id, Run(task=name)),
        job_id=job_id,
        member_id=ADMIN,
        roles=frozenset({"admin"}),
        facts=Facts(),
    )
    await stage.system.dispatch.send(command, stage.origin)


async def review_of(stage: Stage, job_id: UUID, name: str) -> Any:
    """How the review of a task stands."""
    state, _ = await stage.system.dispatch.load("review", review_id(job_id, Run(task=name)), stage.workspace)
    return state


async def test_a_job_that_begins_with_a_person_needs_no_runner(stage: Stage) -> None:
    drawn = asked()
    job_id = await stage.start_job(drawn, await stage.store_graph(drawn))
    waiting = await review_of(stage, job_id, "agree")
    assert isinstance(waiting, Waiting)
    assert (waiting.job_id, waiting.assignment.roles) == (job_id, ("admin",))
    await accept(stage, job_id, "agree")
    assert isinstance((await stage.events(job_id))[-1], JobCompleted)
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_the_review_stands_in_the_unit_of_the_outcome_that_is_judged(stage: Stage) -> None:
    drawn, done = judged(), Done()
    async with runner_here(stage, Scripted(done.perform)):
        job_id = await stage.start_job(drawn, await stage.store_graph(drawn))
        await until(lambda: stage.has_event(job_id, TaskWaitBegan))
        records = await stage.system.reader.read_stream(job_id)
        (requested,) = await stage.system.reader.read_stream(review_id(job_id, Run(task="judge")))
        *_, start, wait = records
        assert [start.topic, wait.topic] == ["job.task_started.v1", "job.task_wait_began.v1"]
        assert requested.position == wait.position + 1
        envelope = read_envelope(requested.state)
        assert (envelope.cause, envelope.root) == (f"{job_id}:{start.version}", job_id)
        event: Any = stage.system.mapper.event(requested)
        assert (event.reviewed, event.job_started_by) == (Run(task="read"), ACTOR)
        assert event.shown == {"reviewed": Source(run=Run(task="read"), path=())}
        await accept(stage, job_id, "judge")
        await until(lambda: stage.ended([job_id]))
    assert done.tasks == ["read", "after"]
    await stage.assert_sound([job_id])


async def test_who_takes_a_job_over_performs_nothing_that_waits_for_a_person(stage: Stage) -> None:
    drawn = judged()
    graph_hash = await stage.store_graph(drawn)
    async with runner_here(stage, Scripted(Done().perform), "first"):
        job_id = await stage.start_job(drawn, graph_hash)
        await until(lambda: stage.has_event(job_id, TaskWaitBegan))
    before = await stage.start_job(asked(), await stage.store_graph(asked()))
    done = Done()
    async with runner_here(stage, Scripted(done.perform), "second"):
        after = await stage.start_job(asked(), await stage.store_graph(asked()))
        for each, name in ((job_id, "judge"), (before, "agree"), (after, "agree")):
            await accept(stage, each, name)
        await until(lambda: stage.ended([job_id, before, after]))
    assert done.tasks == ["after"]
    assert await stage.count(TaskRunnerLost) == 0
    await stage.assert_sound([job_id, before, after])


@pytest.mark.parametrize("runs_before", [True, False])
async def test_the_time_for_an_answer_ends_whoever_wrote_the_start(stage: Stage, *, runs_before: bool) -> None:
    drawn = asked(time_limit_seconds=0.3, on_error="continue")
    graph_hash = await stage.store_graph(drawn)
    job_id = None if runs_before else await stage.start_job(drawn, graph_hash)
    async with runner_here(stage, Scripted(echo)):
        job_id = job_id or await stage.start_job(drawn, graph_hash)
        await until(lambda: stage.ended([job_id]))
    [failed] = [event for event in await stage.events(job_id) if isinstance(event, TaskFailed)]
    assert failed.error.code == "TIME_LIMIT_EXCEEDED"
    assert isinstance(await review_of(stage, job_id, "agree"), Withdrawn)
    with pytest.raises(ReviewNoLongerNeeded):
        await accept(stage, job_id, "agree")


async def test_many_that_are_asked_at_once_are_all_asked_and_answered(stage: Stage) -> None:
    """More than one unit holds: what the decision leaves over, a runner asks."""
    names = [f"agree_{number}" for number in range(700)]
    config = {"reviews": None, "assignment": {"roles": ["admin"]}}
    many = (task(name, kind="human_review", routes=("accepted",), config=config, asks=ASKS) for name in names)
    drawn = graph(*many)
    async with runner_here(stage, Scripted(echo)):
        job_id = await stage.start_job(drawn, await stage.store_graph(drawn))

        async def all_wait() -> bool:
            job: Job
            job, _ = await stage.system.dispatch.load("job", job_id, stage.workspace)
            return len(job.waiting()) == len(names)

        await until(all_wait, 60)
        await asyncio.gather(*(accept(stage, job_id, name) for name in names))
        await until(lambda: stage.ended([job_id]))
    assert [finding async for finding in verify_log(stage.system.reader)] == []


async def test_of_many_runs_that_end_at_once_each_is_judged(stage: Stage) -> None:
    numbers = range(400)
    tasks = [task(f"read_{number}", kind="scripted") for number in numbers]
    judges = [review(f"judge_{number}", f"read_{number}", asks=ASKS) for number in numbers]
    edges = tuple(f"read_{number}. -> judge_{number}.reviewed" for number in numbers)
    drawn = graph(*tasks, *judges, edges=edges)
    done = Done()
    async with runner_here(stage, Scripted(done.perform)):
        job_id = await stage.start_job(drawn, await stage.store_graph(drawn))
        await until(lambda: stage.has_event(job_id, TaskWaitBegan, len(numbers)), 60)
        await asyncio.gather(*(accept(stage, job_id, f"judge_{number}") for number in numbers))
        await until(lambda: stage.ended([job_id]))
    assert sorted(done.tasks) == sorted(f"read_{number}" for number in numbers)
    assert [finding async for finding in verify_log(stage.system.reader)] == []
