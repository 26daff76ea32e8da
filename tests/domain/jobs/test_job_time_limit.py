"""A job times out after the time its workflow, or its start, allows."""

from __future__ import annotations

import pytest

from domain.graph import Graph
from domain.jobs.events import JobStarted
from domain.jobs.refusals import JobNotDue, TimeLimitWrong
from domain.jobs.state import JobStatus
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, REVIEW, Play


def limited(seconds: float | None = 60.0) -> Graph:
    """A graph of two tasks whose jobs time out."""
    return graph(task("a"), task("b", on_error="hold")).model_copy(update={"time_limit_seconds": seconds})


def test_a_job_whose_time_is_up_ends_whatever_it_does() -> None:
    play = Play(limited())
    play.start()
    play.wait("a", REVIEW)
    play.fail("b")
    assert play.expire(60) == [
        "job is ending: timed_out",
        "a#1.1 cancelled with its review",
        "b#1.1 cancelled",
        "job timed out",
    ]
    assert play.job.status is JobStatus.TIMED_OUT
    assert play.expire(61) == []


def test_before_it_is_due_the_log_refuses() -> None:
    play = Play(limited())
    play.start()
    with pytest.raises(JobNotDue, match=r"Expected the time of the job to be up, but it ends at 2026-01-31T12:01:00"):
        play.expire(59.9)


def test_a_job_without_a_limit_never_times_out() -> None:
    play = Play(limited(None))
    play.start()
    with pytest.raises(JobNotDue, match="never: it has no time limit"):
        play.expire(1e7)


def test_a_job_that_ended_in_time_stays_as_it_ended() -> None:
    play = Play(limited())
    play.start()
    play.succeed("a")
    play.succeed("b")
    assert play.expire(61) == []
    assert play.job.status is JobStatus.COMPLETED


@pytest.mark.parametrize(("of_workflow", "asked", "due"), [(60.0, 30.0, 30), (None, 30.0, 30), (60.0, None, 60)])
def test_a_start_may_ask_for_less(of_workflow: float | None, asked: float | None, due: float) -> None:
    play = Play(limited(of_workflow))
    play.start(time_limit_seconds=asked)
    [first, *_] = play.log
    assert isinstance(first, JobStarted)
    assert first.due_at is not None
    assert (first.due_at - AT).total_seconds() == due


@pytest.mark.parametrize("asked", [0.0, -1.0, 61.0, float("nan"), float("inf")])
def test_more_than_the_workflow_allows_or_nothing_at_all_is_refused(asked: float) -> None:
    play = Play(limited())
    with pytest.raises(TimeLimitWrong, match="Expected a time limit of more than 0 and at most 60 seconds, but got"):
        play.start(time_limit_seconds=asked)
    assert play.log == []


def test_a_record_of_a_job_without_a_limit_says_nothing_of_one() -> None:
    play = Play(limited(None))
    play.start()
    assert "due_at" not in play.log[0].model_dump_json()
