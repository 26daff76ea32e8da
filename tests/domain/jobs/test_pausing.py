"""A paused job: what runs is recorded, nothing follows from it until the job is resumed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.graph import Retry
from domain.jobs import commands as ask
from domain.jobs.blockers import Blocker, blockers
from domain.jobs.refusals import JobHasEnded, JobIsEnding, ReasonMissing
from domain.jobs.run import Facts, Run
from domain.jobs.state import JobStatus, TaskStatus
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, Play


def playing(**options: Any) -> Play:
    """A job of two tasks in a row, the first of which runs."""
    play = Play(graph(task("a", **options), task("b", "x"), edges=("a.out -> b.x", "b.out -> @y"), outputs=("y",)))
    play.start()
    return play


def test_what_runs_goes_on_and_what_follows_waits_until_it_is_resumed() -> None:
    play = playing()
    assert play.pause() == ["job paused"]
    stood = [play.job.status]
    assert play.succeed("a") == ["a#1.1 succeeded"]
    stood.append(play.job.status)
    assert play.resume() == ["job resumed", "b#1.1 started x=a#1.1/out"]
    assert [*stood, play.job.status] == [JobStatus.IN_PROGRESS, JobStatus.WAITING, JobStatus.IN_PROGRESS]


def test_nothing_is_skipped_and_the_job_does_not_complete() -> None:
    play = playing()
    play.pause()
    assert play.succeed("a", absent=["out"]) == ["a#1.1 succeeded"]
    assert play.resume() == ["job resumed", "b skipped: no_value x", *play_end(play)]


def play_end(play: Play) -> list[str]:
    """How the job failed for want of its output."""
    assert play.job.status is JobStatus.FAILED
    return ["job is ending: failed OUTPUT_MISSING", "job failed: OUTPUT_MISSING"]


def test_pausing_and_resuming_twice_change_nothing() -> None:
    play = playing()
    play.pause()
    assert play.pause("Again.") == []
    play.resume()
    assert play.resume() == []


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_pause_needs_a_reason(reason: Any) -> None:
    play = playing()
    with pytest.raises(ReasonMissing):
        play.pause(reason)


def test_a_job_that_has_ended_or_is_ending_is_not_paused() -> None:
    over, ending = playing(), playing()
    over.cancel()
    with pytest.raises(JobHasEnded):
        over.pause()
    with pytest.raises(JobHasEnded):
        over.resume()
    wide = Play(graph(*(task(f"t{number}") for number in range(600))))
    wide.start()
    wide.cancel()
    with pytest.raises(JobIsEnding):
        wide.pause()
    assert ending.job.paused is None


def test_a_failure_that_ends_the_job_waits_and_can_be_corrected() -> None:
    play = playing()
    play.pause()
    assert play.fail("a") == ["a#1.1 failed BROKEN: fail_job"]
    assert play.job.task_status("a") is TaskStatus.FAILED
    play.send(
        ask.CorrectTask(
            at=AT, job_id=JOB, run=Run(task="a"), outputs={"out": 1}, facts=Facts(), reason="It was paid by hand."
        )
    )
    assert play.resume() == ["job resumed", "b#1.1 started x=a#1.1/out"]


def correct(play: Play, name: str) -> list[str]:
    """An operator gives the outputs of a task."""
    return play.tell(ask.CorrectTask, name, outputs={"out": "by hand"}, facts=Facts(), reason="Seen.")


def test_what_has_no_value_is_not_skipped_once_that_is_corrected() -> None:
    play = playing()
    play.pause()
    play.succeed("a", absent=["out"])
    assert correct(play, "a") == ["a#1.1 corrected"]
    assert play.resume() == ["job resumed", "b#1.1 started x=a#1.1/out"]


def test_what_another_task_leaves_without_a_value_is_skipped_whatever_is_corrected() -> None:
    edges = ("a.out -> c.x", "b.out -> c.z", "b:error -> d")
    play = Play(graph(task("a"), task("b", on_error="continue"), task("c", "x", "z"), task("d"), edges=edges))
    play.start()
    play.pause()
    play.succeed("a", absent=["out"])
    play.fail("b")
    correct(play, "b")
    assert play.resume() == ["job resumed", "c skipped: no_value x", "d skipped: route_not_taken", "job completed"]


def test_a_failure_that_was_not_corrected_ends_the_job_when_it_is_resumed() -> None:
    play = playing()
    play.pause()
    play.fail("a")
    assert play.resume() == ["job resumed", "job is ending: failed BROKEN", "job failed: BROKEN"]


def test_what_an_operator_retries_or_gives_up_takes_effect_when_it_is_resumed() -> None:
    retried, given_up = playing(on_error="hold"), playing(on_error="hold")
    for play in (retried, given_up):
        play.fail("a")
        play.pause()
    assert retried.tell(ask.RetryTask, "a") == ["a#1.1 retried"]
    assert retried.resume() == ["job resumed", "a#1.2 started"]
    assert given_up.tell(ask.GiveUpTask, "a") == ["a#1.1 given up"]
    assert given_up.tell(ask.GiveUpTask, "a") == []
    assert given_up.resume() == ["job resumed", "job is ending: failed BROKEN", "job failed: BROKEN"]


def test_time_limits_run_and_a_retry_that_falls_due_waits() -> None:
    play = playing(retry=Retry(attempts=2), time_limit_seconds=60)
    play.pause()
    assert play.tell(ask.ExpireTask, "a", at=AT + timedelta(minutes=1)) == ["a#1.1 failed TIME_LIMIT_EXCEEDED: retry"]
    due = play.job.due_at(play.run("a"))
    assert due is not None
    assert play.tell(ask.StartRetry, "a", at=due) == []
    assert play.resume(due) == ["job resumed", "a#1.2 started"]


def test_a_paused_job_times_out_and_can_be_cancelled() -> None:
    limited = Play(graph(task("a")).model_copy(update={"time_limit_seconds": 60.0}))
    limited.start()
    limited.pause()
    assert limited.expire(60)[-1] == "job timed out"
    play = playing()
    play.pause()
    assert play.cancel()[-1] == "job cancelled"
    assert play.job.paused is None


def test_a_lost_runner_performs_again_what_had_started() -> None:
    play = playing()
    play.pause()
    assert play.tell(ask.RecordRunnerLost, "a") == ["a#1.1 runner lost 1"]
    assert play.job.running() == [Run(task="a")]


def test_the_job_says_that_it_is_paused_since_when_and_what_waits_for_that() -> None:
    play = playing()
    play.pause()
    assert blockers(play.job)[:2] == [
        Blocker(None, None, "pause", since=3, reason="The bank is closed."),
        Blocker("a", Run(task="a"), "runner", since=2),
    ]
    play.succeed("a")
    assert blockers(play.job)[1:] == [Blocker("b", None, "pause", since=1)]
    play.resume()
    assert [blocker.waits_for for blocker in blockers(play.job)] == ["runner"]
