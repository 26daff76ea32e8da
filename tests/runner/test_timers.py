"""Timers fire what is due, in order, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from runner.timers import HORIZON, Timers
from tests.runner.stage import until

pytestmark = pytest.mark.anyio

WORKSPACE = UUID(int=1)
FIRST, SECOND = UUID(int=2), UUID(int=3)


class Fired:
    """What has fired."""

    def __init__(self) -> None:
        self.jobs: list[UUID] = []

    async def fire(self, job_id: UUID, run: str, workspace: UUID) -> None:
        """Remembers it."""
        self.jobs.append(job_id)

    async def all_of(self, *jobs: UUID) -> bool:
        """Whether exactly these have fired, in this order."""
        return self.jobs == list(jobs)


@asynccontextmanager
async def going(timers: Timers) -> AsyncIterator[None]:
    running = asyncio.create_task(timers.run())
    yield
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def after(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def test_they_fire_in_the_order_in_which_they_are_due_also_when_put_later() -> None:
    fired = Fired()
    timers = Timers(fired.fire)
    async with going(timers):
        timers.put(after(0.2), SECOND, "a#1.1", WORKSPACE)
        timers.put(after(0.05), FIRST, "a#1.1", WORKSPACE)
        await until(lambda: fired.all_of(FIRST, SECOND))


async def test_what_is_put_twice_fires_once() -> None:
    fired = Fired()
    timers = Timers(fired.fire)
    due_at = after(0.05)
    for _ in range(3):
        timers.put(due_at, FIRST, "a#1.1", WORKSPACE)
    timers.put(due_at + timedelta(seconds=0.1), SECOND, "a#1.1", WORKSPACE)
    async with going(timers):
        await until(lambda: fired.all_of(FIRST, SECOND))


async def test_what_is_due_beyond_the_horizon_takes_no_memory() -> None:
    timers = Timers(Fired().fire)
    timers.put(datetime.now(UTC) + HORIZON + timedelta(minutes=1), FIRST, "a#1.1", WORKSPACE)
    assert timers._heap == []


async def test_jobs_of_a_shard_that_was_given_up_are_dropped() -> None:
    fired = Fired()
    timers = Timers(fired.fire)
    timers.put(after(0.01), FIRST, "a#1.1", WORKSPACE)
    timers.put(after(0.02), SECOND, "a#1.1", WORKSPACE)
    timers.drop(lambda job_id: job_id == FIRST)
    async with going(timers):
        await until(lambda: fired.all_of(SECOND))
