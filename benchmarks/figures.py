"""What was measured: figures of single runs, and their medians over all runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from orjson import OPT_APPEND_NEWLINE, OPT_INDENT_2, dumps, loads

from benchmarks.processes import Spent


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one run of a workload on a system."""

    workload: str
    figure: str
    unit: str
    value: float
    system: str = "opus"


@dataclass(frozen=True, slots=True)
class Result:
    """A figure over all runs."""

    workload: str
    system: str
    figure: str
    unit: str
    median: float
    runs: tuple[float, ...]


def results_of(figures: Iterable[Figure]) -> list[Result]:
    """The medians, in the order in which their figures were first measured."""
    runs: dict[tuple[str, str, str, str], list[float]] = {}
    for one in figures:
        runs.setdefault((one.workload, one.system, one.figure, one.unit), []).append(_rounded(one.value))
    return [Result(*key, _rounded(median(values)), tuple(values)) for key, values in runs.items()]


def merged(old: Iterable[Result], new: Sequence[Result]) -> list[Result]:
    """The new results, and those of the old that were of other workloads or systems."""
    measured = {(one.workload, one.system) for one in new}
    return [one for one in old if (one.workload, one.system) not in measured] + list(new)


def write_results(results: Sequence[Result], path: Path) -> None:
    """Writes the list of results."""
    path.write_bytes(dumps(results, option=OPT_INDENT_2 | OPT_APPEND_NEWLINE))


def read_results(path: Path) -> list[Result]:
    """The list of results that was written."""
    return [Result(**{**one, "runs": tuple(one["runs"])}) for one in loads(path.read_bytes())]


def spent_figures(workload: str, spent: Spent, count: int, what: str) -> list[Figure]:
    """CPU seconds of each group for a thousand of what was done, their sum, and the memory each held at most."""
    per = f"CPU s per 1,000 {what}"
    figures = [
        Figure(workload, f"cpu {name}", per, seconds / count * 1_000) for name, seconds in spent.cpu_seconds.items()
    ]
    system = sum(seconds for name, seconds in spent.cpu_seconds.items() if name != "client")
    figures.append(Figure(workload, "cpu in all but the client", per, system / count * 1_000))
    figures += [Figure(workload, f"memory {name}", "MB", held) for name, held in spent.memory_mb.items()]
    return figures


def rate_figures(workload: str, jobs: int, started: float, answered: float, done: float) -> list[Figure]:
    """W5's figures, from the seconds that its two halves took."""
    return [
        Figure(workload, "started and waiting", "s", started),
        Figure(workload, "all decisions answered", "s", answered),
        Figure(workload, "all decided and done", "s", done),
        Figure(workload, "rate of starting", "jobs/s", jobs / started),
        Figure(workload, "rate of deciding", "jobs/s", jobs / done),
    ]


def percentile(values: Sequence[float], hundredth: int) -> float:
    """The value below which so many of a hundred lie."""
    return quantiles(values, n=100, method="inclusive")[hundredth - 1]


def _rounded(value: float) -> float:
    """Four significant digits: no run is repeated more exactly than that."""
    return float(f"{value:.4g}")
