"""A for-each: a task once for each item of a list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.graph import ForEach, Graph, GraphTask
from domain.jobs import commands as ask
from domain.jobs.blockers import ITEMS_SHOWN_MAX, blockers
from domain.jobs.events import TaskCancelled, TaskFailed, TaskStarted
from domain.jobs.facts import facts
from domain.jobs.for_each import ITEMS_MAX
from domain.jobs.reactions import ITEM_FAILED
from domain.jobs.refusals import (
    ItemsBelongTogether,
    NotAnItem,
    RunNotFound,
    TaskNotHeld,
    TaskValuesUsed,
)
from domain.jobs.run import Facts, ItemCount, Run, Source
from domain.jobs.scheduling import ENDING_CANCELLATIONS_MAX
from domain.jobs.state import Job, TaskStatus
from domain.jobs.subject import JOBS
from domain.reviews.commands import WithdrawReview
from tests.domain.jobs.graphs import declared, graph, task
from tests.domain.jobs.play import AT, JOB, REVIEW, Play


def each(on_item_error: Any = "fail_task", at_once_max: int = 2, **options: Any) -> GraphTask:
    """A task `a` that runs over its input `x`."""
    for_each = ForEach(input="x", at_once_max=at_once_max, on_item_error=on_item_error)
    return task("a", "x", for_each=for_each, **options)


def workflow(*tasks: GraphTask, edges: tuple[str, ...] = ()) -> Graph:
    """The workflow's input feeds the for-each, which feeds the workflow's output."""
    return graph(*tasks, edges=("@x -> a.x", "a.out -> @y", *edges), inputs=("x",), outputs=("y?",))


def begun(items: int = 3, **options: Any) -> Play:
    """A job whose for-each has just begun."""
    play = Play(workflow(each(**options)))
    play.start(counts={"x": items})
    return play


def test_each_item_is_given_its_own_and_what_they_gave_is_one_value_of_the_whole() -> None:
    play = Play(workflow(each()))
    assert play.start(counts={"x": 3}) == [
        "job started",
        "a#1.1 began with 3 items x=/x",
        "a[0]#1.1 started x=/x[0]",
        "a[1]#1.1 started x=/x[1]",
    ]
    assert play.succeed("a[1]") == ["a[1]#1.1 succeeded", "a[2]#1.1 started x=/x[2]"]
    assert play.succeed("a[0]") == ["a[0]#1.1 succeeded"]
    assert play.succeed("a[2]") == [
        "a[2]#1.1 succeeded",
        "a#1.1 ended: 3 succeeded, 0 failed",
        "job completed y=a#1.1/out",
    ]
    assert list(play.job.items[0].outcomes()) == [(0, 7), (1, 5), (2, 8)]


def test_no_items_are_no_failure() -> None:
    play = Play(workflow(each()))
    assert play.start(counts={"x": 0})[1:] == [
        "a#1.1 began with 0 items x=/x",
        "a#1.1 ended: 0 succeeded, 0 failed",
        "job completed y=a#1.1/out",
    ]


def test_an_optional_list_that_is_not_there_has_no_items() -> None:
    play = Play(workflow(task("a", "x?", for_each=ForEach(input="x"))))
    assert "a#1.1 ended: 0 succeeded, 0 failed" in play.start(absent=[("x",)])


def test_what_is_no_list_fails_the_task() -> None:
    play = Play(workflow(each()))
    assert play.start() == [
        "job started",
        "a#1.1 began with 0 items x=/x",
        "a#1.1 failed NO_LIST: fail_job",
        "job is ending: failed NO_LIST",
        "job failed: NO_LIST",
    ]


def test_a_list_that_is_too_long_takes_the_error_route() -> None:
    play = Play(workflow(each(on_error="error_route"), task("b"), edges=("a:error -> b",)))
    assert play.start(counts={"x": ITEMS_MAX + 1})[2:] == ["a#1.1 failed ITEMS_TOO_MANY: error_route", "b#1.1 started"]


def test_a_constant_a_default_and_a_gather_have_items_too() -> None:
    constant = declared("x", constant=[1, 2])
    play = Play(graph(task("a", constant, for_each=ForEach(input="x"))))
    assert play.start()[1:] == [
        "a#1.1 began with 2 items x=constant",
        "a[0]#1.1 started x=constant[0]",
        "a[1]#1.1 started x=constant[1]",
    ]
    gathering = task("a", "x*", for_each=ForEach(input="x"))
    play = Play(graph(gathering, edges=("@x -> a.x", "@z -> a.x"), inputs=("x", "z")))
    assert play.start({"x": 1, "z": 2})[2:] == ["a[0]#1.1 started x=/x", "a[1]#1.1 started x=/z"]


def test_all_else_is_given_to_every_item_alike() -> None:
    other = declared("z", constant="here")
    play = Play(graph(task("a", "x", other, for_each=ForEach(input="x")), edges=("@x -> a.x",), inputs=("x",)))
    assert play.start(counts={"x": 1})[-1] == "a[0]#1.1 started x=/x[0] z=constant"


def test_a_for_each_over_what_another_gave_has_as_many_items_as_ended_well() -> None:
    second = task("b", "x", for_each=ForEach(input="x"))
    play = Play(graph(each("leave_out"), second, edges=("@x -> a.x", "a.out -> b.x"), inputs=("x",)))
    play.start(counts={"x": 2})
    play.fail("a[0]")
    assert play.succeed("a[1]")[1:] == [
        "a#1.1 ended: 1 succeeded, 1 failed",
        "b#1.1 began with 1 items x=a#1.1/out",
        "b[0]#1.1 started x=a#1.1/out[0]",
    ]


def test_a_failed_item_cancels_the_others_and_fails_the_task() -> None:
    play = begun()
    assert play.fail("a[0]") == [
        "a[0]#1.1 failed BROKEN: fail_task",
        "a[1]#1.1 cancelled",
        "a#1.1 failed BROKEN: fail_job",
        "job is ending: failed BROKEN",
        "job failed: BROKEN",
    ]
    [whole] = [event for event in play.log if isinstance(event, TaskFailed) and event.run.item is None]
    assert whole.error.details == {"item": 0, "details": None}


def test_a_failed_item_can_lead_to_the_error_route_of_its_task() -> None:
    play = Play(workflow(each(on_error="error_route"), task("b", "e"), edges=("a.error.code -> b.e",)))
    play.start(counts={"x": 3})
    assert play.fail("a[1]")[-2:] == ["a#1.1 failed BROKEN: error_route", "b#1.1 started e=a#1.1/error.code"]


def test_the_reviews_of_cancelled_items_are_withdrawn_for_what_they_are() -> None:
    play = begun()
    play.wait("a[1]")
    play.fail("a[0]")
    [cancelled] = [event for event in play.log if isinstance(event, TaskCancelled)]
    assert list(JOBS.reactions(JOB, cancelled, AT, Job(None))) == [
        WithdrawReview(at=AT, review_id=REVIEW, reason=ITEM_FAILED)
    ]


def test_failed_items_can_be_left_out() -> None:
    play = begun(on_item_error="leave_out")
    assert play.fail("a[0]") == ["a[0]#1.1 failed BROKEN: leave_out", "a[2]#1.1 started x=/x[2]"]
    play.fail("a[1]")
    assert play.fail("a[2]")[1:] == ["a#1.1 ended: 0 succeeded, 3 failed", "job completed y=a#1.1/out"]


def test_a_held_item_keeps_its_place_and_is_tried_again_in_it() -> None:
    play = begun(on_item_error="hold")
    assert play.fail("a[0]") == ["a[0]#1.1 failed BROKEN: hold"]
    play.fail("a[1]")
    assert play.tell(ask.RetryTask, "a[0]") == ["a[0]#1.1 retried", "a[0]#1.2 started x=/x[0]"]
    assert play.tell(ask.RetryTask, "a[0]#1.1") == []
    assert play.succeed("a[0]") == ["a[0]#1.2 succeeded", "a[2]#1.1 started x=/x[2]"]


def test_a_held_item_can_be_corrected_and_an_item_that_has_succeeded_too() -> None:
    play = begun(items=2, on_item_error="hold")
    play.fail("a[0]")
    correct: dict[str, Any] = {"outputs": {"out": 1}, "facts": Facts(), "reason": "Wrong."}
    assert play.tell(ask.CorrectTask, "a[0]", **correct) == ["a[0]#1.1 corrected"]
    assert play.tell(ask.CorrectTask, "a[0]", **correct) == ["a[0]#1.1 corrected"]
    assert play.job.outcome(Run(task="a", item=0)) == 7


def test_giving_up_an_item_fails_its_task_or_leaves_it_out() -> None:
    play = begun(items=2, on_item_error="hold")
    play.fail("a[0]")
    play.fail("a[1]")
    assert play.tell(ask.GiveUpTask, "a[0]", leave_out=True) == ["a[0]#1.1 given up"]
    assert play.tell(ask.GiveUpTask, "a[0]", leave_out=True) == []
    assert play.tell(ask.GiveUpTask, "a[1]")[:2] == ["a[1]#1.1 given up", "a#1.1 failed BROKEN: fail_job"]


def test_only_an_item_can_be_left_out() -> None:
    play = begun(on_error="hold")
    play.fail("a[0]")
    with pytest.raises(NotAnItem):
        play.tell(ask.GiveUpTask, "a", leave_out=True)


def test_a_for_each_that_is_tried_again_runs_what_has_not_succeeded() -> None:
    play = begun(items=4, on_error="hold")
    play.succeed("a[0]")
    play.fail("a[1]")
    assert play.job.task_status("a") is TaskStatus.HELD
    assert play.tell(ask.RetryTask, "a") == [
        "a#1.1 retried",
        "a#1.2 began with 4 items x=/x",
        "a[1]#1.2 started x=/x[1]",
        "a[2]#1.2 started x=/x[2]",
    ]
    play.succeed("a[1]")
    play.succeed("a[2]")
    assert play.succeed("a[3]")[1:] == ["a#1.2 ended: 4 succeeded, 0 failed", "job completed y=a#1.2/out"]


def test_a_for_each_that_is_held_can_be_corrected_as_a_whole() -> None:
    play = begun(on_error="hold")
    play.fail("a[0]")
    correct: dict[str, Any] = {"outputs": {"out": [1]}, "facts": Facts(), "reason": "Known."}
    assert play.tell(ask.CorrectTask, "a", **correct) == ["a#1.1 corrected", "job completed y=a#1.1/out"]


def after_a_corrected_whole() -> Play:
    play = Play(
        graph(each(on_error="hold"), task("b"), task("c", "x"), edges=("@x -> a.x",), inputs=("x",), outputs=())
    )
    play.start(counts={"x": 1})
    play.fail("a[0]")
    play.tell(ask.CorrectTask, "a", outputs={"out": [1]}, facts=Facts(), reason="Known.")
    return play


def test_an_item_is_not_corrected_behind_the_back_of_its_corrected_whole() -> None:
    play = after_a_corrected_whole()
    with pytest.raises(ItemsBelongTogether):
        play.tell(ask.CorrectTask, "a[0]", outputs={"out": 1}, facts=Facts(), reason="Late.")


def test_correcting_an_item_of_a_for_each_that_nothing_used_ends_it_once_more() -> None:
    play = Play(workflow(each("leave_out"), task("b"), edges=()))
    play.start(counts={"x": 2})
    play.fail("a[0]")
    play.succeed("a[1]")
    correct: dict[str, Any] = {"outputs": {"out": 1}, "facts": Facts(), "reason": "It was there."}
    assert play.tell(ask.CorrectTask, "a[0]", **correct) == ["a[0]#1.1 corrected", "a#1.1 ended: 2 succeeded, 0 failed"]
    assert play.succeed("b")[-1] == "job completed y=a#1.1/out"


def test_correcting_an_item_whose_list_was_used_is_refused() -> None:
    play = Play(workflow(each(), task("b", "x"), edges=("a.out -> b.x",)))
    play.start(counts={"x": 1})
    play.succeed("a[0]")
    with pytest.raises(TaskValuesUsed):
        play.tell(ask.CorrectTask, "a[0]", outputs={"out": 1}, facts=Facts(), reason="Late.")


def test_a_report_on_the_whole_or_on_no_item_changes_nothing() -> None:
    play = begun()
    assert play.succeed("a") == []
    for item in (2, 7):
        with pytest.raises(RunNotFound):
            play.send(ask.RecordRunnerLost(at=AT, job_id=JOB, run=Run(task="a", item=item)))
    with pytest.raises(TaskNotHeld):
        play.tell(ask.RetryTask, "a")


def test_an_item_whose_outcome_is_unknown_is_held_whatever_its_policy() -> None:
    play = begun(on_item_error="leave_out", on_error="error_route", repetition="once")
    play.tell(ask.RecordEffectBegan, "a[0]")
    assert play.tell(ask.RecordRunnerLost, "a[0]") == ["a[0]#1.1 outcome unknown: hold"]


def test_the_time_limit_is_one_of_each_item() -> None:
    play = begun(items=2, at_once_max=1, time_limit_seconds=60.0, on_item_error="leave_out")
    late = AT + timedelta(seconds=60)
    assert play.tell(ask.ExpireTask, "a[0]", at=late)[0] == "a[0]#1.1 failed TIME_LIMIT_EXCEEDED: leave_out"
    [_, second] = [event for event in play.log if isinstance(event, TaskStarted)]
    assert second.due_at == late + timedelta(seconds=60)


def test_heavy_items_share_the_places_with_other_heavy_tasks_in_turn() -> None:
    play = Play(
        graph(
            each(at_once_max=9, heavy=True),
            task("b", heavy=True),
            edges=("@x -> a.x",),
            inputs=("x",),
            heavy_at_once_max=1,
        )
    )
    play.start(counts={"x": 3})
    assert play.job.running() == [Run(task="b")]
    assert play.succeed("b")[1:] == ["a#1.1 began with 3 items x=/x", "a[0]#1.1 started x=/x[0]"]
    assert play.succeed("a[0]")[1:] == ["a[1]#1.1 started x=/x[1]"]


def test_cancelling_a_job_cancels_the_items_under_way_and_their_task() -> None:
    play = begun()
    assert play.cancel() == [
        "job is ending: cancelled",
        "a#1.1 cancelled",
        "a[0]#1.1 cancelled",
        "a[1]#1.1 cancelled",
        "job cancelled",
    ]


def test_the_blockers_of_a_for_each_are_its_counts_and_the_first_of_its_items() -> None:
    play = begun(items=100, at_once_max=50, on_item_error="hold")
    play.fail("a[0]")
    play.succeed("a[1]")
    found = blockers(play.job)
    assert len(found) == 1 + ITEMS_SHOWN_MAX
    counts = found[0].items
    assert counts is not None
    assert (found[0].waits_for, counts.pending, counts.running, counts.held, counts.succeeded) == (
        "items",
        49,
        49,
        1,
        1,
    )
    assert (found[1].run, found[1].waits_for) == (Run(task="a", item=0), "operator")


def test_facts_tell_how_many_items_a_list_has() -> None:
    assert facts(workflow(each()), None, {"x": [1, 2]}) == Facts(counts=(ItemCount(path=("x",), items=2),))
    assert facts(workflow(each()), None, {"x": "text"}) == Facts()


def test_what_ends_an_item_writes_it_and_the_next_and_keeps_no_object_of_it() -> None:
    play = Play(workflow(each(at_once_max=ENDING_CANCELLATIONS_MAX)))
    play.start(counts={"x": 3_000})
    for item in range(50):
        written = JOBS.decide(
            ask.RecordTaskSucceeded(at=AT, job_id=JOB, run=Run(task="a", item=item), outputs={}, facts=Facts()),
            play.job,
        )
        assert len(written) == 2
    assert len(play.job.active) == ENDING_CANCELLATIONS_MAX + 1
    assert not play.job.where


def test_a_source_with_an_item_is_written_as_one_and_one_without_as_before() -> None:
    assert Source(path=("x",)).model_dump() == {"run": None, "path": ("x",)}
    assert Source(path=("x",), item=3).model_dump() == {"run": None, "path": ("x",), "item": 3}
