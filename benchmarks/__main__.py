"""`python -m benchmarks [--quick]`: measures W1 and W3 and prints them."""

from __future__ import annotations

import asyncio
import platform
import sys
from statistics import median

from benchmarks.client import Client
from benchmarks.stage import cores, stage
from benchmarks.workloads import CHAIN_TASKS, chain, latency, middle_and_last, throughput

JOBS = 1_000
RUNS = 3
LATENCY_JOBS = 100
WARM_UP_JOBS = 50


async def measure(*, quick: bool) -> None:
    """Runs the workloads on a new system, one after the other."""
    async with stage() as system:
        print(f"Python {platform.python_version()}, PostgreSQL {system.postgres_version}, {cores()} cores, fsync on;")
        print("no-op tasks in the runner's process, started in bulk through the API, read models caught up at the end.")
        client = Client(system.url, system.key)
        try:
            workflow = await chain(client)
            await throughput(client, workflow, WARM_UP_JOBS)
            runs = 1 if quick else RUNS
            rates = [JOBS * CHAIN_TASKS / await throughput(client, workflow, JOBS) for _ in range(runs)]
            each = ", ".join(f"{rate:,.0f}" for rate in rates)
            print(f"W1 chain: {median(rates):,.0f} task completions/s (median of {runs}: {each})")
            middle, last = middle_and_last(await latency(client, workflow, LATENCY_JOBS))
            print(f"W3 latency of one job of {CHAIN_TASKS} tasks: median {middle:.1f} ms, p99 {last:.1f} ms")
        finally:
            await client.close()


if __name__ == "__main__":
    asyncio.run(measure(quick="--quick" in sys.argv[1:]))
