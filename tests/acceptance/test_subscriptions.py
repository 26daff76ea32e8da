"""A subscription that is cut and resumed by its cursor tells each event of a job exactly once and in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any

import pytest

from domain.jobs.events import JobCompleted
from tests.acceptance.client import Client
from tests.acceptance.designs import chain, start
from tests.acceptance.log import Log

pytestmark = pytest.mark.anyio

CUTS = 10
TASK_SECONDS = 0.07
TASKS = 50
CUT_AFTER_SECONDS_MAX = 0.3

_EVENTS = """
subscription ($job: ID!, $after: Cursor) { jobEvents(jobId: $job, after: $after) { cursor live event { version type } } }
"""


@pytest.mark.parametrize("transport", ["over_socket", "over_events"])
@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
async def test_cut_ten_times_at_random_moments_each_event_comes_exactly_once(
    admin: Client, log: Log, transport: str, times: int
) -> None:
    workflow = await chain(admin, [TASK_SECONDS] * TASKS)
    chance = random.Random(transport)
    for _ in range(times):
        job = await start(admin, workflow)
        told = Told()
        cuts_before_its_end = 0
        for _ in range(CUTS):
            await told.follow(getattr(admin, transport), job, chance.uniform(0, CUT_AFTER_SECONDS_MAX))
            cuts_before_its_end += not told.is_over
        if not told.is_over:
            await told.follow(getattr(admin, transport), job, None)
        assert cuts_before_its_end > CUTS // 2
        events = [type(event).wire for event in await log.events(job)]
        assert told.events == list(enumerate(events, 1))


class Told:
    """What a client was told of a job, over all its connections."""

    def __init__(self) -> None:
        self.events: list[tuple[int, str]] = []
        self._cursor: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the job's end was told."""
        return bool(self.events) and self.events[-1][1] == JobCompleted.wire

    async def follow(
        self,
        open_: Callable[..., AbstractAsyncContextManager[AsyncIterator[dict[str, Any]]]],
        job: str,
        seconds: float | None,
    ) -> None:
        """Takes what comes from the last cursor on, until the job has ended or the time has come to cut the connection."""
        marks = 0
        try:
            async with (
                asyncio.timeout(seconds),
                open_(_EVENTS, job=job, after=self._cursor) as messages,
                aclosing(messages),  # type: ignore[type-var]
            ):
                async for message in messages:
                    assert "errors" not in message, message
                    told = message["data"]["jobEvents"]
                    self._cursor = told["cursor"]
                    assert told["live"] == (marks == 1 or told["event"] is None)
                    if told["event"] is None:
                        marks += 1
                        assert marks == 1
                        continue
                    self.events.append((told["event"]["version"], told["event"]["type"]))
                    if self.is_over:
                        break
        except TimeoutError:
            assert seconds is not None, "the job's end was not told"
