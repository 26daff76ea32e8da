"""Measures in rounds: in each, every system in turn is set up, measured and taken down, so that one thing is timed at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.figures import Figure, results_of
from benchmarks.plan import System, Workload


async def measure_all(
    workloads: Sequence[Workload], systems: Sequence[System], *, runs: int, minutes_max: float
) -> tuple[list[Figure], list[str]]:
    """The figures of all runs, in the order in which they were measured, and what could not be measured."""
    said = Said()
    figures: list[Figure] = []
    for number in range(1, runs + 1):
        for system in systems:
            chosen = [workload for workload in workloads if workload.name in system.measures]
            if not chosen or (system.once and number > 1):
                continue
            if said.minutes > minutes_max:
                said.trouble(f"{system.name}, run {number} of {runs}, was left out: {minutes_max:g} minutes were over")
            else:
                said.tell(f"run {number} of {runs}")
                figures += await _measured(system, chosen, said)
    said.tell("done")
    return figures, list(said.troubles)


async def _measured(system: System, workloads: Sequence[Workload], said: Said) -> list[Figure]:
    """The figures of workloads on one system; after one that fails, those that follow get a new one."""
    figures: list[Figure] = []
    waiting = list(workloads)
    while waiting:
        said.tell(f"setting up {system.name}")
        measured: list[Figure] = []
        try:
            async with system.opened() as opened:
                await system.warm_up(opened)
                while waiting and await _tried(system, opened, waiting.pop(0), measured, said):
                    pass
        except Exception as error:  # noqa: BLE001 - what goes wrong with one must not take the others with it
            # What was measured on it may not have gone well either.
            said.trouble(f"{system.name} could not be measured: {str(error) or repr(error)}")
            return figures
        figures += measured
    return figures


async def _tried(system: System, opened: Any, workload: Workload, figures: list[Figure], said: Said) -> bool:
    """Adds the figures of one workload; whether it went well."""
    said.tell(f"{system.name}: {workload.name} {workload.title} ...")
    try:
        async with asyncio.timeout(workload.seconds_max):
            measured = await system.measures[workload.name](opened)
    except TimeoutError:
        said.trouble(
            f"{workload.name} on {system.name} was not measured: it took more than {workload.seconds_max:.0f} s"
        )
        return False
    except Exception as error:  # noqa: BLE001 - as above
        said.trouble(f"{workload.name} on {system.name} was not measured: {str(error) or repr(error)}")
        return False
    figures += [replace(one, system=system.name) for one in measured]
    for one in measured:
        said.tell(f"    {one.workload:<26} {one.figure:<32} {one.value:>12,.4g} {one.unit}")
    return True


class Said:
    """What is told while it measures, each line with the seconds since it began."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.troubles: dict[str, None] = {}

    @property
    def minutes(self) -> float:
        """How long it has been measuring."""
        return (time.monotonic() - self._began) / 60

    def tell(self, text: str) -> None:
        """Prints a line."""
        print(f"{time.monotonic() - self._began:7.1f} s  {text}", flush=True)

    def trouble(self, sentence: str) -> None:
        """Prints what went wrong, and keeps it."""
        self.troubles[sentence] = None
        self.tell(f"NOT MEASURED: {sentence}")


def tell_medians(figures: Sequence[Figure]) -> None:
    """Prints the median of every figure."""
    for result in results_of(figures):
        place = f"{result.workload:<28} {result.system:<8} {result.figure:<32}"
        print(f"  {place} {result.median:>12,.6g} {result.unit}")
