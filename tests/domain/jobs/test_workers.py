"""A run that workers outside perform: their reports end it as those of a runner would, and what a lost one leaves depends on its effect."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.graph import GraphTask
from domain.jobs import commands as ask
from domain.jobs.blockers import blockers
from domain.jobs.refusals import EffectAlreadyBegan, RunNotRunning
from domain.jobs.run import Preview, Run
from domain.jobs.state import JobStatus, TaskStatus
from domain.jobs.workers import WORKER_LOSSES_MAX
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, Play


def waiting(**options: Any) -> Play:
    """A job whose first task waits for a worker since its runner said so, as of graphs that do not say it."""
    first = task("a", kind="external", config={"queue": "press"}, **options)
    play = Play(graph(first, task("b", "x"), edges=("a.out -> b.x",)))
    play.start()
    assert play.tell(ask.RecordTaskWaiting, "a", waits_for="worker") == ["a#1.1 waits for worker"]
    return play


def lose(play: Play, worker: str = "w1") -> list[str]:
    """The worker that had taken it is lost."""
    return play.tell(ask.RecordWorkerLost, "a", worker=worker)


def outside(name: str, *inputs: str, **options: Any) -> GraphTask:
    """A task of which the graph says that workers perform it."""
    return task(name, *inputs, kind="external", by_workers=True, config={"queue": "press"}, **options)


def test_a_run_that_workers_perform_waits_from_its_start() -> None:
    play = Play(graph(outside("a"), outside("b", "x"), edges=("a.out -> b.x",)))
    assert play.start() == ["job started", "a#1.1 started", "a#1.1 waits for worker"]
    assert play.job.status is JobStatus.WAITING
    assert play.tell(ask.RecordTaskWaiting, "a", waits_for="worker") == []
    assert play.succeed("a") == ["a#1.1 succeeded", "b#1.1 started x=a#1.1/out", "b#1.1 waits for worker"]
    assert [each.waits_for for each in blockers(play.job)] == ["worker"]
    assert play.succeed("b") == ["b#1.1 succeeded", "job completed"]


def test_its_wait_ends_with_the_time_limit_and_so_does_that_of_the_next_attempt() -> None:
    play = Play(graph(outside("a", time_limit_seconds=60.0, retry={"attempts": 2, "delay_seconds": 0})))
    play.start()
    assert play.job.due_at(Run(task="a")) == AT + timedelta(seconds=60)
    told = play.tell(ask.ExpireTask, "a", at=AT + timedelta(seconds=60))
    assert told == ["a#1.1 failed TIME_LIMIT_EXCEEDED: retry", "a#1.2 started", "a#1.2 waits for worker"]


def test_each_item_that_workers_perform_waits_from_its_start() -> None:
    each = outside("a", "x", for_each={"input": "x", "at_once_max": 2})
    play = Play(graph(each, edges=("@x -> a.x",), inputs=("x",)))
    assert play.start(counts={"x": 3})[2:] == [
        "a[0]#1.1 started x=/x[0]",
        "a[0]#1.1 waits for worker",
        "a[1]#1.1 started x=/x[1]",
        "a[1]#1.1 waits for worker",
    ]


def test_what_it_is_given_may_not_fit_though_it_waits() -> None:
    play = Play(graph(outside("a")))
    play.start()
    assert play.fail("a", code="INPUT_MISFIT")[0] == "a#1.1 failed INPUT_MISFIT: fail_job"


def test_in_a_preview_a_runner_finds_first_whether_something_stands_for_it() -> None:
    play = Play(graph(outside("a")))
    preview = Preview(draft_version=1)
    assert play.start(mode="preview", preview=preview) == ["job started", "a#1.1 started"]
    assert play.tell(ask.RecordTaskWaiting, "a", waits_for="worker") == ["a#1.1 waits for worker"]


def test_what_a_worker_reports_ends_the_wait_and_starts_what_follows() -> None:
    play = waiting()
    assert play.job.status is JobStatus.WAITING
    assert play.succeed("a") == ["a#1.1 succeeded", "b#1.1 started x=a#1.1/out"]
    assert play.succeed("a") == []


def test_a_failure_told_by_a_worker_follows_the_policy() -> None:
    play = waiting(retry={"attempts": 2, "delay_seconds": 0})
    assert play.fail("a", retryable=True) == ["a#1.1 failed BROKEN: retry", "a#1.2 started"]
    assert waiting().fail("a") == [
        "a#1.1 failed BROKEN: fail_job",
        "job is ending: failed BROKEN",
        "job failed: BROKEN",
    ]


def test_after_a_lost_worker_another_may_take_it_until_too_many_were_lost() -> None:
    play = waiting()
    for losses in range(1, WORKER_LOSSES_MAX):
        assert lose(play) == [f"a#1.1 worker lost {losses}"]
        assert play.job.task_status("a") is TaskStatus.WAITING
    assert lose(play)[:2] == ["a#1.1 worker lost 3", "a#1.1 failed WORKER_LOST: fail_job"]


def test_what_had_begun_for_good_is_held_when_its_worker_is_lost() -> None:
    play = waiting(repetition="once")
    assert play.tell(ask.RecordEffectBegan, "a") == ["a#1.1 effect began"]
    with pytest.raises(EffectAlreadyBegan):
        play.tell(ask.RecordEffectBegan, "a")
    assert lose(play) == ["a#1.1 worker lost 1", "a#1.1 outcome unknown: hold"]
    assert play.succeed("a") == []


def test_a_worker_of_a_run_that_is_over_or_waits_for_something_else_is_no_loss() -> None:
    play = waiting()
    play.succeed("a")
    assert lose(play) == []
    other = Play(graph(task("a")))
    other.start()
    other.wait_for("a", "paid")
    assert lose(other) == []


def test_no_effect_begins_of_a_run_that_waits_for_something_else() -> None:
    play = Play(graph(task("a", repetition="once")))
    play.start()
    play.wait_for("a", "paid")
    with pytest.raises(RunNotRunning):
        play.tell(ask.RecordEffectBegan, "a")


def test_a_worker_that_is_too_slow_may_be_followed_by_another_attempt() -> None:
    play = waiting(time_limit_seconds=60.0, retry={"attempts": 2, "delay_seconds": 0})
    told = play.tell(ask.ExpireTask, "a", at=AT + timedelta(seconds=60))
    assert told == ["a#1.1 failed TIME_LIMIT_EXCEEDED: retry", "a#1.2 started"]


def test_the_end_of_the_job_ends_it() -> None:
    play = waiting()
    assert play.cancel() == ["job is ending: cancelled", "a#1.1 cancelled", "job cancelled"]
    assert lose(play) == []


def test_the_blocker_names_the_queue() -> None:
    found = blockers(waiting().job)
    assert [(each.task, each.waits_for, each.queue) for each in found] == [
        ("a", "worker", "press"),
        ("b", "tasks", None),
    ]
