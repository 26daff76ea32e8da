"""Those who use the system while it is broken: they ask until they are answered, and note what they were told."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.acceptance.client import Client
from tests.acceptance.designs import DECIDE, START, given
from tests.chaos.drawings import MESSAGE

PAUSE_SECONDS = 0.25

INBOX = """
query { viewer { workspaces { reviews(first: 20, filter: { inbox: ALL }) { nodes { id } } } } }
"""
STUCK = """
query { viewer { workspaces { stuckJobs { because run since job { id } } } } }
"""
OPEN_JOBS = """
query ($after: Cursor) {
  viewer {
    workspaces {
      jobs(first: 50, after: $after, filter: { statuses: [PENDING, IN_PROGRESS, WAITING] }) {
        nodes { id status blockers { task run waitsFor summary } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
RETRY = """
mutation ($input: RetryTaskInput!) { retryTask(input: $input) { __typename ... on CommandRefused { code message retryable } } }
"""
CORRECT = """
mutation ($input: CorrectTaskInput!) { correctTask(input: $input) { __typename ... on CommandRefused { code message retryable } } }
"""
GIVE_UP = """
mutation ($input: GiveUpTaskInput!) { giveUpTask(input: $input) { __typename ... on CommandRefused { code message retryable } } }
"""
SEND = """
mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on CommandRefused { code message retryable } } }
"""
PAUSE = """
mutation ($input: PauseJobInput!) { pauseJob(input: $input) { __typename ... on CommandRefused { code message retryable } } }
"""
RESUME = """
mutation ($input: ResumeJobInput!) { resumeJob(input: $input) { __typename ... on CommandRefused { code message retryable } } }
"""
CANCEL = """
mutation ($input: CancelJobInput!) { cancelJob(input: $input) { __typename ... on CommandRefused { code message retryable } } }
"""


@dataclass(slots=True)
class People:
    """Starters, reviewers and operators of one workspace."""

    client: Client
    random: Random
    workflows: list[str]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    started: dict[str, str] = field(default_factory=dict)  # idempotency key → job
    decided: dict[str, str] = field(default_factory=dict)  # review → decision that was acknowledged
    cancelled: set[str] = field(default_factory=set)

    async def start_jobs(self, pause_seconds: float) -> None:
        """Starts one job after another; about every tenth start is sent twice at once."""
        while not self.stop.is_set():
            key = secrets.token_hex(8)
            start: dict[str, Any] = {
                "workflowId": self.random.choice(self.workflows),
                "inputs": [
                    given("value", f"value {key}"),
                    given("texts", [f"{n} {key}" for n in range(self.random.randint(0, 5))]),
                ],
                "idempotencyKey": key,
            }
            calls = 2 if self.random.random() < 0.1 else 1
            answers = await asyncio.gather(*(self.client.persist(START, input=start) for _ in range(calls)))
            jobs = {answer["jobId"] for answer in answers}
            assert len(jobs) == 1, answers
            self.started[key] = jobs.pop()
            if self.random.random() < 0.03:
                await self._cancel(self.random.choice(list(self.started.values())))
            if self.random.random() < 0.1:
                await self._ask(PAUSE, jobId=self.random.choice(list(self.started.values())), reason="Wait a moment.")
            await asyncio.sleep(pause_seconds)

    async def review(self) -> None:
        """Decides whatever waits in the inbox, until told to stop."""
        while not self.stop.is_set():
            workspaces = (await self._look(INBOX))["workspaces"]
            for review in workspaces[0]["reviews"]["nodes"]:
                await self._decide(review["id"])
            await asyncio.sleep(PAUSE_SECONDS)

    async def operate(self) -> None:
        """Resolves what is held, until told to stop."""
        while not self.stop.is_set():
            for job in await self.open_jobs():
                for blocker in job["blockers"]:
                    await self._help(job["id"], blocker)
            await asyncio.sleep(PAUSE_SECONDS)

    async def open_jobs(self) -> list[dict[str, Any]]:
        """All jobs that have not ended, with what they wait for."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = (await self._look(OPEN_JOBS, after=after))["workspaces"][0]["jobs"]
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    async def stuck_jobs(self) -> list[dict[str, Any]]:
        """What the watchdog finds."""
        found: list[dict[str, Any]] = (await self._look(STUCK))["workspaces"][0]["stuckJobs"]
        return found

    async def _look(self, document: str, **variables: Any) -> Any:
        return await self.client.persist(document, **variables)

    async def _decide(self, review: str) -> None:
        decision = self.random.choice(("ACCEPT", "ACCEPT", "REJECT"))
        decide: dict[str, Any] = {
            "reviewId": review,
            "decision": decision,
            "comment": "Seen.",
            "commandId": secrets.token_hex(8),
        }
        if decision == "ACCEPT" and self.random.random() < 0.3:
            decide["corrections"] = [given("value", "corrected")]
        answer = await self.client.persist(DECIDE, input=decide)
        if answer["__typename"] == "DecideReviewSuccess":
            self.decided[review] = decision

    async def _help(self, job: str, blocker: dict[str, Any]) -> None:
        if blocker["waitsFor"] == "OPERATOR":
            await self._resolve(job, blocker["run"])
        elif blocker["waitsFor"] == "PAUSE" and blocker["task"] is None:
            await self._ask(RESUME, jobId=job, reason="Go on.")
        elif blocker["waitsFor"] == "MESSAGE":
            sent = {"jobId": job, "name": MESSAGE, "value": {"json": "news"}, "messageId": f"for {blocker['run']}"}
            await asyncio.gather(*(self._ask(SEND, **sent) for _ in range(self.random.randint(1, 2))))

    async def _ask(self, document: str, **asked: Any) -> None:
        await self.client.persist(document, input={**asked, "commandId": secrets.token_hex(8)})

    async def _resolve(self, job: str, run: str) -> None:
        asked: dict[str, Any] = {
            "jobId": job,
            "run": run,
            "reason": "So it shall be.",
            "commandId": secrets.token_hex(8),
        }
        chance = self.random.random()
        if chance < 0.5:
            await self.client.persist(RETRY, input=asked)
        elif chance < 0.8:
            await self.client.persist(CORRECT, input={**asked, "outputs": [given("value", "by hand")]})
        else:
            await self.client.persist(GIVE_UP, input=asked)

    async def _cancel(self, job: str) -> None:
        asked = {"jobId": job, "reason": "Not needed.", "commandId": secrets.token_hex(8)}
        answer = await self.client.persist(CANCEL, input=asked)
        if answer["__typename"] == "CancelJobSuccess":
            self.cancelled.add(job)
