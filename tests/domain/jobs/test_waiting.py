"""A wait for a time: it ends with the time, and not before; whatever else ends the run comes first when it is recorded first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.jobs import commands as ask
from domain.jobs.events import TaskSucceeded, TaskWaitBegan
from domain.jobs.refusals import RunNotRunning, TaskNotDue
from domain.jobs.run import Facts, Run
from domain.jobs.state import JobStatus
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, Play

DUE = AT + timedelta(hours=1)
RUN = Run(task="a")


def waiting(**options: float | str) -> Play:
    """A job whose task waits for an hour."""
    play = Play(graph(task("a", outputs=(), **options), task("b"), edges=("a:done -> b",)))
    play.start()
    told = play.tell(ask.RecordTaskWaiting, "a", waits_for="time", due_at=DUE, at_due="succeed")
    assert told == ["a#1.1 waits for time"]
    return play


def test_a_run_that_waited_for_its_time_has_done_its_work() -> None:
    play = waiting()
    assert play.log[-1] == TaskWaitBegan(run=RUN, waits_for="time", due_at=DUE, at_due="succeed")
    assert play.job.status is JobStatus.WAITING
    assert play.job.due_at(RUN) == DUE
    assert play.job.succeeds_when_due(RUN)
    assert play.tell(ask.EndWait, "a", at=DUE) == ["a#1.1 succeeded", "b#1.1 started"]
    assert play.log[-2] == TaskSucceeded(run=RUN, outputs={}, facts=Facts())


def test_a_wait_does_not_end_before_its_time() -> None:
    play = waiting()
    with pytest.raises(TaskNotDue, match="ends at 2026-01-31T13:00:00"):
        play.tell(ask.EndWait, "a", at=DUE - timedelta(microseconds=1))


def test_a_wait_that_is_over_is_left_as_it_is() -> None:
    play = waiting()
    play.tell(ask.EndWait, "a", at=DUE)
    assert play.tell(ask.EndWait, "a", at=DUE) == []
    cancelled = waiting()
    cancelled.cancel()
    assert cancelled.tell(ask.EndWait, "a", at=DUE) == []


def test_the_end_of_a_wait_is_no_expiry() -> None:
    play = waiting()
    assert play.tell(ask.ExpireTask, "a", at=DUE) == []


def test_a_wait_for_something_else_does_not_end_with_a_time() -> None:
    play = Play(graph(task("a", takes="paid", time_limit_seconds=60)))
    play.start()
    play.wait_for("a", "paid")
    with pytest.raises(TaskNotDue):
        play.tell(ask.EndWait, "a", at=AT + timedelta(seconds=60))


def test_a_time_limit_that_comes_first_fails_the_run() -> None:
    play = waiting(time_limit_seconds=60, on_error="continue")
    assert play.log[-1] == TaskWaitBegan(run=RUN, waits_for="time", due_at=AT + timedelta(seconds=60))
    assert not play.job.succeeds_when_due(RUN)
    told = play.tell(ask.ExpireTask, "a", at=AT + timedelta(seconds=60))
    assert told == ["a#1.1 failed TIME_LIMIT_EXCEEDED: continue", "b#1.1 started"]


def test_a_time_limit_that_comes_later_does_not_matter() -> None:
    play = waiting(time_limit_seconds=7200)
    assert play.job.due_at(RUN) == DUE
    assert play.tell(ask.EndWait, "a", at=DUE)[0] == "a#1.1 succeeded"


def test_a_wait_that_is_reported_twice_is_one_wait() -> None:
    play = waiting()
    assert play.tell(ask.RecordTaskWaiting, "a", waits_for="time", due_at=DUE, at_due="succeed") == []


def test_a_run_that_has_ended_cannot_wait() -> None:
    play = waiting()
    play.tell(ask.EndWait, "a", at=DUE)
    with pytest.raises(RunNotRunning):
        play.tell(ask.RecordTaskWaiting, "a", waits_for="time", due_at=DUE, at_due="succeed")
