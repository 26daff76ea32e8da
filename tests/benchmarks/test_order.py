"""W6 checks against the log that no task started before all it depends on had succeeded."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from benchmarks.workloads.real_graphs import NoGraphs, graphs_folder, order_violations, read_graphs

PARENTS = {"first": [], "second": ["first"], "join": ["first", "second"]}
STARTED, SUCCEEDED = "job.task_started.v1", "job.task_succeeded.v1"
IN_ORDER = [
    (STARTED, "first"),
    (SUCCEEDED, "first"),
    (STARTED, "second"),
    (SUCCEEDED, "second"),
    (STARTED, "join"),
    (SUCCEEDED, "join"),
]


def test_a_job_in_order_has_no_violations() -> None:
    assert order_violations(IN_ORDER, PARENTS) == []


def test_a_task_that_started_before_one_it_depends_on_had_succeeded_is_found() -> None:
    swapped = [*IN_ORDER[:3], IN_ORDER[4], IN_ORDER[3], IN_ORDER[5]]
    assert order_violations(swapped, PARENTS) == ["join"]


def test_a_task_that_never_succeeded_is_found() -> None:
    assert order_violations(IN_ORDER[:-1], PARENTS) == ["join"]


def test_graphs_are_read_with_names_that_a_workflow_can_hold(tmp_path: Path) -> None:
    tasks = [{"id": "A.Ä_1", "parents": []}, {"id": "B-2", "parents": ["A.Ä_1"]}]
    (tmp_path / "two.json").write_bytes(orjson.dumps({"workflow": {"specification": {"tasks": tasks}}}))
    assert read_graphs(tmp_path) == {"two": {"task_1": [], "task_2": ["task_1"]}}


def test_a_folder_without_graphs_is_refused_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPUS_BENCH_GRAPHS", str(tmp_path))
    with pytest.raises(NoGraphs, match="Expected graphs in WfFormat in"):
        graphs_folder()
