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
    keys = [f"key {number} {secrets.token_hex(4)}" for number in range(ROUNDS)]
    async with installation.another("serve") as (url, _):
        second = Client(url, installation.key)
        try:
            for key in keys:
                asked = {"workflowId": workflow, "inputs": [given("value", key)], "idempotencyKey": key}
                answers = await asyncio.gather(*(api.ask(START, input=asked) for api in (admin, second) * 2))
                assert {answer["__typename"] for answer in answers} == {"StartJobSuccess"}
                [job] = {answer["jobId"] for answer in answers}
                jobs.append(job)
            for api in (admin, second):
                other = {"workflowId": workflow, "inputs": [given("value", "another")], "idempotencyKey": keys[-1]}
                refused = await api.ask(START, input=other)
                assert (refused["__typename"], refused["code"]) == ("CommandRefused", "IDEMPOTENCY_KEY_REUSED")
                assert not refused["retryable"]
        finally:
            await second.close()
    started = [record for record in await log.records(before) if record.topic == JobStarted.wire]
    assert [str(record.stream) for record in started] == jobs
    found = [event(record) for record in started]
    assert [each.inputs["value"] for each in found if isinstance(each, JobStarted)] == keys
