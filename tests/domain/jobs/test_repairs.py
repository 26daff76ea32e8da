"""What operators can do, and what they cannot."""

from __future__ import annotations

from typing import Any

import pytest

from domain.jobs import commands as ask
from domain.jobs.blockers import blockers
from domain.jobs.commands import JobCommand
from domain.jobs.events import JobFailed, TaskCorrected, TaskRetried
from domain.jobs.refusals import (
    CorrectionWrong,
    JobHasEnded,
    ReasonMissing,
    RunNotFound,
    TaskBelongsToPerson,
    TaskNotCorrectable,
    TaskNotHeld,
    TaskValuesUsed,
)
from domain.jobs.run import Facts, Failure, Run
from domain.jobs.state import TaskStatus
from domain.refusals import Detail
from tests.domain.jobs.graphs import declared, graph, review, task
from tests.domain.jobs.play import AT, JOB, Play, told


def playing(*tasks: Any, edges: tuple[str, ...] = (), **options: Any) -> Play:
    """A job of these tasks that has started."""
    play = Play(graph(*tasks, edges=edges, **options))
    play.start()
    return play


def correct(
    play: Play, name: str, *, route: str | None = None, absent: tuple[str, ...] = (), **fields: Any
) -> list[str]:
    """Corrects a task's outputs."""
    facts = Facts(absent=tuple(tuple(path.split(".")) for path in absent), route=route)
    given: dict[str, Any] = {"outputs": {"out": "right"}, "reason": "Read wrongly.", **fields}
    return play.tell(ask.CorrectTask, name, facts=facts, **given)


def held() -> Play:
    """A job whose first task is held, and whose second needs it."""
    play = playing(task("a", on_error="hold"), task("b", "x"), edges=("a.out -> b.x",))
    play.fail("a")
    return play


def test_a_held_task_is_tried_again_with_the_same_inputs() -> None:
    play = playing(task("z"), task("a", "x", on_error="hold"), task("b", "x"), edges=("z.out -> a.x", "a.out -> b.x"))
    play.succeed("z")
    play.fail("a")
    assert play.tell(ask.RetryTask, "a", reason="The service is back.") == [
        "a#1.1 retried",
        "a#1.2 started x=z#1.1/out",
    ]
    assert play.log[-2] == TaskRetried(run=Run(task="a"), reason="The service is back.")
    assert play.succeed("a") == ["a#1.2 succeeded", "b#1.1 started x=a#1.2/out"]
    assert play.job.where[Run(task="a", attempt=2)] == 8


def test_only_a_held_task_is_tried_again() -> None:
    play = playing(task("a"), task("b"))
    with pytest.raises(
        TaskNotHeld,
        match=r"Expected a#1.1 to be held for an operator or to be tried again later, but the task is RUNNING",
    ):
        play.tell(ask.RetryTask, "a")
    play.succeed("a")
    with pytest.raises(TaskNotHeld):
        play.tell(ask.RetryTask, "a")
    with pytest.raises(RunNotFound):
        play.tell(ask.RetryTask, "a#1.2")


def test_asking_twice_to_retry_starts_one_attempt() -> None:
    play = held()
    play.tell(ask.RetryTask, "a#1.1")
    assert play.tell(ask.RetryTask, "a#1.1") == []


def unknown() -> Play:
    """A job whose `a` may have had its effect or not."""
    play = playing(task("a", repetition="once"))
    play.tell(ask.RecordEffectBegan, "a")
    play.tell(ask.RecordOutcomeUnknown, "a")
    return play


def test_an_unknown_outcome_is_resolved_by_who_says_how_they_know() -> None:
    play = unknown()
    assert play.tell(ask.RetryTask, "a", reason="The bank has no such payment.") == ["a#1.1 retried", "a#1.2 started"]
    assert play.tell(ask.RecordEffectBegan, "a") == ["a#1.2 effect began"]
    given_up = unknown().tell(ask.GiveUpTask, "a", reason="Nobody can tell.")
    assert given_up == ["a#1.1 given up", "job is ending: failed OUTCOME_UNKNOWN", "job failed: OUTCOME_UNKNOWN"]
    happened = ask.CorrectTask(
        at=AT, job_id=JOB, run=Run(task="a"), outputs={"out": 1}, facts=Facts(), reason="The bank has it."
    )
    assert told(unknown().send(happened)) == ["a#1.1 corrected", "job completed"]


@pytest.mark.parametrize("reason", [None, "", " "])
@pytest.mark.parametrize("repair", [ask.RetryTask, ask.GiveUpTask])
def test_an_unknown_outcome_is_not_resolved_without_a_reason(repair: type[JobCommand], reason: Any) -> None:
    with pytest.raises(ReasonMissing):
        unknown().tell(repair, "a", reason=reason)


def test_a_held_task_is_corrected_and_what_waited_goes_on() -> None:
    play = held()
    assert correct(play, "a") == ["a#1.1 corrected", "b#1.1 started x=a#1.1/out"]
    assert play.log[-2] == TaskCorrected(
        run=Run(task="a"), outputs={"out": "right"}, facts=Facts(), reason="Read wrongly."
    )
    assert play.job.task_status("a") is TaskStatus.SUCCEEDED
    assert play.job.where[Run(task="a")] == 4


def test_a_finished_task_is_corrected_while_nothing_has_used_it() -> None:
    play = playing(task("a"), task("b"), task("c", "x", "y"), edges=("a.out -> c.x", "b.out -> c.y"))
    play.succeed("a")
    assert correct(play, "a") == ["a#1.1 corrected"]
    assert correct(play, "a", absent=("out",), outputs={"out": None}) == ["a#1.1 corrected", "c skipped: no_value x"]
    assert play.job.where[Run(task="a")] == 6


