"""A job that waits while everything is restarted again and again goes on as if nothing had been."""

from __future__ import annotations

import asyncio

import pytest

from tests.acceptance.client import Client
from tests.acceptance.designs import DECIDE, chain, reviewed, start, waiting_review
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until

pytestmark = pytest.mark.anyio

KILLED = ("work", "project", "serve")


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.soak)])
async def test_a_job_that_waited_while_all_parts_were_restarted_goes_on(
    installation: Installation, admin: Client, log: Log, times: int
) -> None:
    job = await start(admin, await reviewed(admin))
    review = await waiting_review(admin, job)
    workflow = await chain(admin, (0, 0.1, 0))
    jobs: list[str] = []
    for number in range(times):
        if number % 2:
            for verb in KILLED:
                await asyncio.to_thread(installation.kill, verb)
        jobs.append(await started(admin, workflow))
        await asyncio.to_thread(installation.down)
        await asyncio.to_thread(installation.up)
    assert await waiting_review(admin, job) == review
    decided = await admin.persist(DECIDE, input={"reviewId": review, "decision": "ACCEPT"})
    assert decided["__typename"] == "DecideReviewSuccess", decided
    await until(lambda: log.completed([job, *jobs]), "all jobs")
    await log.assert_each_run_ended_once(jobs, 3)
    await log.assert_intact()
    await log.assert_views_are_a_rebuild()


async def started(admin: Client, workflow: str) -> str:
    """A job that was started though parts are just coming back."""
    found: list[str] = []

    async def try_to() -> bool:
        try:
            found.append(await start(admin, workflow))
        except Exception as error:  # noqa: BLE001 - whatever a killed API makes of a request
            del error
        return bool(found)

    await until(try_to, "a start that is taken")
    return found[0]
