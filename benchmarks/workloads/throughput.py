"""W1, W2 and W4: so many tasks a second, from the first call to the read models that show every job as completed."""

from __future__ import annotations

import time

from benchmarks import designs, jobs
from benchmarks.designs import Workflow
from benchmarks.figures import Figure, spent_figures
from benchmarks.processes import watched
from benchmarks.stage import Stage
from benchmarks.workloads import sizes


async def warm_up(stage: Stage) -> None:
    """A few jobs, so that the first workload is not measured with cold processes."""
    started = await jobs.start(stage.client, await designs.chain(stage.client), sizes.WARM_UP_JOBS)
    await started.until_completed(stage.client)


async def chain(stage: Stage, name: str = "W1") -> list[Figure]:
    """W1: jobs of five tasks in a row."""
    return await _rate(stage, name, await designs.chain(stage.client), sizes.CHAIN_JOBS)


async def chain_on_two(stage: Stage) -> list[Figure]:
    """W1 with two runners and two API processes."""
    return await chain(stage, "W1-two")


async def diamond(stage: Stage) -> list[Figure]:
    """W2: jobs of eight parallel tasks and a join."""
    return await _rate(stage, "W2", await designs.parallel(stage.client, sizes.DIAMOND_TASKS), sizes.DIAMOND_JOBS)


async def wide(stage: Stage) -> list[Figure]:
    """W4: one job of 1,000 parallel tasks and a join."""
    return await _seconds(stage, f"W4 {sizes.WIDE_TASKS:,}", sizes.WIDE_TASKS)


async def widest(stage: Stage) -> list[Figure]:
    """W4: one job of 10,000 parallel tasks and a join."""
    return await _seconds(stage, f"W4 {sizes.WIDEST_TASKS:,}", sizes.WIDEST_TASKS)


async def _rate(stage: Stage, name: str, workflow: Workflow, count: int) -> list[Figure]:
    with watched(stage.roots) as spent:
        seconds = await _run(stage, workflow, count)
    tasks = count * workflow.tasks
    return [Figure(name, "rate", "tasks/s", tasks / seconds), *spent_figures(name, spent, tasks, "tasks")]


async def _seconds(stage: Stage, name: str, width: int) -> list[Figure]:
    workflow = await designs.parallel(stage.client, width)
    with watched(stage.roots) as spent:
        seconds = await _run(stage, workflow, 1)
    return [Figure(name, "time", "s", seconds), *spent_figures(name, spent, workflow.tasks, "tasks")]


async def _run(stage: Stage, workflow: Workflow, count: int) -> float:
    began = time.perf_counter()
    started = await jobs.start(stage.client, workflow, count)
    await started.until_completed(stage.client)
    return time.perf_counter() - began