def test_a_correction_settles_anew_what_was_settled() -> None:
    tasks = (task("a", routes=("yes", "no")), task("b"), task("c", "y"))
    play = playing(*tasks, edges=("a:yes -> c", "b.out -> c.y"))
    play.succeed("a", route="yes")
    assert correct(play, "a", route="no") == ["a#1.1 corrected", "c skipped: route_not_taken"]


def test_a_run_that_has_not_ended_is_not_corrected() -> None:
    with pytest.raises(TaskNotCorrectable, match=r"Expected a#1.1 to be held or finished, but the task is RUNNING"):
        correct(playing(task("a")), "a")


def test_outputs_that_a_started_task_was_given_are_not_corrected() -> None:
    play = playing(task("a"), task("b", "x"), edges=("a.out -> b.x",))
    play.succeed("a")
    with pytest.raises(TaskValuesUsed, match="but b went by them"):
        correct(play, "a")


def test_outputs_that_skipped_a_task_are_not_corrected() -> None:
    play = playing(task("a"), task("b"), task("c", "x"), edges=("a.out -> c.x",))
    play.succeed("a", absent=["out"])
    with pytest.raises(TaskValuesUsed):
        correct(play, "a")


def test_a_task_skipped_for_another_reason_has_used_nothing() -> None:
    decision = task("a", routes=("yes", "no"))
    play = playing(
        decision, task("b"), task("d"), task("c", "x?"), edges=("a:yes -> c", "b.out -> c.x", "d.out -> c.x")
    )
    play.succeed("b")
    assert play.succeed("a", route="no") == ["a#1.1 succeeded", "c skipped: route_not_taken"]
    assert correct(play, "b") == ["b#1.1 corrected"]


def test_a_failure_that_went_on_is_corrected_while_nothing_has_used_it() -> None:
    tasks = (task("a", on_error="continue"), task("b"), task("c", declared("x", default=1), "y"))
    play = playing(*tasks, edges=("a.out -> c.x", "b.out -> c.y"))
    play.fail("a")
    assert correct(play, "a") == ["a#1.1 corrected"]
    assert play.succeed("b") == ["b#1.1 succeeded", "c#1.1 started x=a#1.1/out y=b#1.1/out"]


def test_a_heavy_task_that_still_waits_for_its_slot_goes_by_the_correction() -> None:
    tasks = (task("a"), task("h", heavy=True), task("c", "x", heavy=True), task("d", heavy=True, join="any"))
    edges = ("a.out -> c.x", "a:done -> d", "b:done -> d")
    play = playing(*tasks, task("b"), edges=edges, heavy_at_once_max=1)
    play.succeed("a")
    play.succeed("b")
    assert correct(play, "a", absent=("out",), outputs={}) == ["a#1.1 corrected", "c skipped: no_value x"]
    assert play.succeed("h") == ["h#1.1 succeeded", "d#1.1 started"]


def test_a_person_s_decision_is_not_corrected_by_an_operator() -> None:
    play = playing(task("a"), review("r", "a"), task("b"), edges=("a. -> r.reviewed",))
    play.succeed("a")
    play.wait("r")
    play.answer("r")
    with pytest.raises(TaskBelongsToPerson):
        correct(play, "r", route="rejected")


def test_a_correction_needs_a_reason_and_right_outputs() -> None:
    play = held()
    with pytest.raises(ReasonMissing):
        correct(play, "a", reason=" ")
    found = Detail("output out", "text", "a number")
    with pytest.raises(CorrectionWrong) as refused:
        correct(play, "a", route="yes", outputs={"out": 1, "other": 2}, findings=(found,))
    assert {detail.path for detail in refused.value.details} == {"output out", "output other", "route"}


def test_a_held_task_is_given_up_and_its_job_fails_with_its_error() -> None:
    play = held()
    assert play.tell(ask.GiveUpTask, "a", reason="Nobody knows.") == [
        "a#1.1 given up",
        "job is ending: failed BROKEN",
        "job failed: BROKEN",
    ]
    assert play.log[-1] == JobFailed(error=Failure(code="BROKEN", message="It broke."), failed_run=Run(task="a"))
    assert play.tell(ask.GiveUpTask, "a") == []


def test_only_a_held_task_is_given_up() -> None:
    with pytest.raises(TaskNotHeld):
        playing(task("a")).tell(ask.GiveUpTask, "a")


def test_an_ended_job_is_not_repaired() -> None:
    play = held()
    play.cancel()
    for command in (ask.RetryTask, ask.GiveUpTask):
        with pytest.raises(JobHasEnded, match="it has: CANCELLED"):
            play.tell(command, "a")
    with pytest.raises(JobHasEnded):
        correct(play, "a")


def test_an_unknown_outcome_that_took_the_error_route_is_not_held() -> None:
    lost = task("a", repetition="once", on_error="error_route")
    play = playing(lost, task("b", "x"), edges=("a.error.code -> b.x",))
    play.tell(ask.RecordEffectBegan, "a")
    play.tell(ask.RecordOutcomeUnknown, "a")
    assert [blocker.task for blocker in blockers(play.job)] == ["b"]
    for repair in (ask.RetryTask, ask.GiveUpTask):
        with pytest.raises(TaskNotHeld):
            play.tell(repair, "a", reason="It went wrong.")
