"""The workloads on Restate: sent through its ingress, their end seen in its own table of invocations."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.figures import Figure, percentile, rate_figures, spent_figures
from benchmarks.peers.restate.system import Restate
from benchmarks.processes import watched
from benchmarks.workloads import sizes

CALLERS = 16
POLL_SECONDS = 0.05
_LEFT = "SELECT count(*) AS count FROM sys_invocation WHERE status <> 'completed'"
_WAITING = (
    "SELECT count(*) AS count FROM sys_invocation "
    "WHERE target_service_name = 'waits' AND status IN ('running', 'suspended')"
)


async def warm_up(system: Restate) -> None:
    """A few chains."""
    await _send_all(system, ["/work/chain/send"] * sizes.WARM_UP_JOBS, {})
    await _until(system, _LEFT, 0)


async def chain(system: Restate) -> list[Figure]:
    """W1."""
    return await _rate(system, "W1", ["/work/chain/send"] * sizes.CHAIN_JOBS, {}, sizes.CHAIN_TASKS)


async def diamond(system: Restate) -> list[Figure]:
    """W2."""
    asked = {"tasks": sizes.DIAMOND_TASKS}
    return await _rate(system, "W2", ["/work/parallel/send"] * sizes.DIAMOND_JOBS, asked, sizes.DIAMOND_TASKS + 1)


async def latency(system: Restate) -> list[Figure]:
    """W3: from the call to its answer."""
    taken: list[float] = []
    with watched(system.roots) as spent:
        for _ in range(sizes.LATENCY_JOBS):
            began = time.perf_counter()
            await system.send("/work/chain", {})
            taken.append((time.perf_counter() - began) * 1_000)
    return [
        Figure("W3", "latency, median", "ms", median(taken)),
        Figure("W3", "latency, p99", "ms", percentile(taken, 99)),
        *spent_figures("W3", spent, sizes.LATENCY_JOBS * sizes.CHAIN_TASKS, "tasks"),
    ]


async def wide(system: Restate) -> list[Figure]:
    """W4, 1,000 parallel tasks."""
    with watched(system.roots) as spent:
        began = time.perf_counter()
        await system.send("/work/parallel", {"tasks": sizes.WIDE_TASKS})
        seconds = time.perf_counter() - began
    name = f"W4 {sizes.WIDE_TASKS:,}"
    return [Figure(name, "time", "s", seconds), *spent_figures(name, spent, sizes.WIDE_TASKS + 1, "tasks")]


async def human_wait(system: Restate) -> list[Figure]:
    """W5: a workflow of its own for each job, decided by a call to it."""
    count = sizes.WAITING_JOBS
    ids = [secrets.token_hex(8) for _ in range(count)]
    with watched(system.roots) as starting:
        began = time.perf_counter()
        await _send_all(system, [f"/waits/{one}/run/send" for one in ids], {})
        await _until(system, _WAITING, count)
        start_seconds = time.perf_counter() - began
    with watched(system.roots) as deciding:
        began = time.perf_counter()
        await _send_all(system, [f"/waits/{one}/decide/send" for one in ids], {})
        answered_seconds = time.perf_counter() - began
        await _until(system, _LEFT, 0)
        done_seconds = time.perf_counter() - began
    return [
        *rate_figures(f"W5 {count:,}", count, start_seconds, answered_seconds, done_seconds),
        *spent_figures(f"W5 {count:,} started", starting, count, "jobs"),
        *spent_figures(f"W5 {count:,} decided", deciding, count, "jobs"),
    ]


async def _rate(system: Restate, name: str, paths: Sequence[str], asked: object, tasks: int) -> list[Figure]:
    with watched(system.roots) as spent:
        began = time.perf_counter()
        await _send_all(system, paths, asked)
        await _until(system, _LEFT, 0)
        seconds = time.perf_counter() - began
    count = len(paths) * tasks
    return [Figure(name, "rate", "tasks/s", count / seconds), *spent_figures(name, spent, count, "tasks")]


async def _send_all(system: Restate, paths: Iterable[str], asked: object) -> None:
    waiting = iter(paths)

    async def caller() -> None:
        for path in waiting:
            await system.send(path, asked)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def _until(system: Restate, sql: str, count: int) -> None:
    while (await _count(system, sql)) != count:  # noqa: ASYNC110 - what happens in a server can only be asked
        await asyncio.sleep(POLL_SECONDS)


async def _count(system: Restate, sql: str) -> int:
    rows = await system.query(sql)
    return int(rows[0]["count"]) if rows else 0
