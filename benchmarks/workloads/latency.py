"""W3: one job at a time, from `startJob` sent to the message of its end received."""

from __future__ import annotations

import time
from contextlib import aclosing
from statistics import median

from benchmarks import designs
from benchmarks.figures import Figure, percentile, spent_figures
from benchmarks.processes import watched
from benchmarks.stage import Stage
from benchmarks.workloads import sizes

_START = """
mutation ($input: StartJobInput!) {
  startJob(input: $input) { __typename ... on StartJobSuccess { jobId } ... on CommandRefused { message } }
}
"""
_EVENTS = "subscription ($job: ID!) { jobEvents(jobId: $job) { event { type } } }"


async def latency(stage: Stage) -> list[Figure]:
    """W3: the milliseconds of one job of five tasks in a row, a hundred times."""
    workflow = await designs.chain(stage.client)
    asked = {"workflowId": workflow.id, "inputs": [{"name": "value", "value": {"json": sizes.VALUE}}]}
    taken: list[float] = []
    with watched(stage.roots) as spent:
        async with stage.client.socket() as socket:
            for _ in range(sizes.LATENCY_JOBS):
                began = time.perf_counter()
                started = designs.checked(await stage.client.ask(_START, input=asked))
                async with aclosing(socket.follow(_EVENTS, job=started["jobId"])) as messages:  # type: ignore[type-var]
                    async for message in messages:
                        if message["event"] and message["event"]["type"] == "job.completed.v1":
                            break
                taken.append((time.perf_counter() - began) * 1_000)
    return [
        Figure("W3", "latency, median", "ms", median(taken)),
        Figure("W3", "latency, p99", "ms", percentile(taken, 99)),
        *spent_figures("W3", spent, sizes.LATENCY_JOBS * workflow.tasks, "tasks"),
    ]
