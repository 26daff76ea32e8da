"""Two members who decide one review at the same moment: one decision counts, and the other is told which."""

from __future__ import annotations

import asyncio

import pytest

from domain.reviews.events import ReviewAccepted, ReviewRejected
from tests.acceptance.client import Client
from tests.acceptance.designs import DECIDE, reviewed, start, waiting_review
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until
from tests.acceptance.members import let_in

pytestmark = pytest.mark.anyio

REVIEWS = 20


async def test_of_two_decisions_at_once_one_counts_and_the_other_is_refused_naming_it(
    installation: Installation, admin: Client, log: Log
) -> None:
    workflow = await reviewed(admin, roles=("reviewer",))
    accepting, accepting_id = await let_in(admin, "REVIEWER")
    rejecting, rejecting_id = await let_in(admin, "REVIEWER")
    winners = set()
    async with installation.another("serve") as (url, _):
        elsewhere = Client(url, rejecting.key)
        try:
            jobs = [await start(admin, workflow) for _ in range(REVIEWS)]
            for job in jobs:
                review = await waiting_review(admin, job)
                accepted, rejected = await asyncio.gather(
                    accepting.ask(DECIDE, input={"reviewId": review, "decision": "ACCEPT"}),
                    elsewhere.ask(DECIDE, input={"reviewId": review, "decision": "REJECT", "comment": "No."}),
                )
                answers = {"accepted": (accepted, accepting_id), "rejected": (rejected, rejecting_id)}
                [won] = [said for said, (answer, _) in answers.items() if answer["__typename"] == "DecideReviewSuccess"]
                [lost] = answers.keys() - {won}
                refused = answers[lost][0]
                assert refused["code"] == "REVIEW_ALREADY_DECIDED"
                assert f"it was {won} at " in refused["message"]
                assert answers[won][1] in refused["message"]
                assert not refused["retryable"]
                decisions = [e for e in await log.events(review) if isinstance(e, ReviewAccepted | ReviewRejected)]
                assert [type(e) for e in decisions] == [ReviewAccepted if won == "accepted" else ReviewRejected]
                winners.add(won)
        finally:
            for client in (accepting, rejecting, elsewhere):
                await client.close()
    await until(lambda: log.completed(jobs), "all jobs")
    await log.assert_intact()
