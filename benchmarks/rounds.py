"""Measures in rounds: in each, every system in turn is set up, measured and taken down, so that one thing is timed at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import groupby

from benchmarks.figures import Figure, results_of
from benchmarks.plan import Workload
from benchmarks.stage import stage
from benchmarks.workloads.throughput import warm_up


async def measure_all(workloads: Sequence[Workload], *, runs: int) -> list[Figure]:
    """The figures of all runs, in the order in which they were measured."""
    said = Said()
    figures: list[Figure] = []
    for number in range(1, runs + 1):
        together = [one for one in workloads if not one.apart]
        for processes, some in groupby(together, key=lambda one: one.processes):
            said.tell(f"run {number} of {runs}")
            figures += await _measured(list(some), processes, said)
    for one in workloads:
        if one.apart:
            figures += await _measured([one], one.processes, said)
    said.tell("done")
    return figures


async def _measured(workloads: Sequence[Workload], processes: int, said: Said) -> list[Figure]:
    """The figures of workloads on one system; after one that fails, those that follow get a new one."""
    figures: list[Figure] = []
    waiting = list(workloads)
    while waiting:
        said.tell(f"setting up opus, runners and APIs: {processes} of each")
        async with stage(runners=processes, apis=processes) as system:
            await warm_up(system)
            while waiting:
                workload = waiting.pop(0)
                said.tell(f"{workload.name} {workload.title} ...")
                try:
                    async with asyncio.timeout(workload.seconds_max):
                        measured = await workload.measure(system)
                    system.check_steady()
                except (RuntimeError, OSError, EOFError, TimeoutError) as error:
                    said.tell(f"    NOT MEASURED: {str(error) or f'it took more than {workload.seconds_max:.0f} s'}")
                    break
                figures += measured
                for one in measured:
                    said.tell(f"    {one.workload:<26} {one.figure:<32} {one.value:>12,.4g} {one.unit}")
    return figures


class Said:
    """What is told while it measures, each line with the seconds since it began."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def tell(self, text: str) -> None:
        """Prints a line."""
        print(f"{time.monotonic() - self._began:7.1f} s  {text}", flush=True)


def tell_medians(figures: Sequence[Figure]) -> None:
    """Prints the median of every figure."""
    for result in results_of(figures):
        print(f"  {result.workload:<28} {result.figure:<32} {result.median:>12,.6g} {result.unit}")
