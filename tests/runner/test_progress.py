"""How far runs are is written at most once a second, fit to be shown, and costs nothing until something is told."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.rows import TupleRow

from domain.jobs.events import TaskStarted
from domain.jobs.run import Run
from event_store.reader import Reader
from event_store.session import Statement
from projections.engine import progress_of_jobs
from runner.performance import Performance, Stage
from runner.progress import NOTE_CHARACTERS_MAX, WRITE_SECONDS, ProgressKept
from runner.secrecy import RunSecrets
from tests.runner.stage import Stage as House
from tests.runner.stage import until

pytestmark = pytest.mark.anyio


class CountingReader(Reader):
    """A reader that remembers when it was asked for what."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.asked: list[tuple[float, Statement]] = []

    async def rows(self, query: Statement, parameters: Sequence[Any]) -> list[TupleRow]:
        self.asked.append((asyncio.get_running_loop().time(), query))
        return await super().rows(query, parameters)

    @property
    def written_at(self) -> list[float]:
        """When rows were written."""
        return [at for at, query in self.asked if str(query).startswith("insert")]


@pytest.fixture
async def reader(stage: House) -> AsyncIterator[CountingReader]:
    reader = CountingReader(stage.system.dsn)
    await reader.start()
    yield reader
    await reader.stop()


@pytest.fixture
async def session_id(stage: House) -> UUID:
    """A runner that was heard of just now."""
    session_id = uuid4()
    entered = "insert into live_runners (session, name, process_id) values (%b, 'tested', 1) returning 1"
    await stage.system.reader.rows(entered, (session_id,))
    return session_id


@pytest.fixture
async def kept(reader: CountingReader, session_id: UUID) -> AsyncIterator[ProgressKept]:
    kept = ProgressKept(reader, session_id)
    yield kept
    await kept.stop()


def performance(workspace: UUID) -> Performance:
    run = Run(task="task", round=1, attempt=1)
    now = datetime.now(UTC)
    made = Performance(workspace, uuid4(), 0, 1, TaskStarted(run=run, bindings={}), run.text, now)
    made.stage = Stage.ACTING
    return made


async def shown(stage: House, of: Performance) -> Any:
    found = (await progress_of_jobs(stage.system.views, stage.workspace, [of.job_id]))[of.job_id].get(of.text)
    return None if found is None else found.progress


async def test_a_run_that_tells_nothing_costs_nothing(stage: House, reader: CountingReader, kept: ProgressKept) -> None:
    before = asyncio.all_tasks()
    kept.over(performance(stage.workspace))
    assert asyncio.all_tasks() == before
    assert reader.asked == []


async def test_what_is_told_often_is_written_once_a_second_and_the_last_is_shown(
    stage: House, reader: CountingReader, kept: ProgressKept
) -> None:
    run, secrets = performance(stage.workspace), RunSecrets()
    for done in range(100):
        kept.tell(run, secrets, done, 100)
        await asyncio.sleep(0)

    async def is_last() -> bool:
        return bool(await shown(stage, run) == {"done": 99, "total": 100, "note": None})

    await until(is_last)
    first, second = reader.written_at
    assert second - first >= WRITE_SECONDS


async def test_the_row_goes_with_the_run_and_nothing_goes_on_after_it(
    stage: House, reader: CountingReader, kept: ProgressKept
) -> None:
    before = asyncio.all_tasks()
    run = performance(stage.workspace)
    kept.tell(run, RunSecrets(), 1)

    async def is_shown() -> bool:
        return await shown(stage, run) is not None

    await until(is_shown)
    kept.over(run)
    run.stage = Stage.OVER
    kept.tell(run, RunSecrets(), 2)

    async def is_gone() -> bool:
        return not await reader.rows("select 1 from run_progress", ()) and asyncio.all_tasks() <= before

    await until(is_gone)


async def test_what_cannot_be_shown_is_made_fit(stage: House, kept: ProgressKept) -> None:
    run, secrets = performance(stage.workspace), RunSecrets()
    secrets.add("hunter2-hunter2")
    note = "\0\ud800" + "x" * (NOTE_CHARACTERS_MAX - 9) + "hunter2-hunter2 and on"
    kept.tell(run, secrets, 1, math.inf, note)
    kept.tell(run, secrets, math.nan, None, "no number")

    async def is_shown() -> bool:
        return await shown(stage, run) is not None

    await until(is_shown)
    found = await shown(stage, run)
    assert (found["done"], found["total"]) == (1, None)
    assert found["note"] == "\ufffd?" + "x" * (NOTE_CHARACTERS_MAX - 9) + "••• and"


async def test_what_a_runner_left_that_is_gone_is_not_shown_and_is_removed(
    stage: House, reader: CountingReader, kept: ProgressKept
) -> None:
    left = performance(stage.workspace)
    row = "insert into run_progress (job_id, run, workspace_id, session, progress) values (%b, %b, %b, %b, '{}') returning 1"
    await reader.rows(row, (left.job_id, left.text, left.workspace, uuid4()))
    assert await shown(stage, left) is None
    kept.tell(performance(stage.workspace), RunSecrets(), 1)

    async def is_gone() -> bool:
        return not await reader.rows("select 1 from run_progress where job_id = %b", (left.job_id,))

    await until(is_gone)
