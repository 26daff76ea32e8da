"""`python -m benchmarks [WORKLOAD …]`: measures the workloads, ours and the peers' in turn, and writes what came out."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks.figures import Figure, Result, merged, read_results, results_of, write_results
from benchmarks.machine import machine
from benchmarks.page import page
from benchmarks.plan import OPUS, SYSTEMS, WORKLOADS, Workload
from benchmarks.rounds import measure_all, tell_medians

RUNS = 3
MINUTES = 20
LARGE_MINUTES = 90
RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    known = [name for workload in WORKLOADS for name in workload.names]
    names = ", ".join(known)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "workloads", nargs="*", metavar="WORKLOAD", help=f"which ({names}); without any, all but the large"
    )
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each is measured (%(default)s)")
    parser.add_argument(
        "--minutes", type=float, help=f"after which nothing more is begun ({MINUTES}, with large ones {LARGE_MINUTES})"
    )
    parser.add_argument("--large", action="store_true", help="the large ones as well")
    parser.add_argument("--quick", action="store_true", help="ours alone, once, the short ones")
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    parser.add_argument(
        "--no-write", action="store_true", help="print only; leave results.json and docs/benchmarks.md as they are"
    )
    asked = parser.parse_args(arguments)
    if unknown := set(asked.workloads) - set(known):
        parser.error(f"Expected workloads among {names}, but found {', '.join(sorted(unknown))}.")
    return asked


def _chosen(asked: argparse.Namespace) -> list[Workload]:
    if asked.workloads:
        return [workload for workload in WORKLOADS if set(workload.names) & set(asked.workloads)]
    return [one for one in WORKLOADS if (asked.large or not one.large) and (one.quick or not asked.quick)]


async def _main(asked: argparse.Namespace) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Once: what is begun is taken down in order, and a second Ctrl-C does not disturb that.
        loop.add_signal_handler(number, lambda: task and not task.cancelling() and task.cancel())
    alone = asked.quick or asked.no_peers
    systems = [system for system in SYSTEMS if system.name == OPUS or not alone]
    workloads, before = _chosen(asked), machine()
    minutes = asked.minutes or (LARGE_MINUTES if any(one.large for one in workloads) else MINUTES)
    runs = 1 if asked.quick else asked.runs
    figures, troubles = await measure_all(workloads, systems, runs=runs, minutes_max=minutes)
    tell_medians(figures)
    if not (asked.quick or asked.no_write):
        _write(figures, before, troubles, together=not asked.workloads)


def _write(
    figures: Sequence[Figure], on: Sequence[tuple[str, str]], troubles: Sequence[str], *, together: bool
) -> None:
    """Writes results and page; what was measured by name takes its place beside what was measured before."""
    before = [] if together or not RESULTS.exists() else read_results(RESULTS)
    results = sorted(merged(before, results_of(figures)), key=_place)
    write_results(results, RESULTS)
    PAGE.write_text(page(results, on, troubles))


def _place(result: Result) -> int:
    return next((place for place, one in enumerate(WORKLOADS) if one.made(result.workload)), len(WORKLOADS))


if __name__ == "__main__":
    try:
        uvloop.run(_main(_asked(sys.argv[1:])))
    except asyncio.CancelledError:
        sys.exit("Stopped; nothing was written.")
