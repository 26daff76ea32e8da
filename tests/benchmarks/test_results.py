"""What a measurement leaves behind: a list of medians, and a page that puts ratios first."""

from __future__ import annotations

from pathlib import Path

import orjson

from benchmarks.figures import Figure, Result, merged, read_results, results_of, spent_figures, write_results
from benchmarks.page import page
from benchmarks.processes import Spent


def runs(workload: str, figure: str, unit: str, system: str, *values: float) -> list[Figure]:
    return [Figure(workload, figure, unit, value, system) for value in values]


def test_results_are_a_list_of_workload_system_figure_unit_median_and_runs(tmp_path: Path) -> None:
    figures = runs("W1", "rate", "tasks/s", "opus", 5_000.04, 7_000, 6_000)
    write_results(results_of(figures), tmp_path / "results.json")
    assert orjson.loads((tmp_path / "results.json").read_bytes()) == [
        {
            "workload": "W1",
            "system": "opus",
            "figure": "rate",
            "unit": "tasks/s",
            "median": 6_000.0,
            "runs": [5_000.0, 7_000.0, 6_000.0],
        }
    ]
    assert read_results(tmp_path / "results.json") == results_of(figures)


def test_a_figure_of_one_system_is_never_mixed_with_another_systems() -> None:
    figures = [*runs("W1", "rate", "tasks/s", "opus", 6_000), *runs("W1", "rate", "tasks/s", "restate", 2_000)]
    assert [(one.system, one.median) for one in results_of(figures)] == [("opus", 6_000), ("restate", 2_000)]


def test_what_is_measured_again_takes_the_place_of_all_that_workload_had_on_that_system() -> None:
    old = [Result("W1", "opus", "gone", "ms", 1, (1,)), Result("W2", "opus", "rate", "tasks/s", 3, (3,))]
    new = [Result("W1", "opus", "rate", "tasks/s", 2, (2,))]
    assert merged(old, new) == [old[1], *new]


def test_cpu_is_told_a_thousand_of_what_was_done_and_the_client_apart() -> None:
    spent = Spent({"client": 9.0, "api": 1.0, "runner": 2.0}, {"api": 100.0})
    figures = {one.figure: one.value for one in spent_figures("W1", spent, 2_000, "tasks")}
    assert figures == {
        "cpu client": 4.5,
        "cpu api": 0.5,
        "cpu runner": 1.0,
        "cpu in all but the client": 1.5,
        "memory api": 100.0,
    }


def test_the_page_tells_ratios_so_that_more_than_one_is_better_than_the_peer() -> None:
    figures = [
        *runs("W1", "rate", "tasks/s", "opus", 6_000),
        *runs("W1", "rate", "tasks/s", "restate", 2_000),
        *runs("W3", "latency, median", "ms", "opus", 10),
        *runs("W3", "latency, median", "ms", "dbos", 50),
        *runs("W5 10,000", "rate of deciding", "jobs/s", "opus", 2_000),
        *runs("W5 1,000", "rate of deciding", "jobs/s", "dbos", 200),
    ]
    told = page(
        results_of(figures), [("Processor", "two cores")], ["W2 on opus was not measured: it took more than 100 s"]
    )
    assert "| Processor | two cores |" in told
    assert "| W1 chain, tasks/s | 3 |  |" in told
    assert "| W3 latency, median |  | 5 |" in told
    assert "| W5 jobs decided and done, jobs/s |  | 10 |" in told
    assert "* W2 on opus was not measured: it took more than 100 s" in told
    assert "* W6, real graphs: 20 jobs of each at once: not a part of this run." in told
