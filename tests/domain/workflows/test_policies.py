"""What a builder sets of retries and limits reaches the graph, the file and an edit of another design, and is refused where it is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from domain.graph import Retry
from domain.workflows import operations as ops
from domain.workflows.compile import compile_design, graph_bytes
from domain.workflows.design import Design, Policy, read_design
from domain.workflows.differences import edits_between
from domain.workflows.editing import edit
from domain.workflows.events import TaskPolicySet
from domain.workflows.portable import FORMAT, WorkflowFileRefused, write_workflow
from domain.workflows.reading import read_workflow
from tests.domain.workflows.drawn import code, design

RETRY = Retry(attempts=5, delay_seconds=2.0, codes=("BUSY",))
DRAWN = design(code("a", retry=RETRY))


def file(**task: Any) -> dict[str, Any]:
    """A file with one task."""
    return {"format": FORMAT, "name": "W", "tasks": {"a": {"kind": "code", **task}}}


def test_retries_are_compiled() -> None:
    [task] = compile_design(DRAWN).tasks
    assert task.retry == RETRY


def test_a_graph_without_retries_has_the_bytes_it_always_had() -> None:
    assert b"retry" not in graph_bytes(compile_design(design(code("a"))))


def test_setting_retries_leaves_the_rest_of_the_policy_alone() -> None:
    drawn = design(code("a", on_error="hold", heavy=True))
    [event], changed = edit(drawn, [ops.SetTaskPolicy(task="a", retry=RETRY)])
    assert event == TaskPolicySet(task="a", policy=Policy(on_error="hold", heavy=True, retry=RETRY))
    assert edit(changed, [ops.SetTaskPolicy(task="a", retry=RETRY)])[0] == []
    assert edit(changed, [ops.SetTaskPolicy(task="a", retry=None)])[1].content_hash() == drawn.content_hash()


def test_a_file_says_them_with_the_other_policies() -> None:
    written = write_workflow("W", DRAWN)
    assert written["tasks"]["a"]["retry"] == {"attempts": 5, "delay_seconds": 2.0, "codes": ["BUSY"]}
    assert edit(Design(), read_workflow(written).operations)[1].content_hash() == DRAWN.content_hash()


def test_a_file_changes_a_design_to_what_it_says() -> None:
    before = design(code("a"))
    assert edit(before, edits_between(before, DRAWN))[1].content_hash() == DRAWN.content_hash()


@pytest.mark.parametrize(
    ("retry", "said"),
    [
        ({}, "Expected a setting that must be there for tasks.a.retry.attempts, but got nothing."),
        ({"attempts": 0}, "Expected greater than or equal to 1 for tasks.a.retry.attempts, but got a number."),
        ({"attempts": 2, "backoff": "linear"}, "tasks.a.retry.backoff"),
        ({"attempts": 2, "delay": 3}, "tasks.a.retry.delay"),
        ({"attempts": 2, "delay_seconds": 9, "delay_seconds_max": 3}, "delay_seconds to be at most delay_seconds_max"),
    ],
)
def test_wrong_retries_are_named_with_their_place(retry: dict[str, Any], said: str) -> None:
    with pytest.raises(WorkflowFileRefused) as refused:
        read_workflow(file(retry=retry))
    assert any(said in detail.message for detail in refused.value.details), refused.value.details


def test_a_time_limit_of_jobs_is_set_compiled_written_and_taken_back() -> None:
    drawn = design(ops.SetTimeLimit(time_limit_seconds=60.0), code("a"))
    assert compile_design(drawn).time_limit_seconds == 60.0
    written = write_workflow("W", drawn)
    assert written["time_limit_seconds"] == 60.0
    assert edit(Design(), read_workflow(written).operations)[1].content_hash() == drawn.content_hash()
    assert read_design(drawn.form()) == drawn
    without = design(code("a"))
    assert edits_between(drawn, without) == [ops.SetTimeLimit(time_limit_seconds=None)]
    assert edit(drawn, edits_between(drawn, without))[1].content_hash() == without.content_hash()


@pytest.mark.parametrize("wrong", [0, -1, "long", 40_000_000, True])
def test_a_time_limit_that_makes_no_sense_is_named(wrong: Any) -> None:
    with pytest.raises(WorkflowFileRefused) as refused:
        read_workflow({"format": FORMAT, "name": "W", "time_limit_seconds": wrong})
    [detail] = refused.value.details
    assert detail.path.startswith("time_limit_seconds")
