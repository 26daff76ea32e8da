"""Starting jobs in bulk and waiting until the read models say how they stand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from benchmarks.client import Client, Refused, Socket
from benchmarks.designs import Workflow, checked
from benchmarks.workloads import sizes

STARTS_TOGETHER = 100
CALLERS = 4
POLL_SECONDS_MIN = 0.02
POLL_SECONDS_MAX = 0.1
POLL_SHARE = 25
"""It is asked again after a 25th of the time so far, within these bounds: asking more often would take the CPU it asks about."""
STARTS_READ_TOGETHER = 10
FOLLOWED_TASKS_MAX = 20
"""All events of a followed job are sent."""
_EVENTS = "subscription ($job: ID!) { jobEvents(jobId: $job) { event { type position } } }"
_ENDS = ("job.completed.v1", "job.failed.v1", "job.cancelled.v1", "job.timed_out.v1")
NOT_YET = "POSITION_NOT_REACHED"
ACTIVE = ("PENDING", "IN_PROGRESS")
ENDED_BADLY = ("FAILED", "CANCELLED", "TIMED_OUT")
_NOT_COMPLETED = (*ACTIVE, "WAITING", *ENDED_BADLY)

_START_MANY = """
mutation ($input: StartJobsInput!) {
  startJobs(input: $input) {
    __typename
    ... on StartJobsSuccess { position results { __typename ... on StartJobSuccess { jobId } ... on CommandRefused { message } } }
    ... on CommandRefused { message }
  }
}
"""
_READ = "r{number}: job(id: $job, atLeastPosition: $p{number}) {{ id }}"
_LIST = """
query ($workspace: ID!, $filter: JobFilter!, $position: Position!) {
  workspace(id: $workspace) { jobs(first: 1, filter: $filter, atLeastPosition: $position) { nodes { id status error { message } } } }
}
"""


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
        """Waits until the read models show every one as completed. Small ones are followed to their ends, the last started first; large ones are asked for now and then."""
        await self._until_read(client)
        if self.workflow.tasks > FOLLOWED_TASKS_MAX:
            await self._until_none(client, _NOT_COMPLETED)
            return
        job: str | None = self.ids[-1]
        async with client.socket() as socket:
            while job is not None:
                job = await self._some(client, _NOT_COMPLETED, at_least=await _end(socket, job))

    async def until_waiting(self, client: Client) -> None:
        """Waits until the read models show every one as waiting."""
        await self._until_read(client)
        await self._until_none(client, (*ACTIVE, *ENDED_BADLY))

    async def _until_read(self, client: Client) -> None:
        """Waits until the read models contain every start: from then on a job that no list shows is in none."""
        for first in range(0, len(self._positions), STARTS_READ_TOGETHER):
            positions = self._positions[first : first + STARTS_READ_TOGETHER]
            given = {f"p{number}": position for number, position in enumerate(positions)}
            fields = [_READ.format(number=number) for number in range(len(positions))]
            declared = ", ".join(f"${name}: Position!" for name in given)
            await _read(client, f"query ($job: ID!, {declared}) {{ {' '.join(fields)} }}", job=self.ids[0], **given)

    async def _until_none(self, client: Client, statuses: Sequence[str]) -> None:
        began = time.perf_counter()
        while await self._some(client, statuses, at_least=self._positions[-1]) is not None:
            so_far = time.perf_counter() - began
            await asyncio.sleep(min(max(POLL_SECONDS_MIN, so_far / POLL_SHARE), POLL_SECONDS_MAX))

    async def _some(self, client: Client, statuses: Sequence[str], at_least: str) -> str | None:
        """One of the jobs that stand so, None when there is none."""
        asked = {"workflowId": self.workflow.id, "statuses": statuses}
        answer = await _read(client, _LIST, workspace=self.workflow.workspace, filter=asked, position=at_least)
        for job in answer["workspace"]["jobs"]["nodes"]:
            if job["status"] in ENDED_BADLY:
                raise RuntimeError(f"Expected every job to go well, but one did not: {job}")
            return str(job["id"])
        return None


async def _end(socket: Socket, job: str) -> str:
    """Waits for the end of a job; its position."""
    async with aclosing(socket.follow(_EVENTS, job=job)) as messages:  # type: ignore[type-var]
        async for message in messages:
            if (event := message["event"]) and event["type"] in _ENDS:
                return str(event["position"])
    raise RuntimeError(f"Expected to be told the end of job {job}, but its events ended before.")


async def _read(client: Client, document: str, **variables: Any) -> dict[str, Any]:
    """An answer from read models that have come to the positions given; the API waits for them, and asks to be asked again when that takes long."""
    while True:
        try:
            return await client.answer(document, **variables)
        except Refused as refused:
            if refused.codes != {NOT_YET}:
                raise
