"""W7: W1 with each task performed by a worker process of its own, through the protocol of external workers."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from benchmarks import designs, jobs
from benchmarks.figures import Figure, spent_figures
from benchmarks.processes import watched
from benchmarks.stage import Stage
from benchmarks.workloads import sizes

QUEUE = "chain"
STOP_SECONDS_MAX = 30.0


async def chain_outside(stage: Stage) -> list[Figure]:
    """W7."""
    workflow = await designs.chain_outside(stage.client, QUEUE)
    async with _workers(stage) as workers:
        warm = await jobs.start(stage.client, workflow, sizes.WARM_UP_JOBS)
        await warm.until_completed(stage.client)
        with watched({**stage.roots, "workers": workers}) as spent:
            began = time.perf_counter()
            started = await jobs.start(stage.client, workflow, sizes.CHAIN_JOBS)
            await started.until_completed(stage.client)
            seconds = time.perf_counter() - began
    tasks = sizes.CHAIN_JOBS * workflow.tasks
    return [Figure("W7", "rate", "tasks/s", tasks / seconds), *spent_figures("W7", spent, tasks, "tasks")]


@asynccontextmanager
async def _workers(stage: Stage) -> AsyncIterator[Sequence[int]]:
    """The worker processes, by their pids."""
    environment = {**os.environ, "OPUS_API_KEY": stage.client.key}
    arguments = ["-m", "benchmarks.worker", stage.client.urls[0], QUEUE]
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment) for _ in range(sizes.WORKERS)
    ]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
            except TimeoutError:
                process.kill()
                await process.wait()
