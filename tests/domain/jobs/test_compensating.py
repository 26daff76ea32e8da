"""A job that ends badly undoes what was done: one after another, the last success first, before its end is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.graph import GraphTask, Retry
from domain.jobs import commands as ask
from domain.jobs.blockers import blockers
from domain.jobs.refusals import JobIsEnding
from domain.jobs.run import Facts, Run
from domain.jobs.state import JobStatus, TaskStatus
from tests.domain.jobs.graphs import declared, graph, task
from tests.domain.jobs.play import AT, JOB, Play


def undo(name: str, of: str, *inputs: Any, **options: Any) -> GraphTask:
    """A compensation."""
    return task(name, *(inputs or ("what",)), compensates=of, **options)


def playing(on_error: str = "fail_job", **options: Any) -> Play:
    """A job in which `book` and then `pay` succeeded and `ship` runs."""
    tasks = (
        task("book"),
        task("pay", "x"),
        task("ship", "x", on_error=on_error),
        undo("cancel_booking", "book", **options),
        undo("pay_back", "pay", **options),
        undo("call_back", "ship", **options),
    )
    edges = (
        "book.out -> pay.x",
        "pay.out -> ship.x",
        "book.out -> cancel_booking.what",
        "pay.out -> pay_back.what",
        "ship.out -> call_back.what",
    )
    play = Play(graph(*tasks, edges=edges))
    play.start()
    play.succeed("book")
    play.succeed("pay")
    return play


def test_compensations_have_no_part_in_the_way_forward() -> None:
    play = playing()
    assert [run.task for run in play.job.running()] == ["ship"]
    assert play.succeed("ship") == ["ship#1.1 succeeded", "job completed"]


def test_what_succeeded_is_undone_the_last_first_and_then_the_job_ends() -> None:
    play = playing()
    assert play.fail("ship") == [
        "ship#1.1 failed BROKEN: fail_job",
        "job is ending: failed BROKEN",
        "pay_back#1.1 started what=pay#1.1/out",
    ]
    assert (play.job.status, play.job.running()) == (JobStatus.IN_PROGRESS, [Run(task="pay_back")])
    assert play.succeed("pay_back") == ["pay_back#1.1 succeeded", "cancel_booking#1.1 started what=book#1.1/out"]
    assert play.succeed("cancel_booking") == ["cancel_booking#1.1 succeeded", "job failed: BROKEN"]


@pytest.mark.parametrize("end", ["cancelled", "timed out"])
def test_a_job_that_is_cancelled_or_times_out_is_undone_too(end: str) -> None:
    play = playing()
    if end == "timed out":
        limited = Play(play.graph.model_copy(update={"time_limit_seconds": 60.0}))
        limited.start()
        limited.succeed("book")
        told, play = limited.expire(60), limited
        assert told[-1] == "cancel_booking#1.1 started what=book#1.1/out"
    else:
        assert play.cancel()[-2:] == ["ship#1.1 cancelled", "pay_back#1.1 started what=pay#1.1/out"]
        play.succeed("pay_back")
    assert play.succeed("cancel_booking")[-1] == f"job {end}"


def test_all_that_runs_is_cancelled_before_anything_is_undone() -> None:
    many = [task(f"t{number}") for number in range(600)]
    play = Play(graph(task("book"), *many, undo("free", "book"), edges=("book.out -> free.what",)))
    play.start()
    play.succeed("book")
    told = play.cancel()
    assert len(told) == 501
    assert play.job.running() == []
    rest = [event.wire for event in play.send(ask.ContinueEnding(at=AT, job_id=JOB))]
    assert rest == ["job.task_cancelled.v1"] * 100 + ["job.task_started.v1"]


def test_one_that_fails_is_recorded_and_the_next_goes_on() -> None:
    play = playing()
    play.fail("ship")
    assert play.fail("pay_back", "BANK_CLOSED") == [
        "pay_back#1.1 failed BANK_CLOSED: continue",
        "cancel_booking#1.1 started what=book#1.1/out",
    ]
    assert play.succeed("cancel_booking")[-1] == "job failed: BROKEN"


def test_one_that_is_to_be_held_waits_for_an_operator() -> None:
    play = playing(on_error="fail_job")
    held = [each.model_copy(update={"on_error": "hold"}) if each.compensates else each for each in play.graph.tasks]
    play = Play(play.graph.model_copy(update={"tasks": tuple(held)}))
    play.start()
    play.succeed("book")
    play.succeed("pay")
    play.fail("ship")
    assert play.fail("pay_back") == ["pay_back#1.1 failed BROKEN: hold"]
    assert play.job.status is JobStatus.WAITING
    assert [blocker.waits_for for blocker in blockers(play.job)] == ["operator", "compensation"]
    assert play.tell(ask.RetryTask, "pay_back") == [
        "pay_back#1.1 retried",
        "pay_back#1.2 started what=pay#1.1/out",
    ]
    play.fail("pay_back")
    assert play.tell(ask.GiveUpTask, "pay_back") == [
        "pay_back#1.2 given up",
        "cancel_booking#1.1 started what=book#1.1/out",
    ]
    play.fail("cancel_booking")
    done = ask.CorrectTask(
        at=AT, job_id=JOB, run=Run(task="cancel_booking"), outputs={"out": 1}, facts=Facts(), reason="By telephone."
    )
    assert [event.wire for event in play.send(done)] == ["job.task_corrected.v1", "job.failed.v1"]


def test_one_is_tried_again_as_its_policy_says() -> None:
    play = playing(retry=Retry(attempts=2))
    play.fail("ship")
    assert play.fail("pay_back", retryable=True) == ["pay_back#1.1 failed BROKEN: retry"]
    due = play.job.due_at(play.run("pay_back"))
    assert due is not None
    assert [blocker.waits_for for blocker in blockers(play.job)] == ["time", "compensation"]
    assert play.tell(ask.StartRetry, "pay_back", at=due) == ["pay_back#1.2 started what=pay#1.1/out"]


def test_its_time_limit_and_lost_runners_count_as_anywhere() -> None:
    play = playing(time_limit_seconds=60)
    play.fail("ship")
    assert play.tell(ask.RecordRunnerLost, "pay_back") == ["pay_back#1.1 runner lost 1"]
    told = play.tell(ask.ExpireTask, "pay_back", at=AT + timedelta(minutes=1))
    assert told[0] == "pay_back#1.1 failed TIME_LIMIT_EXCEEDED: continue"


def test_an_effect_of_unknown_outcome_is_held() -> None:
    play = playing(repetition="once")
    play.fail("ship")
    assert play.tell(ask.RecordEffectBegan, "pay_back") == ["pay_back#1.1 effect began"]
    assert play.tell(ask.RecordOutcomeUnknown, "pay_back") == ["pay_back#1.1 outcome unknown: hold"]
    assert play.job.task_status("pay_back") is TaskStatus.OUTCOME_UNKNOWN


def test_one_without_a_value_it_needs_is_skipped() -> None:
    play = Play(
        graph(
            task("pay"),
            task("ship"),
            undo("pay_back", "pay", "id", declared("note?")),
            edges=("pay.id -> pay_back.id",),
        )
    )
    play.start()
    play.succeed("pay", absent=["id"])
    assert play.fail("ship")[-2:] == ["pay_back skipped: no_value id", "job failed: BROKEN"]


def test_a_missing_output_of_the_job_is_a_bad_end_too() -> None:
    play = Play(
        graph(task("pay"), undo("pay_back", "pay"), edges=("pay.out -> pay_back.what", "pay.out -> @y"), outputs=("y",))
    )
    play.start()
    assert play.succeed("pay", absent=["out"]) == [
        "pay#1.1 succeeded",
        "job is ending: failed OUTPUT_MISSING",
        "pay_back skipped: no_value what",
        "job failed: OUTPUT_MISSING",
    ]


def test_what_was_cancelled_or_failed_is_not_undone() -> None:
    play = Play(graph(task("a"), task("b"), undo("undo_a", "a", "x?"), undo("undo_b", "b", "x?")))
    play.start()
    assert play.fail("a") == [
        "a#1.1 failed BROKEN: fail_job",
        "job is ending: failed BROKEN",
        "b#1.1 cancelled",
        "job failed: BROKEN",
    ]


def test_nothing_else_is_decided_while_it_is_undone() -> None:
    play = playing()
    play.fail("ship")
    with pytest.raises(JobIsEnding):
        play.cancel()
    with pytest.raises(JobIsEnding):
        play.pause()
    with pytest.raises(JobIsEnding):
        play.tell(ask.RetryTask, "ship")
    assert play.expire(1e6) == []


def test_cancelling_again_what_is_cancelled_changes_nothing() -> None:
    play = playing()
    play.cancel()
    assert play.cancel() == []
    assert [blocker.waits_for for blocker in blockers(play.job)] == ["runner", "compensation"]


def test_a_paused_job_that_is_cancelled_is_undone() -> None:
    play = playing()
    play.pause()
    assert play.cancel()[-1] == "pay_back#1.1 started what=pay#1.1/out"
