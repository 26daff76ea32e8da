"""Events as sentences: what people said keeps its own end, and no sentence has two."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api.log.summaries import summary


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("The bank is closed.", "The job was paused: The bank is closed."),
        ("closed", "The job was paused: closed."),
        ("Closed?", "The job was paused: Closed?"),
        ("Wait...", "The job was paused: Wait..."),
        (None, "The job was paused."),
        ({"$sealed": {}}, "The job was paused."),
    ],
)
def test_a_sentence_ends_once(reason: Any, told: str) -> None:
    assert summary("job.paused.v1", {"reason": reason}) == told


def test_an_error_within_a_sentence_leaves_its_full_stop_to_it() -> None:
    failed = {"run": {"task": "a"}, "error": {"code": "BROKEN", "message": "It broke."}, "then": "hold"}
    assert summary("job.task_failed.v1", failed) == ("Task a failed with BROKEN: It broke; it is held for an operator.")
    refused = {"time": "2026-01-01T00:00:00Z", "error": {"code": "X", "message": "No."}}
    assert summary("schedule.start_refused.v1", refused).endswith("was refused with X: No.")


def test_further_jobs_of_a_pause_are_counted() -> None:
    many, one = {"children": ["a", "b"], "more": 3}, {"children": ["a"], "more": 0}
    assert summary("job.children_paused.v1", many) == "2 further jobs it waits for were paused with the job."
    assert summary("job.children_resumed.v1", one) == "Another job it waits for was resumed with the job."
