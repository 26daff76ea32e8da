"""Runs under way in one process: what is stopped ends at once, whenever it is stopped."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.jobs.events import TaskStarted
from domain.jobs.run import Run
from runner.actions.contract import Succeeded
from runner.performance import Acted, Performance
from runner.performing import Performing

pytestmark = pytest.mark.anyio

AT_ONCE_SECONDS_MAX = 1.0
JOB, WORKSPACE = uuid4(), uuid4()
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Work:
    """Acts until it is cancelled, and notes what is reported."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.reported: list[str] = []

    async def act(self, performance: Performance) -> Acted:
        """Never ends by itself."""
        self.begun.append(performance.text)
        await asyncio.Event().wait()
        return Acted(Succeeded({}))

    async def report(self, performance: Performance, acted: Acted) -> None:
        """Notes it."""
        self.reported.append(performance.text)

    async def report_time_limit(self, performance: Performance) -> None:
        """Notes it."""
        self.reported.append(f"{performance.text} too late")


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_a_run_that_is_stopped_ends_at_once_even_before_its_first_step(steps: int) -> None:
    work = Work()
    performing = Performing(work)
    over = asyncio.Event()
    performing.on_over = lambda _: over.set()
    performing.start(WORKSPACE, JOB, 1, TaskStarted(run=Run(task="a"), bindings={}), at=AT)
    for _ in range(steps):
        await asyncio.sleep(0)
    performing.stop_job(JOB)
    async with asyncio.timeout(AT_ONCE_SECONDS_MAX):
        await over.wait()
    assert list(performing) == []
    assert work.begun == (["a#1.1"] if steps else [])
    assert work.reported == []
