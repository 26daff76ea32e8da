"""The workloads on DBOS, each with the workers that did best in trials of it."""

from __future__ import annotations

from statistics import median

from benchmarks.figures import Figure, percentile, rate_figures, spent_figures
from benchmarks.peers.dbos.system import Asked, Dbos
from benchmarks.processes import watched
from benchmarks.workloads import sizes


async def chain(system: Dbos) -> list[Figure]:
    """W1."""
    asked = Asked("rate", "chain", sizes.CHAIN_JOBS, warm_up=sizes.WARM_UP_JOBS)
    return await _rate(system, "W1", asked, sizes.CHAIN_TASKS)


async def diamond(system: Dbos) -> list[Figure]:
    """W2."""
    tasks = sizes.DIAMOND_TASKS
    asked = Asked("rate", "parallel", sizes.DIAMOND_JOBS, concurrency=4, warm_up=sizes.WARM_UP_JOBS, arguments=[tasks])
    return await _rate(system, "W2", asked, tasks + 1)


async def latency(system: Dbos) -> list[Figure]:
    """W3, through the queue, as a client of another process starts work; and without it, inside one process."""
    queued = Asked("latency", "chain", sizes.LATENCY_JOBS, processes=1, polling=0.01, warm_up=sizes.WARM_UP_JOBS)
    inside = Asked("in process", "chain", sizes.LATENCY_JOBS)
    figures: list[Figure] = []
    for asked, suffix in ((queued, ""), (inside, " in process")):
        async with system.driver(asked) as driver:
            with watched(driver.roots) as spent:
                taken: list[float] = (await driver.phase())["taken"]
        name = f"W3{suffix}"
        figures += [
            Figure(name, "latency, median", "ms", median(taken)),
            Figure(name, "latency, p99", "ms", percentile(taken, 99)),
            *spent_figures(name, spent, sizes.LATENCY_JOBS * sizes.CHAIN_TASKS, "tasks"),
        ]
    return figures


async def wide(system: Dbos) -> list[Figure]:
    """W4, 1,000 parallel tasks."""
    asked = Asked("rate", "parallel", 1, processes=1, concurrency=4, arguments=[sizes.WIDE_TASKS])
    async with system.driver(asked) as driver:
        with watched(driver.roots) as spent:
            seconds = (await driver.phase())["seconds"]
    name = f"W4 {sizes.WIDE_TASKS:,}"
    return [Figure(name, "time", "s", seconds), *spent_figures(name, spent, sizes.WIDE_TASKS + 1, "tasks")]


async def human_wait(system: Dbos) -> list[Figure]:
    """W5, with fewer jobs, since more would take minutes."""
    count = sizes.FEW_WAITING_JOBS
    asked = Asked("wait", "wait", count, concurrency=5_000, polling=0.1)
    async with system.driver(asked) as driver:
        with watched(driver.roots) as starting:
            started = await driver.phase()
        with watched(driver.roots) as deciding:
            decided = await driver.phase()
    name = f"W5 {count:,}"
    return [
        *rate_figures(name, count, started["seconds"], decided["answered"], decided["seconds"]),
        *spent_figures(f"{name} started", starting, count, "jobs"),
        *spent_figures(f"{name} decided", deciding, count, "jobs"),
    ]


async def _rate(system: Dbos, name: str, asked: Asked, tasks: int) -> list[Figure]:
    async with system.driver(asked) as driver:
        with watched(driver.roots) as spent:
            seconds = (await driver.phase())["seconds"]
    count = asked.jobs * tasks
    return [Figure(name, "rate", "tasks/s", count / seconds), *spent_figures(name, spent, count, "tasks")]
