"""What the events of a job say of its tasks."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from runner.cli.progress import Progress


def event(wire: str, status: str, second: float, task: str = "find", **data: Any) -> dict[str, Any]:
    return {
        "type": f"job.{wire}.v1",
        "at": f"2026-01-01T00:00:{second:09.6f}Z",
        "changes": [{"what": f"task {task}#1.1", "status": status}],
        "data": data,
    }


def lines(*events: dict[str, Any]) -> list[str]:
    progress = Progress(["find"])
    return [step.line for step in map(progress.apply, events) if step]


def test_a_task_that_succeeds_is_timed_and_names_its_route() -> None:
    assert lines(
        event("task_started", "RUNNING", 1), event("task_succeeded", "SUCCEEDED", 1.25, facts={"route": "true"})
    ) == ["find           running", "find           succeeded → true  0.25 s"]


def test_a_task_that_waits_says_for_what() -> None:
    assert lines(event("task_wait_began", "WAITING", 2, waits_for="review")) == ["find           waiting for a review"]


def test_a_task_that_fails_says_why() -> None:
    error = {"code": "CODE_ERROR", "message": "Expected better."}
    assert lines(event("task_failed", "FAILED", 2, error=error)) == [
        "find           failed CODE_ERROR: Expected better."
    ]


def test_a_for_each_is_one_line_that_counts_its_items() -> None:
    began = event("items_began", "RUNNING", 1, items=3)
    ended = event("items_ended", "SUCCEEDED", 2, succeeded=1, failed=1)
    assert lines(began, ended) == [
        "find           running for each of 3 items",
        "find           succeeded 1 items, 1 failed  1.00 s",
    ]
    progress = Progress(["find"])
    progress.apply(began)
    assert progress.apply(event("task_succeeded", "SUCCEEDED", 1, task="find[2]", facts={})) is None
    assert progress.steps["find"].note == "1 of 3 items"


def test_a_skipped_task_says_why_and_stands_beside_the_others() -> None:
    progress = Progress(["find", "pay"])
    skipped = event("task_skipped", "SKIPPED", 2, task="pay", because="route_not_taken")
    step = progress.apply(skipped)
    assert step is not None
    assert step.line == "pay            skipped route not taken"
    assert [one.status for one in progress.steps.values()] == ["PENDING", "SKIPPED"]


def test_events_of_no_task_change_none() -> None:
    completed = {"type": "job.completed.v1", "changes": [{"what": "job", "status": "COMPLETED"}], "data": {}}
    assert Progress().apply(completed) is None


def test_the_table_shows_every_task_with_its_mark() -> None:
    progress = Progress(["find", "pay"])
    progress.apply(event("task_started", "RUNNING", 1))
    progress.apply(event("task_succeeded", "SUCCEEDED", 1.25, facts={"route": "true"}))
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(progress.table())
    assert [line.split() for line in captured.get().splitlines()] == [
        ["✓", "find", "succeeded", "→", "true", "0.25", "s"],
        ["pay", "pending"],
    ]
