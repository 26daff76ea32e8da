"""What the system costs while nothing happens."""

from __future__ import annotations

import asyncio

from benchmarks.figures import Figure
from benchmarks.processes import cpu_seconds, memory_mb
from benchmarks.stage import OURS, Stage

SETTLE_SECONDS = 5.0
SECONDS = 20.0
LONG_SECONDS = 60.0


async def at_rest(stage: Stage) -> list[Figure]:
    """The system after a few jobs."""
    return await rest(stage, "at rest", SECONDS)


async def rest(stage: Stage, name: str, seconds: float) -> list[Figure]:
    """CPU as a share of one core, and memory: of each group of processes, and of all that are ours."""
    await asyncio.sleep(SETTLE_SECONDS)  # The last of what it did before is over.
    before = cpu_seconds(stage.roots)
    await asyncio.sleep(seconds)
    after = cpu_seconds(stage.roots)
    held = memory_mb(stage.roots)
    share = {group: (after[group] - before[group]) / seconds * 100 for group in stage.roots}
    return [
        Figure(name, "cpu of all of ours", "% of a core", sum(share[group] for group in OURS)),
        *(Figure(name, f"cpu {group}", "% of a core", share[group]) for group in stage.roots),
        Figure(name, "memory of all of ours", "MB", sum(held[group] for group in OURS)),
        *(Figure(name, f"memory {group}", "MB", held[group]) for group in stage.roots),
    ]
