"""Messages to a job: early ones are kept, awaited ones are taken, late ones are refused; and a run goes on once its wait is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.jobs import commands as ask
from domain.jobs.events import MessageReceived, TaskFailed, TaskMessageTaken, TaskWaitBegan
from domain.jobs.messages import MESSAGES_KEPT_MAX
from domain.jobs.refusals import (
    JobHasEnded,
    JobIsEnding,
    JobNotFound,
    MessagesTooMany,
    MessageTooLate,
    MessageUnknown,
    MessageWrong,
)
from domain.jobs.run import Run
from domain.jobs.scheduling import ENDING_CANCELLATIONS_MAX
from domain.jobs.state import TaskStatus
from domain.refusals import Detail
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, Play


def playing(*names: str, takes: str = "paid", **options: Any) -> Play:
    """A job of tasks that wait for a message each."""
    play = Play(graph(*(task(name, takes=takes, **options) for name in names)))
    play.start()
    return play


def test_a_message_is_taken_by_the_run_that_waits_for_it_and_the_run_goes_on() -> None:
    play = playing("a")
    assert play.wait_for("a", "paid") == ["a#1.1 waits for message paid"]
    assert play.log[-1] == TaskWaitBegan(run=Run(task="a"), waits_for="message", message="paid")
    assert play.job.status == "WAITING"
    assert play.message("paid") == ["message paid m1", "a#1.1 took m1"]
    received, taken = play.log[-2:]
    assert received == MessageReceived(name="paid", message_id="m1", value="value")
    assert taken == TaskMessageTaken(run=Run(task="a"), message_id="m1", received=4)
    assert play.job.running() == [Run(task="a")]
    assert play.job.resumed_at(Run(task="a")) == play.job.version
    assert play.job.status == "IN_PROGRESS"
    assert play.succeed("a") == ["a#1.1 succeeded", "job completed"]
    assert play.job.resumed_at(Run(task="a")) is None


def test_an_early_message_is_kept_and_taken_by_the_wait_that_comes() -> None:
    play = playing("a")
    assert play.message("paid") == ["message paid m1"]
    assert play.wait_for("a", "paid") == ["a#1.1 waits for message paid", "a#1.1 took m1"]
    assert play.succeed("a") == ["a#1.1 succeeded", "job completed"]


def test_messages_of_a_name_are_taken_in_the_order_they_came_by_runs_in_the_order_they_waited() -> None:
    play = playing("a", "b", "c")
    play.message("paid", "m1")
    play.message("paid", "m2")
    assert play.wait_for("b", "paid") == ["b#1.1 waits for message paid", "b#1.1 took m1"]
    assert play.wait_for("a", "paid") == ["a#1.1 waits for message paid", "a#1.1 took m2"]
    assert play.wait_for("c", "paid") == ["c#1.1 waits for message paid"]
    assert play.message("paid", "m3") == ["message paid m3", "c#1.1 took m3"]


def test_a_message_of_another_name_is_left_to_those_who_wait_for_it() -> None:
    play = Play(graph(task("a", takes="paid"), task("b", takes="signed")))
    play.start()
    play.wait_for("a", "paid")
    assert play.message("signed") == ["message signed m1"]
    assert play.job.waiting() == [Run(task="a")]


def test_a_name_that_no_task_waits_for_is_refused_naming_those_that_are() -> None:
    play = playing("a")
    with pytest.raises(MessageUnknown) as refused:
        play.message("payed")
    assert refused.value.message == (
        "Expected the name of a message that a task of this job waits for (paid), but got payed."
    )
    nothing = Play(graph(task("a")))
    nothing.start()
    with pytest.raises(MessageUnknown, match=r"waits for \(none\)"):
        nothing.message("paid")


def test_a_message_that_comes_too_late_is_refused() -> None:
    play = Play(graph(task("a", takes="paid"), task("b")))
    play.start()
    play.wait_for("a", "paid")
    play.message("paid", "m1")
    with pytest.raises(MessageTooLate):  # The only run that could take it has one.
        play.message("paid", "m2")
    play.succeed("a")
    with pytest.raises(MessageTooLate):
        play.message("paid", "m2")
    play.succeed("b")
    with pytest.raises(JobHasEnded):
        play.message("paid", "m2")


def test_a_message_beyond_those_that_can_be_taken_is_refused() -> None:
    play = playing("a", "b")
    play.message("paid", "m1")
    play.message("paid", "m2")
    with pytest.raises(MessageTooLate):
        play.message("paid", "m3")


def test_a_message_to_a_skipped_task_is_too_late() -> None:
    play = Play(graph(task("a", routes=("yes", "no")), task("b", takes="paid"), task("c"), edges=("a:yes -> b",)))
    play.start()
    play.succeed("a", route="no")
    with pytest.raises(MessageTooLate):
        play.message("paid")


def test_a_message_to_a_job_that_is_ending_is_refused() -> None:
    play = playing(*(f"t{number}" for number in range(ENDING_CANCELLATIONS_MAX + 1)))
    play.cancel()
    with pytest.raises(JobIsEnding):
        play.message("paid")


def test_a_message_to_no_job_is_refused() -> None:
    with pytest.raises(JobNotFound):
        Play(graph(task("a", takes="paid"))).message("paid")


def test_a_value_that_does_not_fit_is_refused_and_nothing_is_written() -> None:
    play = playing("a")
    before = len(play.log)
    with pytest.raises(MessageWrong) as refused:
        play.message("paid", findings=(Detail("value", "a number", "a text"),))
    assert refused.value.details == (Detail("value", "a number", "a text"),)
    assert len(play.log) == before


def test_more_messages_than_are_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MESSAGES_KEPT_MAX >= 1_000
    monkeypatch.setattr("domain.jobs.messages.MESSAGES_KEPT_MAX", 2)
    play = playing("a", "b", "c")
    play.message("paid", "m1")
    play.message("paid", "m2")
    with pytest.raises(MessagesTooMany):
        play.message("paid", "m3")


def test_a_held_task_may_take_a_message_when_it_is_tried_again() -> None:
    play = playing("a", on_error="hold")
    play.wait_for("a", "paid")
    play.message("paid", "m1")
    play.fail("a")
    assert play.message("paid", "m2") == ["message paid m2"]
    assert play.tell(ask.RetryTask, "a") == ["a#1.1 retried", "a#1.2 started"]
    assert play.wait_for("a", "paid") == ["a#1.2 waits for message paid", "a#1.2 took m2"]


def test_a_wait_that_is_reported_again_after_its_end_changes_nothing() -> None:
    play = playing("a")
    play.wait_for("a", "paid")
    play.message("paid")
    late = ask.RecordTaskWaiting(at=AT, job_id=JOB, run=Run(task="a"), waits_for="message", message="paid")
    assert play.send(late) == []
    assert play.job.task_status("a") is TaskStatus.RUNNING


def test_a_run_that_goes_on_may_wait_again() -> None:
    play = playing("a")
    play.wait_for("a", "paid")
    play.message("paid")
    assert play.wait_for("a", "signed") == ["a#1.1 waits for message signed"]


def test_a_wait_ends_with_the_time_limit_of_its_task_and_the_error_route_is_taken() -> None:
    play = Play(
        graph(
            task("a", takes="paid", time_limit_seconds=60, on_error="error_route"), task("b"), edges=("a:error -> b",)
        )
    )
    play.start()
    play.wait_for("a", "paid")
    due_at = AT + timedelta(seconds=60)
    assert play.job.due_at(Run(task="a")) == due_at
    assert play.tell(ask.ExpireTask, "a", at=due_at) == [
        "a#1.1 failed TIME_LIMIT_EXCEEDED: error_route",
        "b#1.1 started",
    ]
    assert isinstance(play.log[-2], TaskFailed)
    with pytest.raises(MessageTooLate):
        play.message("paid")


def test_a_run_that_went_on_keeps_its_time_limit() -> None:
    play = playing("a", time_limit_seconds=60)
    play.wait_for("a", "paid")
    play.message("paid")
    due_at = AT + timedelta(seconds=60)
    assert play.job.due_at(Run(task="a")) == due_at
    assert play.tell(ask.ExpireTask, "a", at=due_at)[0] == "a#1.1 failed TIME_LIMIT_EXCEEDED: fail_job"


def test_a_lost_runner_repeats_only_what_came_after_the_wait() -> None:
    play = playing("a")
    play.wait_for("a", "paid")
    play.message("paid")
    went_on = play.job.version
    assert play.tell(ask.RecordRunnerLost, "a") == ["a#1.1 runner lost 1"]
    assert play.job.resumed_at(Run(task="a")) == went_on


def test_what_a_heavy_task_does_after_its_wait_takes_no_place_from_others() -> None:
    play = Play(graph(task("a", takes="paid", heavy=True), task("b", heavy=True), heavy_at_once_max=1))
    play.start()
    assert play.wait_for("a", "paid") == ["a#1.1 waits for message paid", "b#1.1 started"]
    play.message("paid")
    assert [run.task for run in play.job.running()] == ["a", "b"]
    assert play.succeed("a") == ["a#1.1 succeeded"]
    assert play.succeed("b") == ["b#1.1 succeeded", "job completed"]
