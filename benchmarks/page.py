"""The page docs/benchmarks.md, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Result
from benchmarks.machine import versions
from benchmarks.plan import OPUS, WORKLOADS

PEERS = ("restate", "dbos")
SETTINGS = Path(__file__).parent / "settings.md"
"""How each system was set and what was not equal: written by hand, and a part of the page."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure that stands beside the peers': whether more of it is better, and where a peer did it in another size."""

    title: str
    workload: str
    figure: str
    more_is_better: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)


COMPARED: Sequence[Compared] = (
    Compared("W1 chain, tasks/s", "W1", "rate", more_is_better=True),
    Compared("W2 diamond, tasks/s", "W2", "rate", more_is_better=True),
    Compared("W3 latency, median", "W3", "latency, median"),
    Compared("W3 latency, p99", "W3", "latency, p99"),
    Compared("W4 1,000 parallel tasks and a join, time", "W4 1,000", "time"),
    Compared("W5 jobs started and waiting, jobs/s", "W5 10,000", "rate of starting", True, {"dbos": "W5 1,000"}),
    Compared("W5 jobs decided and done, jobs/s", "W5 10,000", "rate of deciding", True, {"dbos": "W5 1,000"}),
    Compared(
        "W7 chain with external workers : W1 of the peer, tasks/s", "W7", "rate", True, {"restate": "W1", "dbos": "W1"}
    ),
    Compared("W1, CPU seconds a thousand tasks", "W1", "cpu in all but the client"),
)

Figures = Mapping[tuple[str, str, str], Result]


def page(results: Sequence[Result], machine: Sequence[tuple[str, str]], troubles: Sequence[str] = ()) -> str:
    """The whole page, as text; the machine as it was before the run."""
    figures = {(one.workload, one.system, one.figure): one for one in results}
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Printed by `make bench` from what it measured, which also stands in `benchmarks/results.json`. An acknowledged step is on disk",
            "(fsync on) in every system, our read models have caught up at the end of every run, one thing is timed at a time, and the",
            "systems take turns. `make bench-quick` measures ours alone in a few minutes and writes nothing; `python -m benchmarks W1 W3`",
            "measures some workloads, and what it finds takes its place here; `--large` adds the large ones.",
            "",
            "## Ratios",
            "",
            "How many times as good as the peer in the same run; above 1 is better than the peer. Read them with *What was not equal*.",
            "",
            *_table(("", "opus : Restate", "opus : DBOS"), _ratios(figures)),
            "",
            "## Workloads",
            "",
            *_table(("Name", "Work"), [(one.name, one.title) for one in WORKLOADS]),
            "",
            "## Medians",
            "",
            *_table(("Workload", "Figure", "opus", "Restate", "DBOS", "Runs of opus"), _medians(results, figures)),
            "",
            "## CPU and memory",
            "",
            "User and system time of all processes, a thousand of what was done (tasks, jobs, messages or requests), and the most memory",
            "(PSS) seen in the run, by group of processes. PostgreSQL's memory includes the shared buffers it has touched.",
            "",
            *_table(("Workload", "System", "CPU s a thousand", "Memory, MB"), _spent(results)),
            "",
            "## Machine and versions",
            "",
            *_table(("", ""), [*machine, *versions()]),
            "",
            SETTINGS.read_text().strip(),
            "",
            "## Not measured here",
            "",
            *_missing(results),
            *(f"* {trouble}" for trouble in troubles),
            "",
        ]
    )


def _ratios(figures: Figures) -> Iterator[tuple[str, ...]]:
    for one in COMPARED:
        ours = figures.get((one.workload, OPUS, one.figure))
        ratios = []
        for peer in PEERS:
            theirs = figures.get((one.instead.get(peer, one.workload), peer, one.figure))
            if ours is None or theirs is None or not ours.median or not theirs.median:
                ratios.append("")
            else:
                ratio = ours.median / theirs.median
                ratios.append(f"{ratio if one.more_is_better else 1 / ratio:.2g}")
        if any(ratios):
            yield (one.title, *ratios)


def _medians(results: Sequence[Result], figures: Figures) -> Iterator[tuple[str, ...]]:
    for workload, figure, unit in dict.fromkeys((one.workload, one.figure, one.unit) for one in results):
        if _is_spent(figure) and unit.startswith(("CPU s", "MB")) and "rest" not in workload:
            continue
        found = [figures.get((workload, system, figure)) for system in (OPUS, *PEERS)]
        medians = [_shown(one.median) if one else "" for one in found]
        runs = ", ".join(map(_shown, found[0].runs)) if found[0] and len(found[0].runs) > 1 else ""
        yield (workload, f"{figure}, {unit}", *medians, runs)


def _spent(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    groups: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for one in results:
        if "rest" in one.workload or not _is_spent(one.figure):
            continue
        cpu, memory = groups.setdefault((one.workload, one.system), ([], []))
        name = one.figure.partition(" ")[2]
        text = f"{name} {_shown(one.median)}"
        (cpu if one.figure.startswith("cpu") else memory).append(text)
    for (workload, system), (cpu, memory) in groups.items():
        yield (workload, system, ", ".join(cpu), ", ".join(memory))


def _missing(results: Sequence[Result]) -> Iterator[str]:
    measured = {one.workload for one in results if one.system == OPUS}
    for workload in WORKLOADS:
        if not any(map(workload.made, measured)):
            yield f"* {workload.name}, {workload.title}: not a part of this run."


def _is_spent(figure: str) -> bool:
    return figure.startswith(("cpu ", "memory "))


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
