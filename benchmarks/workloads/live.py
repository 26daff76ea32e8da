"""S1: how long after an event was written its subscribers hear of it, at a steady rate of events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from benchmarks import designs, jobs
from benchmarks.client import Socket, SubscriptionEnded
from benchmarks.figures import Figure, percentile, spent_figures
from benchmarks.processes import watched
from benchmarks.stage import Stage

SUBSCRIPTIONS_A_SOCKET = 100
BEGINNING_TOGETHER = 20  # subscriptions that are still being told what they missed
ENDS = "job.completed.v1"

_EVENTS = "subscription ($job: ID!, $after: Cursor) { jobEvents(jobId: $job, after: $after) { cursor live event { type at } } }"


@dataclass(frozen=True, slots=True)
class Audience:
    """Jobs that make events at a steady rate, and how many follow each: a task that succeeds and the next that starts are two."""

    name: str
    jobs: int
    followers: int  # of each job
    lanes: int
    length: int
    seconds: float  # that a task takes


MANY_JOBS = Audience("S1 1,000 on 1,000 jobs", jobs=1_000, followers=1, lanes=1, length=8, seconds=4.0)  # 500 events/s
ONE_JOB = Audience("S1 100 on one job", jobs=1, followers=100, lanes=1, length=150, seconds=0.1)  # 20 events/s
FAST_JOB = Audience("S1 one, fast job", jobs=1, followers=1, lanes=50, length=60, seconds=0.1)  # 1,000 events/s


async def live(stage: Stage) -> list[Figure]:
    """S1: three audiences, one after the other."""
    figures: list[Figure] = []
    for audience in (MANY_JOBS, ONE_JOB, FAST_JOB):
        figures += await _followed(stage, audience)
    return figures


async def _followed(stage: Stage, audience: Audience) -> list[Figure]:
    workflow = await designs.lanes(stage.client, audience.lanes, audience.length, audience.seconds)
    started = await jobs.start(stage.client, workflow, audience.jobs)
    followed = [job for job in started.ids for _ in range(audience.followers)]
    gate = asyncio.Semaphore(BEGINNING_TOGETHER)
    with watched(stage.roots) as spent:
        async with AsyncExitStack() as stack:
            groups = [
                followed[at : at + SUBSCRIPTIONS_A_SOCKET] for at in range(0, len(followed), SUBSCRIPTIONS_A_SOCKET)
            ]
            sockets = [await stack.enter_async_context(stage.client.socket()) for _ in groups]
            listening = zip(sockets, groups, strict=True)
            listeners = [Listener(socket, group, gate) for socket, group in listening]
            await asyncio.gather(*(listener.listen() for listener in listeners))
    heard = [each for listener in listeners for each in listener.heard]
    delays = [(received - written) * 1_000 for received, written in heard]
    span = max(written for _, written in heard) - min(written for _, written in heard)
    name = audience.name
    return [
        Figure(name, "written to received, median", "ms", median(delays)),
        Figure(name, "written to received, p99", "ms", percentile(delays, 99)),
        Figure(name, "messages", "messages/s", len(heard) / span),
        Figure(name, "resumed after a refusal", "subscriptions", sum(listener.resumed for listener in listeners)),
        *spent_figures(name, spent, len(heard), "messages"),
    ]


class Listener:
    """Follows jobs on one socket until all have ended, and notes when each live event was received and when it was written."""

    def __init__(self, socket: Socket, followed: Sequence[str], gate: asyncio.Semaphore) -> None:
        self._socket = socket
        self._left = list(followed)
        self._gate = gate
        self._jobs: dict[str, str] = {}  # by the number of the subscription
        self._cursors: dict[str, str] = {}
        self.heard: list[tuple[float, float]] = []
        self.resumed = 0

    async def listen(self) -> None:
        """Subscribes, receives, and resumes by its cursor what was refused for a moment, as every client should."""
        beginning = asyncio.create_task(self._subscribe_all())
        left = len(self._left)
        try:
            while left:
                try:
                    number, told = await self._socket.receive()
                except SubscriptionEnded as ended:
                    if not ended.retryable:
                        raise
                    self.resumed += 1
                    await self._subscribe(self._jobs[ended.number], self._cursors.get(ended.number))
                else:
                    left -= self._take(number, told, time.time())
        finally:
            beginning.cancel()

    async def _subscribe_all(self) -> None:
        for job in self._left:
            await self._gate.acquire()
            await self._subscribe(job, None)

    async def _subscribe(self, job: str, after: str | None) -> None:
        number = await self._socket.subscribe(_EVENTS, job=job, after=after)
        self._jobs[number] = job
        if after:
            self._cursors[number] = after

    def _take(self, number: str, told: dict[str, Any], received: float) -> bool:
        """Notes one message; whether it is the end of its job."""
        event = told["event"]
        self._cursors[number] = told["cursor"]
        if event is None:  # The mark: what was missed has been told.
            self._gate.release()
            return False
        if told["live"]:
            self.heard.append((received, datetime.fromisoformat(event["at"]).timestamp()))
        return bool(event["type"] == ENDS)
