"""What follows from the reports of runners: outcomes and policies, late reports, losses, effects, time limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.jobs import commands as ask
from domain.jobs.events import JobEndingBegan, JobFailed, TaskFailed, TaskStarted, TaskWaitBegan
from domain.jobs.refusals import (
    EffectAlreadyBegan,
    EffectNotBegun,
    JobHasEnded,
    RunNotFound,
    RunNotRunning,
    TaskNotDue,
)
from domain.jobs.run import Failure, Run
from domain.jobs.state import JobStatus, TaskStatus
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, REVIEW, Play, told

BROKEN = Failure(code="BROKEN", message="It broke.")
LIMIT = AT + timedelta(seconds=60)


def playing(*tasks: object, **options: object) -> Play:
    """A job of these tasks that has started."""
    play = Play(graph(*tasks, **options))  # type: ignore[arg-type]
    play.start()
    return play


def test_a_failure_fails_the_job_and_cancels_what_runs() -> None:
    play = playing(task("a"), task("b"))
    assert play.fail("a") == [
        "a#1.1 failed BROKEN: fail_job",
        "job is ending: failed BROKEN",
        "b#1.1 cancelled",
        "job failed: BROKEN",
    ]
    run = Run(task="a")
    assert play.log[-4] == TaskFailed(run=run, error=BROKEN, then="fail_job")
    assert play.log[-3] == JobEndingBegan(outcome="failed", error=BROKEN, failed_run=run)
    assert play.log[-1] == JobFailed(error=BROKEN, failed_run=run)
    assert play.job.status is JobStatus.FAILED
    assert play.job.task_status("b") is TaskStatus.CANCELLED


def test_a_held_failure_waits_for_an_operator_while_the_rest_goes_on() -> None:
    play = playing(task("a", on_error="hold"), task("b"))
    assert play.fail("a") == ["a#1.1 failed BROKEN: hold"]
    assert play.job.held() == [Run(task="a")]
    assert play.job.status == "IN_PROGRESS"
    assert play.succeed("b") == ["b#1.1 succeeded"]
    assert play.job.status == "WAITING"


@pytest.mark.parametrize("report", ["succeed", "fail"])
def test_a_doubled_or_late_report_changes_nothing(report: str) -> None:
    play = playing(task("a"), task("b"))
    play.succeed("a")
    assert getattr(play, report)("a") == []
    play.cancel()
    assert getattr(play, report)("b") == []


def test_a_report_of_an_attempt_before_the_last_changes_nothing() -> None:
    play = playing(task("a", on_error="hold"))
    play.fail("a")
    play.tell(ask.RetryTask, "a")
    assert play.succeed("a#1.1") == []
    assert play.succeed("a#1.2") == ["a#1.2 succeeded", "job completed"]


@pytest.mark.parametrize("name", ["a#1.2", "b", "unknown#1.1"])
def test_a_report_of_a_run_that_never_started_is_refused(name: str) -> None:
    play = playing(task("a"), task("b", "x"), edges=("a.out -> b.x",))
    with pytest.raises(RunNotFound):
        play.succeed(name)


@pytest.mark.parametrize("route", [None, "maybe"])
def test_a_route_that_the_task_does_not_have_makes_its_success_a_failure(route: str | None) -> None:
    play = playing(task("a", routes=("yes", "no"), on_error="hold"))
    assert play.succeed("a", route=route) == ["a#1.1 failed ROUTE_UNDECLARED: hold"]


def test_a_run_that_waits_is_performed_by_nobody() -> None:
    play = playing(task("a"))
    assert play.wait("a") == ["a#1.1 waits for review"]
    assert play.log[-1] == TaskWaitBegan(run=Run(task="a"), waits_for="review", review_id=REVIEW)
    assert (play.job.running(), play.job.waiting()) == ([], [Run(task="a")])
    assert play.job.status == "WAITING"
    assert play.wait("a") == []
    assert play.succeed("a") == []


def test_a_wait_of_a_run_that_does_not_run_is_refused() -> None:
    play = playing(task("a"), task("b"))
    play.succeed("a")
    with pytest.raises(RunNotRunning, match=r"Expected a#1.1 to be running, but the task is SUCCEEDED"):
        play.wait("a")
    play.fail("b")
    with pytest.raises(JobHasEnded):
        play.wait("b")


def test_a_lost_run_is_performed_again_under_its_attempt_and_fails_at_the_third_loss() -> None:
    play = playing(task("a", on_error="hold"))
    assert play.tell(ask.RecordRunnerLost, "a") == ["a#1.1 runner lost 1"]
    assert play.job.running() == [Run(task="a")]
    assert play.tell(ask.RecordRunnerLost, "a") == ["a#1.1 runner lost 2"]
    assert play.tell(ask.RecordRunnerLost, "a") == ["a#1.1 runner lost 3", "a#1.1 failed RUNNER_LOST: hold"]
    assert play.tell(ask.RecordRunnerLost, "a") == []


def test_losses_are_counted_for_each_attempt() -> None:
    play = playing(task("a", on_error="hold"))
    play.tell(ask.RecordRunnerLost, "a")
    play.fail("a")
    play.tell(ask.RetryTask, "a")
    assert play.tell(ask.RecordRunnerLost, "a") == ["a#1.2 runner lost 1"]


def test_an_effect_begins_once() -> None:
    play = playing(task("a", repetition="once"))
    assert play.tell(ask.RecordEffectBegan, "a") == ["a#1.1 effect began"]
    with pytest.raises(EffectAlreadyBegan):
        play.tell(ask.RecordEffectBegan, "a")


def test_an_effect_may_not_begin_when_the_run_is_over() -> None:
    play = playing(task("a", repetition="once"), task("b"))
    play.succeed("a")
    with pytest.raises(RunNotRunning):
        play.tell(ask.RecordEffectBegan, "a")


def test_a_repeatable_run_needs_no_record_of_its_effect() -> None:
    assert playing(task("a")).tell(ask.RecordEffectBegan, "a") == []


@pytest.mark.parametrize("lost", [ask.RecordRunnerLost, ask.RecordOutcomeUnknown])
@pytest.mark.parametrize("policy", ["fail_job", "continue", "hold"])
def test_a_run_lost_after_its_effect_began_is_held_and_never_repeated(lost: type, policy: str) -> None:
    play = playing(task("a", repetition="once", on_error=policy))
    play.tell(ask.RecordEffectBegan, "a")
    assert play.tell(lost, "a") == ["a#1.1 outcome unknown: hold"]
    assert play.job.task_status("a") is TaskStatus.OUTCOME_UNKNOWN
    assert play.job.held() == [Run(task="a")]


def test_an_unknown_outcome_takes_the_error_route() -> None:
    lost = task("a", repetition="once", on_error="error_route")
    play = playing(lost, task("b", "x"), edges=("a.error.code -> b.x",))
    play.tell(ask.RecordEffectBegan, "a")
    assert play.tell(ask.RecordOutcomeUnknown, "a") == [
        "a#1.1 outcome unknown: error_route",
        "b#1.1 started x=a#1.1/error.code",
    ]
    assert play.job.where[Run(task="a")] == 4


def opening() -> ask.RecordCredentialOpened:
    """The run of `a` asks for a credential."""
    return ask.RecordCredentialOpened(
        at=AT, job_id=JOB, run=Run(task="a"), credential_id=REVIEW, name="bank", revision=2
    )


def test_a_run_that_is_performed_may_be_given_a_credential_and_each_time_is_told() -> None:
    play = playing(task("a"))
    assert told(play.send(opening())) == ["a#1.1 credential opened"]
    assert told(play.send(opening())) == ["a#1.1 credential opened"]


def test_a_run_that_has_ended_is_given_no_credential() -> None:
    play = playing(task("a"))
    play.fail("a")
    before = len(play.log)
    with pytest.raises(JobHasEnded):
        play.send(opening())
    assert len(play.log) == before


def test_an_outcome_is_not_unknown_before_the_effect_began() -> None:
    play = playing(task("a", repetition="once"))
    with pytest.raises(EffectNotBegun):
        play.tell(ask.RecordOutcomeUnknown, "a")
    assert play.tell(ask.RecordRunnerLost, "a") == ["a#1.1 runner lost 1"]


def test_a_time_limit_is_due_from_the_start() -> None:
    play = playing(task("a", time_limit_seconds=60))
    assert play.log[-1] == TaskStarted(run=Run(task="a"), bindings={}, due_at=LIMIT)
    assert play.job.due_at(Run(task="a")) == LIMIT
    assert play.tell(ask.ExpireTask, "a", at=LIMIT) == [
        "a#1.1 failed TIME_LIMIT_EXCEEDED: fail_job",
        "job is ending: failed TIME_LIMIT_EXCEEDED",
        "job failed: TIME_LIMIT_EXCEEDED",
    ]


def test_a_time_limit_does_not_end_early() -> None:
    play = playing(task("a", time_limit_seconds=60), task("b"))
    with pytest.raises(TaskNotDue, match="to be up, but it ends at 2026-01-31T12:01:00"):
        play.tell(ask.ExpireTask, "a", at=LIMIT - timedelta(microseconds=1))
    with pytest.raises(TaskNotDue, match="but it ends never"):
        play.tell(ask.ExpireTask, "b", at=LIMIT)


def test_the_log_decides_a_race_with_the_time_limit() -> None:
    play = playing(task("a", time_limit_seconds=60), task("b"))
    play.succeed("a")
    assert play.tell(ask.ExpireTask, "a", at=LIMIT) == []


def test_a_wait_ends_at_the_earlier_of_its_own_time_and_the_limit() -> None:
    play = playing(task("a", time_limit_seconds=60), task("b"))
    play.wait("a", due_at=LIMIT + timedelta(hours=1))
    assert play.job.due_at(Run(task="a")) == LIMIT
    play.wait("b", due_at=LIMIT)
    assert play.job.due_at(Run(task="b")) == LIMIT


def test_a_wait_that_expires_takes_its_review_with_it() -> None:
    play = playing(task("a", time_limit_seconds=60, on_error="hold"))
    play.wait("a")
    assert play.tell(ask.ExpireTask, "a", at=LIMIT) == ["a#1.1 failed TIME_LIMIT_EXCEEDED: hold"]
    failed = play.log[-1]
    assert isinstance(failed, TaskFailed)
    assert failed.review_id == REVIEW


def test_a_time_limit_after_the_effect_began_leaves_the_outcome_unknown() -> None:
    play = playing(task("a", time_limit_seconds=60, repetition="once"))
    play.tell(ask.RecordEffectBegan, "a")
    assert play.tell(ask.ExpireTask, "a", at=LIMIT) == ["a#1.1 outcome unknown: hold"]
