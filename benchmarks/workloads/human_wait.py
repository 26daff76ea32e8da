"""W5: jobs that each wait for a person, then all are decided; between, what the system costs at rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

from benchmarks import designs, jobs
from benchmarks.client import Client
from benchmarks.designs import Workflow
from benchmarks.figures import Figure, rate_figures, spent_figures
from benchmarks.jobs import Started
from benchmarks.processes import watched
from benchmarks.stage import Stage
from benchmarks.workloads import sizes
from benchmarks.workloads.rest import LONG_SECONDS, rest

DECISIONS_TOGETHER = 100
CALLERS = 4

_INBOX = """
query ($workspace: ID!, $after: Cursor) {
  workspace(id: $workspace) {
    reviews(first: 100, after: $after, filter: {statuses: [WAITING]}) { nodes { id } pageInfo { hasNextPage endCursor } }
  }
}
"""
_DECIDE = """
mutation ($input: DecideReviewsInput!) {
  decideReviews(input: $input) {
    __typename
    ... on DecideReviewsSuccess { results { __typename ... on CommandRefused { message } } }
    ... on CommandRefused { message }
  }
}
"""


async def human_wait(stage: Stage) -> list[Figure]:
    """W5: 10,000 jobs."""
    return await _measured(stage, f"W5 {sizes.WAITING_JOBS:,}", sizes.WAITING_JOBS)


async def many_waiting(stage: Stage) -> list[Figure]:
    """W5: 100,000 jobs, and the system at rest while they wait."""
    return await _measured(stage, f"W5 {sizes.MANY_WAITING_JOBS:,}", sizes.MANY_WAITING_JOBS, at_rest=True)


async def _measured(stage: Stage, name: str, count: int, *, at_rest: bool = False) -> list[Figure]:
    workflow = await designs.human_wait(stage.client)
    with watched(stage.roots) as starting:
        started, start_seconds = await _started(stage.client, workflow, count)
    resting = await rest(stage, f"{name} at rest", LONG_SECONDS) if at_rest else []
    reviews = await waiting_reviews(stage.client, workflow)
    if len(reviews) != count:
        raise RuntimeError(f"Expected {count} reviews to wait, but there are {len(reviews)}.")
    with watched(stage.roots) as deciding:
        began = time.perf_counter()
        await decide(stage.client, reviews)
        answered_seconds = time.perf_counter() - began
        await started.until_completed(stage.client)
        done_seconds = time.perf_counter() - began
    return [
        *rate_figures(name, count, start_seconds, answered_seconds, done_seconds),
        *resting,
        *spent_figures(f"{name} started", starting, count, "jobs"),
        *spent_figures(f"{name} decided", deciding, count, "jobs"),
    ]


async def _started(client: Client, workflow: Workflow, count: int) -> tuple[Started, float]:
    began = time.perf_counter()
    started = await jobs.start(client, workflow, count)
    await started.until_waiting(client)
    return started, time.perf_counter() - began


async def waiting_reviews(client: Client, workflow: Workflow) -> Sequence[str]:
    """The ids of all reviews that wait, page by page."""
    ids: list[str] = []
    after: str | None = None
    while True:
        page = (await client.ask(_INBOX, workspace=workflow.workspace, after=after))["reviews"]
        ids += [str(node["id"]) for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return ids


async def decide(client: Client, reviews: Sequence[str]) -> None:
    """Accepts all reviews, many in a call and some calls at a time."""
    gate = asyncio.Semaphore(CALLERS)

    async def call(some: Sequence[str]) -> None:
        asked = [{"reviewId": review, "decision": "ACCEPT"} for review in some]
        async with gate:
            answer = designs.checked(await client.ask(_DECIDE, input={"decisions": asked}))
        for result in answer["results"]:
            designs.checked(result)

    await asyncio.gather(*map(call, _slices(reviews, DECISIONS_TOGETHER)))


def _slices(reviews: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (reviews[begin : begin + size] for begin in range(0, len(reviews), size))
