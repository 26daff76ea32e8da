"""A failed task is tried again by itself, as often and as soon as its policy says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.graph import ForEach, Retry
from domain.jobs import commands as ask
from domain.jobs.blockers import blockers
from domain.jobs.events import TaskFailed
from domain.jobs.refusals import TaskNotDue
from domain.jobs.run import Facts, Failure, Run
from domain.jobs.state import JobStatus, TaskStatus
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, Play, told

FOREVER = AT + timedelta(days=400)


def playing(retry: dict[str, Any], *others: Any, heavy_at_once_max: int = 3, **options: Any) -> Play:
    """A job of one task with this policy."""
    play = Play(graph(task("a", retry=Retry(**retry), **options), *others, heavy_at_once_max=heavy_at_once_max))
    play.start()
    return play


def due(play: Play) -> datetime:
    """When the task is tried again."""
    found = play.job.due_at(play.run("a"))
    assert found is not None
    return found


def test_a_failure_that_may_help_to_try_again_is_tried_again_until_the_attempts_are_spent() -> None:
    play = playing({"attempts": 3})
    assert play.fail("a", retryable=True) == ["a#1.1 failed BROKEN: retry"]
    assert (play.job.status, play.job.task_status("a")) == (JobStatus.WAITING, TaskStatus.RETRYING)
    assert play.tell(ask.StartRetry, "a", at=due(play)) == ["a#1.2 started"]
    assert play.fail("a", retryable=True) == ["a#1.2 failed BROKEN: retry"]
    assert play.tell(ask.StartRetry, "a", at=due(play)) == ["a#1.3 started"]
    assert play.fail("a", retryable=True)[0] == "a#1.3 failed BROKEN: fail_job"


@pytest.mark.parametrize(
    ("codes", "retryable", "then"),
    [
        (None, False, "fail_job"),
        (("BROKEN",), False, "retry"),
        (("OTHER",), True, "fail_job"),
        ((), True, "fail_job"),
    ],
)
def test_what_may_be_tried_again_are_the_codes_named_else_what_the_action_called_so(
    *, codes: Any, retryable: bool, then: str
) -> None:
    play = playing({"attempts": 3, "codes": codes})
    assert play.fail("a", retryable=retryable)[0] == f"a#1.1 failed BROKEN: {then}"


def test_it_is_not_tried_again_before_it_is_due_and_only_once() -> None:
    play = playing({"attempts": 3})
    play.fail("a", retryable=True)
    first, early = play.run("a"), due(play) - timedelta(microseconds=1)
    with pytest.raises(TaskNotDue, match=r"Expected the time of a#1.1 to be up, but it ends at 2026"):
        play.tell(ask.StartRetry, "a", at=early)
    play.tell(ask.StartRetry, "a", at=due(play))
    assert play.tell(ask.StartRetry, first.text, at=FOREVER) == []
    assert play.tell(ask.StartRetry, "a", at=FOREVER) == []


def delays(retry: dict[str, Any]) -> list[float]:
    """The delays before each further attempt, in seconds."""
    play, found = playing(retry), []
    while not play.job.is_ending and play.job.ended is None:
        play.fail("a", retryable=True)
        last = play.log[-1]
        if isinstance(last, TaskFailed) and last.retry_at is not None:
            found.append((last.retry_at - AT).total_seconds())
            play.tell(ask.StartRetry, "a", at=last.retry_at)
    return found


def test_delays_grow_to_a_limit_each_jittered_by_a_quarter_and_always_the_same_for_a_job() -> None:
    found = delays({"attempts": 7, "delay_seconds": 10, "delay_seconds_max": 60})
    for seconds, plain in zip(found, (10, 20, 40, 60, 60, 60), strict=True):
        assert 0.75 * plain <= seconds <= 1.25 * plain
    assert len(set(found)) == len(found)
    assert found == delays({"attempts": 7, "delay_seconds": 10, "delay_seconds_max": 60})


def test_fixed_delays_do_not_grow() -> None:
    for seconds in delays({"attempts": 7, "delay_seconds": 10, "backoff": "fixed"}):
        assert 7.5 <= seconds <= 12.5


@pytest.mark.parametrize(("asked", "least"), [(100.0, 100.0), (1e12, 86_400.0), (-5.0, 0.75)])
def test_what_the_action_asks_for_is_not_undercut_and_has_a_limit(asked: float, least: float) -> None:
    play = playing({"attempts": 2})
    play.fail("a", retryable=True, retry_after_seconds=asked)
    assert timedelta(seconds=least) <= due(play) - AT <= timedelta(seconds=max(least, 1.25))


def test_a_lost_runner_is_no_attempt() -> None:
    play = playing({"attempts": 2})
    play.tell(ask.RecordRunnerLost, "a")
    assert play.fail("a", retryable=True) == ["a#1.1 failed BROKEN: retry"]


def test_a_program_that_took_too_long_may_be_tried_again_a_person_is_not_asked_again() -> None:
    later = AT + timedelta(minutes=1)
    assert playing({"attempts": 2}, time_limit_seconds=60).tell(ask.ExpireTask, "a", at=later) == [
        "a#1.1 failed TIME_LIMIT_EXCEEDED: retry"
    ]
    waiting = playing({"attempts": 2}, time_limit_seconds=60)
    waiting.wait("a")
    assert waiting.tell(ask.ExpireTask, "a", at=later)[0] == "a#1.1 failed TIME_LIMIT_EXCEEDED: fail_job"


def test_an_effect_whose_outcome_is_unknown_is_never_tried_again_by_itself() -> None:
    play = playing({"attempts": 9, "codes": ("OUTCOME_UNKNOWN",)}, repetition="once")
    play.tell(ask.RecordEffectBegan, "a")
    assert play.tell(ask.RecordOutcomeUnknown, "a") == ["a#1.1 outcome unknown: hold"]


def test_each_attempt_has_the_whole_time_limit() -> None:
    play = playing({"attempts": 2}, time_limit_seconds=60)
    play.fail("a", retryable=True)
    again = due(play)
    play.tell(ask.StartRetry, "a", at=again)
    assert due(play) == again + timedelta(seconds=60)


def test_a_heavy_task_is_tried_again_when_a_slot_is_free() -> None:
    play = playing({"attempts": 2}, task("b", heavy=True), heavy=True, heavy_at_once_max=1)
    assert play.fail("a", retryable=True) == ["a#1.1 failed BROKEN: retry", "b#1.1 started"]
    assert play.tell(ask.StartRetry, "a", at=due(play)) == []
    assert play.tell(ask.RecordTaskSucceeded, "b", at=due(play), outputs={}, facts=Facts()) == [
        "b#1.1 succeeded",
        "a#1.2 started",
    ]


def test_an_operator_need_not_wait_for_it() -> None:
    assert _open().tell(ask.RetryTask, "a") == ["a#1.1 retried", "a#1.2 started"]
    given_up = _open().tell(ask.GiveUpTask, "a")
    assert given_up[:2] == ["a#1.1 given up", "job is ending: failed BROKEN"]
    corrected = _open().send(
        ask.CorrectTask(at=AT, job_id=JOB, run=Run(task="a"), outputs={"out": 1}, facts=Facts(), reason="Seen.")
    )
    assert [event.wire for event in corrected] == ["job.task_corrected.v1", "job.completed.v1"]


def test_the_job_tells_what_it_waits_for_and_until_when() -> None:
    play = _open()
    [blocker] = blockers(play.job)
    assert (blocker.task, blocker.waits_for, blocker.until) == ("a", "time", due(play))
    assert blocker.error is not None
    assert blocker.error.code == "BROKEN"


def test_cancelling_the_job_ends_it() -> None:
    assert _open().cancel() == ["job is ending: cancelled", "a#1.1 cancelled", "job cancelled"]


def _open() -> Play:
    play = playing({"attempts": 3})
    play.fail("a", retryable=True)
    return play


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": 1_001},
        {"attempts": 2, "delay_seconds": -1},
        {"attempts": 2, "delay_seconds": 7_200},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Retry(**wrong)


def test_an_item_of_a_for_each_is_tried_again_alone_with_the_same_item() -> None:
    each = task("a", "x", for_each=ForEach(input="x", at_once_max=1), retry=Retry(attempts=2))
    play = Play(graph(each, edges=("@x -> a.x",), inputs=("x",)))
    play.start({"x": ["one", "two"]}, counts={"x": 2})
    item = Run(task="a", item=0)
    broken = Failure(code="BROKEN", message="It broke.")
    play.send(ask.RecordTaskFailed(at=AT, job_id=JOB, run=item, error=broken, retryable=True))
    [again] = play.job.retrying()
    assert again == item
    when = play.job.due_at(item)
    assert when is not None
    assert told(play.send(ask.StartRetry(at=when, job_id=JOB, run=item)))[0].startswith("a[0]#1.2 started")
    second = Run(task="a", item=0, attempt=2)
    assert told(play.send(ask.RecordTaskFailed(at=AT, job_id=JOB, run=second, error=broken)))[0] == (
        "a[0]#1.2 failed BROKEN: fail_task"
    )
