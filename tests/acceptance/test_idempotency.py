"""One idempotency key makes one job, whichever API process gets it, and however close together."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from domain.jobs.events import JobStarted
from tests.acceptance.client import Client
from tests.acceptance.designs import START, chain, given
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, event

pytestmark = pytest.mark.anyio

ROUNDS = 100


async def test_two_api_processes_given_one_key_at_the_same_moment_make_one_job(
    installation: Installation, admin: Client, log: Log
) -> None:
    workflow = await chain(admin, (0,))
    before = await log.position()
    jobs = []
    async with installation.another("serve") as (url, _):
        second = Client(url, installation.key)
        try:
            for number in range(ROUNDS):
                key = f"key {number} {secrets.token_hex(4)}"
                same = {"workflowId": workflow, "inputs": [given("value", f"{number}")], "idempotencyKey": key}
                answers = await asyncio.gather(
                    *(api.ask(START, input=same) for api in (admin, second, admin, second))
                )
                assert {answer["__typename"] for answer in answers} == {"StartJobSuccess"}
                [job] = {answer["jobId"] for answer in answers}
                assert len({answer["position"] for answer in answers}) == 1
                jobs.append(job)
            other = {**same, "inputs": [given("value", "another")]}
            for api in (admin, second):
                refused = await api.ask(START, input=other)
                assert (refused["__typename"], refused["code"]) == ("CommandRefused", "IDEMPOTENCY_KEY_REUSED")
                assert not refused["retryable"]
        finally:
            await second.close()
    started = [record for record in await log.records(before) if record.topic == JobStarted.wire]
    assert [str(record.stream) for record in started] == jobs
    assert {event(record).inputs["value"] for record in started} == {str(number) for number in range(ROUNDS)}  # type: ignore[attr-defined]
