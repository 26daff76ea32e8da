"""What was asked of an API that dies is done wholly or not at all, and asking again with the same command id is safe."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from domain.jobs.events import JobStarted
from tests.acceptance.client import PAUSE_SECONDS, PERSIST_SECONDS_MAX, Client, NotAnswered
from tests.acceptance.designs import START, chain, given
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, envelope, until

pytestmark = pytest.mark.anyio

CALLERS = 32
ANSWERED_BEFORE = 100
BULK_EVERY = 20
BULK_STARTS = 10

_START_MANY = """
mutation ($input: StartJobsInput!) {
  startJobs(input: $input) {
    ... on StartJobsSuccess { results { ... on StartJobSuccess { jobId } ... on CommandRefused { message retryable } } }
    ... on CommandRefused { message retryable }
  }
}
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """One request of a burst: a start with its command id, or several in one."""

    input: dict[str, Any]

    async def send(self, client: Client) -> list[str]:
        """The jobs it started; raises NotAnswered."""
        if "jobs" not in self.input:
            return [(await client.ask(START, input=self.input))["jobId"]]
        results = (await client.ask(_START_MANY, input=self.input))["results"]
        if any(result.get("retryable") for result in results):
            raise NotAnswered(str(results))
        return [result["jobId"] for result in results]

    async def persist(self, client: Client) -> list[str]:
        """The same, sent again until it is answered."""
        async with asyncio.timeout(PERSIST_SECONDS_MAX):
            while True:
                try:
                    return await self.send(client)
                except NotAnswered:
                    await asyncio.sleep(PAUSE_SECONDS)

    @property
    def starts(self) -> int:
        """How many jobs it starts."""
        return len(self.input.get("jobs", [None]))


def calls_of(workflow: str, count: int) -> list[Call]:
    """So many calls, every twentieth with several starts."""
    made = []
    for number in range(count):
        start = {"workflowId": workflow, "inputs": [given("value", f"{number}")]}
        asked = {"jobs": [start] * BULK_STARTS} if number % BULK_EVERY == 0 else start
        made.append(Call({**asked, "commandId": secrets.token_hex(8)}))
    return made


@pytest.mark.parametrize(("count", "rounds"), [(300, 1), pytest.param(1_000, 10, marks=pytest.mark.soak)])
async def test_after_kill_9_of_the_api_in_a_burst_of_starts_repeating_all_makes_each_job_once(
    installation: Installation, admin: Client, log: Log, count: int, rounds: int
) -> None:
    for _ in range(rounds):
        await kill_in_burst(installation, admin, log, count)
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()


async def kill_in_burst(installation: Installation, admin: Client, log: Log, count: int) -> None:
    """Sends calls, kills the API when some are answered, sends all again, and counts the jobs."""
    workflow = await chain(admin, (0, 0))
    before = await log.position()
    calls = calls_of(workflow, count)
    answered: dict[int, list[str]] = {}
    gate, enough = asyncio.Semaphore(CALLERS), asyncio.Event()

    async def send(number: int) -> None:
        async with gate:
            try:
                answered[number] = await calls[number].send(admin)
            except NotAnswered:
                return
        if len(answered) >= ANSWERED_BEFORE:
            enough.set()

    api = installation.process("serve")  # Found before, so that it is killed long before all are answered.
    burst = asyncio.gather(*map(send, range(count)))
    await enough.wait()
    api.kill()
    await burst
    assert ANSWERED_BEFORE <= len(answered) < count
    loop = asyncio.get_running_loop()
    killed_at = loop.time()
    again = {0: await calls[0].persist(admin)}
    _log.info("the API answered again %.1f s after kill -9", loop.time() - killed_at)
    for number in range(1, count):
        again[number] = await calls[number].persist(admin)
    assert answered.items() <= again.items()
    assert [len(jobs) for jobs in again.values()] == [call.starts for call in calls]
    jobs = [job for jobs in again.values() for job in jobs]
    records = [record for record in await log.records(before) if record.topic == JobStarted.wire]
    assert Counter(str(record.stream) for record in records) == Counter(jobs)
    assert set(Counter(envelope(record).command_id for record in records).values()) == {1}
    await until(lambda: log.completed(jobs), "all jobs")
