"""Starting jobs in bulk and waiting until the read models say how they stand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from benchmarks.client import Client, Refused
from benchmarks.designs import Workflow, checked
from benchmarks.workloads import sizes

STARTS_TOGETHER = 100
CALLERS = 4
POLL_SECONDS_MIN = 0.02
POLL_SECONDS_MAX = 0.1
POLL_SHARE = 25
"""It is asked again after a 25th of the time so far, within these bounds: asking more often would take the CPU it asks about."""
POSITIONS_TOGETHER = 20
FOLLOWED_TASKS_MAX = 20
"""All events of a followed job are sent."""
_EVENTS = "subscription ($job: ID!) { jobEvents(jobId: $job) { event { type } } }"
_ENDS = ("job.completed.v1", "job.failed.v1", "job.cancelled.v1", "job.timed_out.v1")
NOT_YET = "POSITION_NOT_REACHED"
ACTIVE = ("PENDING", "IN_PROGRESS")
ENDED_BADLY = ("FAILED", "CANCELLED", "TIMED_OUT")

_START_MANY = """
mutation ($input: StartJobsInput!) {
  startJobs(input: $input) {
    __typename
    ... on StartJobsSuccess { position results { __typename ... on StartJobSuccess { jobId } ... on CommandRefused { message } } }
    ... on CommandRefused { message }
  }
}
"""
_LIST = "j{number}: jobs(first: 1, atLeastPosition: $p{number}, filter: $filter) {{ nodes {{ id status error {{ message }} }} }}"


async def start(client: Client, workflow: Workflow, jobs: int) -> Started:
    """Starts jobs in bulk, several calls at a time."""
    one = {"workflowId": workflow.id, "inputs": [{"name": "value", "value": {"json": sizes.VALUE}}]}
    gate = asyncio.Semaphore(CALLERS)

    async def call(count: int) -> dict[str, Any]:
        async with gate:
            return checked(await client.ask(_START_MANY, input={"jobs": [one] * count}))

    counts = [min(STARTS_TOGETHER, jobs - begun) for begun in range(0, jobs, STARTS_TOGETHER)]
    answers = await asyncio.gather(*map(call, counts))
    ids = [str(checked(result)["jobId"]) for answer in answers for result in answer["results"]]
    return Started(workflow, ids, [str(answer["position"]) for answer in answers])


class Started:
    """Jobs that were started together."""

    def __init__(self, workflow: Workflow, ids: Sequence[str], positions: Sequence[str]) -> None:
        self.workflow = workflow
        self.ids = ids
        self._positions = positions

    async def until_completed(self, client: Client) -> None:
        """Waits until the read models show every one as completed; where jobs are small, they are asked when the last that was started has told its end."""
        if self.workflow.tasks <= FOLLOWED_TASKS_MAX:
            await self._until_last_ended(client)
        await self._until_none(client, (*ACTIVE, "WAITING", *ENDED_BADLY))

    async def until_waiting(self, client: Client) -> None:
        """Waits until the read models show every one as waiting."""
        await self._until_none(client, (*ACTIVE, *ENDED_BADLY))

    async def _until_last_ended(self, client: Client) -> None:
        async with (
            client.socket() as socket,
            aclosing(socket.follow(_EVENTS, job=self.ids[-1])) as messages,  # type: ignore[type-var]
        ):
            async for message in messages:
                if message["event"] and message["event"]["type"] in _ENDS:
                    return

    async def _until_none(self, client: Client, statuses: Sequence[str]) -> None:
        asked = {"workflowId": self.workflow.id, "statuses": statuses}
        began = time.perf_counter()
        for positions in [self._positions[:1], *_together(self._positions[1:])]:
            while (job := await _some(client, self.workflow.workspace, positions, asked)) is not None:
                if job.get("status") in ENDED_BADLY:
                    raise RuntimeError(f"Expected every job to go well, but one did not: {job}")
                so_far = time.perf_counter() - began
                await asyncio.sleep(min(max(POLL_SECONDS_MIN, so_far / POLL_SHARE), POLL_SECONDS_MAX))


async def _some(
    client: Client, workspace: str, positions: Sequence[str], asked: dict[str, Any]
) -> dict[str, Any] | None:
    """One of the jobs, nothing known of it when the read models have not come to all positions yet; None when there is none."""
    given = {f"p{number}": position for number, position in enumerate(positions)}
    lists = [_LIST.format(number=number) for number in range(len(positions))]
    declared = ", ".join(f"${name}: Position!" for name in given)
    query = f"query ($workspace: ID!, $filter: JobFilter!, {declared}) {{ workspace(id: $workspace) {{ {' '.join(lists)} }} }}"
    try:
        answer = await client.ask(query, workspace=workspace, filter=asked, **given)
    except Refused as refused:
        if NOT_YET in refused.codes:
            return {}
        raise
    nodes: list[dict[str, Any]] = [node for found in answer.values() for node in found["nodes"]]
    return nodes[0] if nodes else None


def _together(positions: Sequence[str]) -> list[Sequence[str]]:
    """As many as one operation may ask about: each has been seen when the lists at all of them are empty."""
    return [positions[first : first + POSITIONS_TOGETHER] for first in range(0, len(positions), POSITIONS_TOGETHER)]
