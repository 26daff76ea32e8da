"""What was asked of an API that dies is done wholly or not at all, and asking again with the same command id is safe."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from typing import Any

import pytest

from domain.jobs.events import JobStarted
from tests.acceptance.client import Client, NotAnswered
from tests.acceptance.designs import START, chain, given
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, envelope, event

pytestmark = pytest.mark.anyio

CALLERS = 32
ANSWERED_BEFORE = 100

_log = logging.getLogger(__name__)


@pytest.mark.parametrize(("starts", "rounds"), [(300, 1), pytest.param(1_000, 10, marks=pytest.mark.soak)])
async def test_after_kill_9_of_the_api_in_a_burst_of_starts_repeating_all_makes_each_job_once(
    installation: Installation, admin: Client, log: Log, starts: int, rounds: int
) -> None:
    for _ in range(rounds):
        await kill_in_burst(installation, admin, log, starts)
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()


async def kill_in_burst(installation: Installation, admin: Client, log: Log, starts: int) -> None:
    """Sends starts, kills the API when some are answered, sends all again, and counts the jobs."""
    workflow = await chain(admin, (0, 0))
    before = await log.position()
    inputs = [
        {"workflowId": workflow, "inputs": [given("value", f"{number}")], "commandId": secrets.token_hex(8)}
        for number in range(starts)
    ]
    answered: dict[str, str] = {}
    lost = 0
    gate, enough = asyncio.Semaphore(CALLERS), asyncio.Event()

    async def send(input_: dict[str, Any]) -> None:
        nonlocal lost
        async with gate:
            try:
                started = await admin.ask(START, input=input_)
            except NotAnswered:
                lost += 1
                return
        assert started["__typename"] == "StartJobSuccess", started
        answered[input_["commandId"]] = started["jobId"]
        if len(answered) >= ANSWERED_BEFORE:
            enough.set()

    burst = asyncio.gather(*map(send, inputs))
    await enough.wait()
    await asyncio.to_thread(installation.kill, "serve")
    await burst
    assert ANSWERED_BEFORE <= len(answered) < starts
    assert lost == starts - len(answered)
    loop = asyncio.get_running_loop()
    killed_at = loop.time()
    first = (await admin.persist(START, input=inputs[0]))["jobId"]
    _log.info("the API answered again %.1f s after kill -9", loop.time() - killed_at)
    assert first == answered.setdefault(inputs[0]["commandId"], first)
    jobs: dict[str, str] = {}
    for input_ in inputs:
        jobs[input_["commandId"]] = (await admin.persist(START, input=input_))["jobId"]
    assert answered.items() <= jobs.items()
    assert len(set(jobs.values())) == starts
    records = [record for record in await log.records(before) if record.topic == JobStarted.wire]
    of_workflow = [
        record for record, found in zip(records, map(event, records), strict=True)
        if isinstance(found, JobStarted) and str(found.workflow_id) == workflow
    ]
    assert {envelope(record).command_id: str(record.stream) for record in of_workflow} == jobs
    assert Counter(envelope(record).command_id for record in of_workflow).most_common(1)[0][1] == 1
