"""What a long job costs its runner: what it does now, not what it has done."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.graph import Graph, GraphInput
from domain.jobs.commands import RecordTaskFailed, RecordTaskSucceeded, RetryTask
from domain.jobs.events import TaskStarted, TaskSucceeded
from domain.jobs.facts import facts
from domain.jobs.run import Failure, Run
from domain.subject import Command
from domain.types import ListType
from event_store.reader import Reader
from event_store.session import Session, Statement
from runner.actions.contract import Outcome, Succeeded, TaskRun, Tools
from tests.domain.jobs.graphs import graph, task
from tests.runner.scripted import Scripted, echo, hang, runner_here
from tests.runner.stage import TEXT, Stage, chain, until

pytestmark = pytest.mark.anyio

SENT_TOGETHER = 2_000


def wide(tasks: int, **options: Any) -> Graph:
    """Tasks side by side, and one that is given what each of them gave."""
    names = [f"t{number}" for number in range(tasks)]
    edges = tuple(f"{name}.out -> join.xs" for name in names)
    sides = (task(name, kind="scripted", **options) for name in names)
    gathered = GraphInput(name="xs", type=ListType(items=TEXT), gather=True)
    return graph(*sides, task("join", gathered, kind="scripted"), edges=edges)


async def send_all(stage: Stage, commands: Sequence[Command]) -> None:
    """Sends many commands, of one stream those behind each other."""
    for first in range(0, len(commands), SENT_TOGETHER):
        sending = (stage.system.dispatch.send(each, stage.origin) for each in commands[first : first + SENT_TOGETHER])
        await asyncio.gather(*sending)


async def half_done(stage: Stage, made: Graph, done: int) -> UUID:
    """A job of which so many tasks have ended, reported as a runner does that is gone."""
    job_id = await stage.start_job(made, await stage.store_graph(made))
    now = datetime.now(UTC)
    await send_all(stage, [succeeded(made, job_id, Run(task=f"t{number}"), now) for number in range(done)])
    return job_id


def succeeded(made: Graph, job_id: UUID, run: Run, now: datetime) -> Command:
    """A run ended well."""
    outputs = {"out": f"of {run.task}"}
    return RecordTaskSucceeded(at=now, job_id=job_id, run=run, outputs=outputs, facts=facts(made, run.task, outputs))


async def tell(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
    return Succeeded({"out": f"of {run.run.task}"})


@dataclass(slots=True)
class Work:
    """What readers and sessions of this process did, but for those of the stage."""

    rows: int = 0
    statements: Counter[str] = field(default_factory=Counter)


@pytest.fixture
async def work(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Work:
    counted, rows, execute = Work(), Reader.rows, Session.execute

    async def count_rows(reader: Reader, query: Statement, parameters: Sequence[Any]) -> Any:
        found = await rows(reader, query, parameters)
        if reader is not stage.system.reader:
            counted.rows += len(found)
            counted.statements["read"] += 1
        return found

    async def count_statement(session: Session, query: Statement, parameters: Sequence[Any] = ()) -> Any:
        counted.statements[str(query)[:40]] += 1
        return await execute(session, query, parameters)

    monkeypatch.setattr(Reader, "rows", count_rows)
    monkeypatch.setattr(Session, "execute", count_statement)
    return counted


async def test_taking_over_a_long_job_reads_its_end_and_what_runs_but_not_its_history(stage: Stage, work: Work) -> None:
    made, left = wide(4_000), 20
    job_id = await half_done(stage, made, 4_000 - left)
    events = await stage.system.reader.last_version(job_id)
    work.rows = 0
    action = Scripted(tell)
    async with runner_here(stage, action):
        await until(lambda: stage.ended([job_id]))
    assert len(action.given) == left + 1
    # Every task's value is needed once, by the last; what else is read is the first events, and those behind the snapshot.
    assert work.rows < 4_000 + 2_600 < events
    assert action.given[-1] == {"xs": [f"of t{number}" for number in range(4_000)]}


@asynccontextmanager
async def chain_of(stage: Stage, length: int, seconds_max: float = 20.0) -> AsyncIterator[None]:
    """A job of tasks in a row, from its start to its end."""
    made = chain("scripted", length)
    job_id = await stage.start_job(made, await stage.store_graph(made), value="x")
    yield
    await until(lambda: stage.ended([job_id]), seconds_max)


async def test_the_statements_of_a_completion_are_as_many_in_a_long_chain_as_in_a_short_one(
    stage: Stage, work: Work
) -> None:
    appended: dict[int, float] = {}
    read: dict[int, float] = {}
    async with runner_here(stage, Scripted(echo)):
        async with chain_of(stage, 5):
            pass  # What is read once is read.
        for length in (20, 400):
            work.statements.clear()
            async with chain_of(stage, length):
                pass
            appended[length] = sum(n for query, n in work.statements.items() if "append" in query) / length
            read[length] = work.statements["read"] / length
    assert appended[400] <= 1.1 * appended[20]
    assert read[400] <= max(0.2, read[20])


async def very_long(stage: Stage, attempts: int, tasks: int) -> UUID:
    """A job whose tasks were all tried many times: three events an attempt."""
    made = wide(tasks, on_error="hold")
    job_id = await stage.start_job(made, await stage.store_graph(made))
    error, now = Failure(code="BUSY", message="Try later."), datetime.now(UTC)
    for attempt in range(1, attempts):
        runs = [Run(task=f"t{number}", attempt=attempt) for number in range(tasks)]
        await send_all(stage, [RecordTaskFailed(at=now, job_id=job_id, run=run, error=error) for run in runs])
        await send_all(stage, [RetryTask(at=now, job_id=job_id, run=run) for run in runs])
    runs = [Run(task=f"t{number}", attempt=attempts) for number in range(tasks - 1)]
    await send_all(stage, [succeeded(made, job_id, run, now) for run in runs])
    return job_id


async def first_action(stage: Stage) -> float:
    """What this process works, in seconds, from a runner's begin to the first thing it performs: whatever else the machine does."""
    begun = asyncio.Event()

    async def begin(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        begun.set()
        return await hang(run, inputs, tools)

    async with runner_here(stage, Scripted(begin)):
        began = time.process_time()
        await asyncio.wait_for(begun.wait(), 120)
        return time.process_time() - began


@pytest.mark.soak
@pytest.mark.parametrize(("attempts", "tasks", "seconds_max"), [(11, 3_000, 1.0), (34, 10_000, 5.0)])
async def test_a_job_of_very_many_events_is_taken_over_in_no_time_and_goes_on(
    stage: Stage, attempts: int, tasks: int, seconds_max: float
) -> None:
    job_id = await very_long(stage, attempts, tasks)
    assert await stage.system.reader.last_version(job_id) > 3 * tasks * (attempts - 1)
    assert await first_action(stage) < seconds_max
    async with runner_here(stage, Scripted(tell)):
        await until(lambda: stage.ended([job_id]), 60)


@pytest.mark.soak
async def test_a_job_of_10_000_tasks_side_by_side_completes(stage: Stage) -> None:
    made = wide(10_000)
    async with runner_here(stage, action := Scripted(tell)):
        job_id = await stage.start_job(made, await stage.store_graph(made))
        await until(lambda: stage.ended([job_id]), 60)
    assert len(action.given) == 10_001
    assert await stage.count(TaskStarted) == await stage.count(TaskSucceeded) == 10_001


@pytest.mark.soak
async def test_a_job_of_10_000_tasks_in_a_row_completes(stage: Stage) -> None:
    async with runner_here(stage, Scripted(echo)), chain_of(stage, 10_000, seconds_max=600):
        pass
    assert await stage.count(TaskSucceeded) == 10_000
