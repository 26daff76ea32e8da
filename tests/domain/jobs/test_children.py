"""A run that starts a job of its own: what each tells the other, and how the end of one is the end of the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.graph import ForEach, Graph
from domain.jobs import commands as ask
from domain.jobs.blockers import blockers
from domain.jobs.decide import decide
from domain.jobs.events import (
    JobChildrenPaused,
    JobChildrenResumed,
    JobCompleted,
    JobEndingBegan,
    JobPaused,
    JobResumed,
    JobStarted,
    TaskCancelled,
    TaskFailed,
)
from domain.jobs.pausing import CHILDREN_AT_ONCE_MAX
from domain.jobs.reactions import PARENT_LEFT
from domain.jobs.refusals import DepthExceeded, JobAlreadyStarted, ParentPauseDiffers, RunNotRunning
from domain.jobs.run import Facts, Failure, Parent, Run
from domain.jobs.snapshot import dump, load
from domain.jobs.starting import DEPTH_MAX
from domain.jobs.state import Job, JobStatus, TaskStatus
from domain.jobs.subject import JOBS
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, WORKFLOW, Play, told

CHILD = UUID("019c0000-0000-8000-8000-0000000000cc")
PARENT = Parent(job_id=JOB, run=Run(task="a"), depth=1)


def parent(**options: Any) -> Play:
    """A job whose task `a` waits for a child."""
    play = Play(graph(task("a", **options), task("b"), edges=("a:done -> b",)))
    play.start()
    play.tell(ask.RecordTaskWaiting, "a", waits_for="child", child_id=CHILD)
    return play


def ended(play: Play, outcome: Any = "completed", error: Failure | None = None, name: str = "a") -> list[str]:
    return play.tell(ask.RecordChildEnded, name, child_id=CHILD, outcome=outcome, error=error)


def start(of: Graph, at: Parent | None = PARENT, pause_reason: Any = None) -> ask.StartJob:
    return ask.StartJob(
        at=AT,
        job_id=CHILD,
        workflow_id=WORKFLOW,
        workflow_version=1,
        graph="hash",
        inputs={},
        facts=Facts(),
        parent=at,
        root_id=JOB,
        pause_reason=pause_reason,
    )


def child() -> Play:
    play = Play(graph(task("x")))
    play.send(start(play.graph))
    return play


def test_the_start_of_a_child_has_its_parent_wait() -> None:
    [started, _] = child().log
    assert isinstance(started, JobStarted)
    waiting = ask.RecordTaskWaiting(at=AT, job_id=JOB, run=Run(task="a"), waits_for="child", child_id=CHILD)
    assert list(JOBS.reactions(CHILD, started, AT, Job(None))) == [waiting]
    command = start(graph(task("x")))
    assert (command.touches, command.root) == ((("job", JOB),), JOB)


def test_a_child_that_is_started_twice_by_one_run_is_one() -> None:
    play = child()
    assert play.send(start(play.graph)) == []
    other = Parent(job_id=JOB, run=Run(task="a", attempt=2), depth=1)
    with pytest.raises(JobAlreadyStarted):
        play.send(start(play.graph, other))


def test_a_start_of_a_run_that_is_over_is_refused() -> None:
    play = Play(graph(task("a")))
    play.start()
    play.succeed("a")
    with pytest.raises(Exception, match="ended"):
        play.tell(ask.RecordTaskWaiting, "a", waits_for="child", child_id=CHILD)


def test_jobs_below_each_other_have_a_limit() -> None:
    play = Play(graph(task("x")))
    with pytest.raises(DepthExceeded):
        play.send(start(play.graph, Parent(job_id=JOB, run=Run(task="a"), depth=DEPTH_MAX + 1)))
    play.send(start(play.graph, Parent(job_id=JOB, run=Run(task="a"), depth=DEPTH_MAX)))
    assert play.job.depth == DEPTH_MAX


def test_a_child_that_completes_has_the_run_go_on() -> None:
    play = parent()
    assert ended(play) == ["a#1.1 child completed"]
    assert play.job.resumed == {0: 4}
    assert play.job.running() == [Run(task="a")]
    assert play.succeed("a") == ["a#1.1 succeeded", "b#1.1 started"]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("failed", "CHILD_FAILED"), ("cancelled", "CHILD_CANCELLED"), ("timed_out", "CHILD_TIMED_OUT")],
)
def test_a_child_that_ends_badly_fails_the_run_by_its_policy(outcome: str, code: str) -> None:
    play = parent(on_error="hold")
    error = Failure(code="BROKEN", message="It broke.") if outcome == "failed" else None
    assert ended(play, outcome, error) == [f"a#1.1 child {outcome}", f"a#1.1 failed {code}: hold"]
    [failed] = [event for event in play.log if isinstance(event, TaskFailed)]
    assert failed.error.details["job"] == str(CHILD)
    assert failed.error.details.get("code") == (error.code if error else None)
    assert failed.child_id is None


def test_an_end_that_nobody_waits_for_is_no_matter() -> None:
    play = parent()
    assert play.tell(ask.RecordChildEnded, "a", child_id=UUID(int=1), outcome="completed") == []
    assert play.tell(ask.RecordChildEnded, "b", child_id=CHILD, outcome="completed") == []
    play.cancel()
    assert ended(play) == []


def test_the_end_of_the_waiting_run_ends_the_child() -> None:
    play = parent()
    play.cancel()
    [cancelled] = [event for event in play.log if isinstance(event, TaskCancelled)]
    assert cancelled.child_id == CHILD
    assert list(JOBS.reactions(JOB, cancelled, AT, Job(None))) == [
        ask.EndChild(at=AT, job_id=CHILD, reason=PARENT_LEFT)
    ]


def test_the_time_limit_of_the_run_ends_the_child() -> None:
    play = parent(time_limit_seconds=60.0, on_error="continue")
    play.tell(ask.ExpireTask, "a", at=AT + timedelta(seconds=60))
    [failed] = [event for event in play.log if isinstance(event, TaskFailed)]
    assert failed.child_id == CHILD


def test_a_child_is_ended_in_one_event_and_seen_through_by_its_owner() -> None:
    play = child()
    end = ask.EndChild(at=AT, job_id=CHILD, reason=PARENT_LEFT)
    [began] = play.send(end)
    assert began == JobEndingBegan(outcome="cancelled", reason=PARENT_LEFT)
    assert play.send(end) == []
    assert play.job.is_ending
    assert told(play.send(ask.ContinueEnding(at=AT, job_id=CHILD))) == ["x#1.1 cancelled", "job cancelled"]
    assert play.send(end) == []


def test_every_end_of_a_child_is_told_to_its_parent() -> None:
    play = child()
    play.succeed("x")
    [_, last] = play.log[-2:]
    assert last == JobCompleted(outputs={}, parent=PARENT)
    [told_parent] = JOBS.reactions(CHILD, last, AT, Job(None))
    assert told_parent == ask.RecordChildEnded(
        at=AT, job_id=JOB, run=Run(task="a"), child_id=CHILD, outcome="completed"
    )
    failing = child()
    failing.fail("x")
    [told_parent] = JOBS.reactions(CHILD, failing.log[-1], AT, Job(None))
    assert isinstance(told_parent, ask.RecordChildEnded)
    assert (told_parent.outcome, told_parent.error and told_parent.error.code) == ("failed", "BROKEN")


def test_a_job_that_nobody_started_tells_nobody_of_its_end() -> None:
    play = Play(graph(task("x")))
    play.start()
    play.succeed("x")
    assert list(JOBS.reactions(JOB, play.log[-1], AT, Job(None))) == []
    assert "parent" not in play.log[-1].model_dump()


def test_a_run_that_waits_for_a_child_blocks_its_job_and_names_it() -> None:
    play = parent()
    assert play.job.status is JobStatus.WAITING
    found = blockers(play.job)[0]
    assert (found.waits_for, found.child_id) == ("child", CHILD)


def test_items_can_each_wait_for_a_child_of_their_own() -> None:
    over = task("a", "x", for_each=ForEach(input="x", at_once_max=2, on_item_error="fail_task"))
    play = Play(graph(over, edges=("@x -> a.x",), inputs=("x",)))
    play.start(counts={"x": 3})
    for item, name in ((0, CHILD), (1, UUID(int=2))):
        play.tell(ask.RecordTaskWaiting, f"a[{item}]", waits_for="child", child_id=name)
    assert ended(play, name="a[0]") == ["a[0]#1.1 child completed"]
    assert play.job.lane_status(play.job.index.lane(Run(task="a", item=0))) is TaskStatus.RUNNING
    play.fail("a[0]")
    cancelled = [event.child_id for event in play.log if isinstance(event, TaskCancelled)]
    assert cancelled == [UUID(int=2)]


def test_a_wait_said_twice_is_one_and_another_is_refused() -> None:
    play = parent()
    assert play.tell(ask.RecordTaskWaiting, "a", waits_for="child", child_id=CHILD) == []
    with pytest.raises(RunNotRunning):
        play.tell(ask.RecordTaskWaiting, "a", waits_for="child", child_id=UUID(int=3))


def test_a_pause_goes_down_and_so_does_its_end() -> None:
    play = parent()
    [paused] = play.send(ask.PauseJob(at=AT, job_id=JOB, reason="Look first."))
    down = ask.PauseJob(at=AT, job_id=CHILD, reason="Look first.", by_parent=True)
    assert list(JOBS.reactions(JOB, paused, AT, Job(None))) == [down]
    [resumed, *_] = play.send(ask.ResumeJob(at=AT, job_id=JOB))
    up = ask.ResumeJob(at=AT, job_id=CHILD, by_parent=True)
    assert list(JOBS.reactions(JOB, resumed, AT, Job(None))) == [up]
    below = child()
    below.send(down)
    assert below.job.paused is not None
    assert below.job.paused.by_parent
    below.send(up)
    assert below.job.paused is None
    assert below.send(up) == []


def test_a_child_that_a_person_paused_stays_paused_when_its_parent_goes_on() -> None:
    below = child()
    below.send(ask.PauseJob(at=AT, job_id=CHILD, reason="Mine."))
    assert below.send(ask.PauseJob(at=AT, job_id=CHILD, reason="Look first.", by_parent=True)) == []
    assert below.send(ask.ResumeJob(at=AT, job_id=CHILD, by_parent=True)) == []
    assert below.job.paused is not None


def test_a_child_that_has_ended_does_not_stand_in_the_way_of_a_pause() -> None:
    below = child()
    below.succeed("x")
    assert below.send(ask.PauseJob(at=AT, job_id=CHILD, reason="Look first.", by_parent=True)) == []
    assert below.send(ask.ResumeJob(at=AT, job_id=CHILD, by_parent=True)) == []


PAUSED = PARENT.model_copy(update={"paused": True})


def test_a_child_of_a_paused_job_begins_paused_and_goes_on_with_it() -> None:
    below = Play(graph(task("x")))
    assert told(below.send(start(below.graph, PAUSED, "Look first."))) == ["job started", "job paused"]
    [started, paused] = below.log
    assert paused == JobPaused(reason="Look first.", by_parent=True)
    [waiting] = JOBS.reactions(CHILD, started, AT, Job(None))
    play = Play(graph(task("a")))
    play.start()
    play.pause("Look first.")
    assert told(play.send(waiting)) == ["a#1.1 waits for child"]  # type: ignore[arg-type]
    [resumed, *_] = play.send(ask.ResumeJob(at=AT, job_id=JOB))
    [up] = JOBS.reactions(JOB, resumed, AT, Job(None))
    assert told(below.send(up)) == ["job resumed", "x#1.1 started"]  # type: ignore[arg-type]


def test_a_start_that_crossed_a_pause_is_refused_with_what_it_must_know() -> None:
    play = Play(graph(task("a")))
    play.start()
    play.pause("Look first.")
    with pytest.raises(ParentPauseDiffers, match="is paused") as refused:
        play.tell(ask.RecordTaskWaiting, "a", waits_for="child", child_id=CHILD)
    assert refused.value.facts["reason"] == "Look first."
    play.resume()
    with pytest.raises(ParentPauseDiffers, match="is not paused") as refused:
        play.tell(ask.RecordTaskWaiting, "a", waits_for="child", child_id=CHILD, child_paused=True)
    assert refused.value.facts["reason"] is None


def test_a_child_whose_start_is_reported_again_after_a_pause_is_the_same() -> None:
    play = child()
    assert play.send(start(play.graph, PAUSED, "Look first.")) == []


def with_children(count: int) -> Play:
    """A job of so many runs, each of which waits for a job."""
    play = Play(graph(*(task(f"t{number}") for number in range(count))))
    play.start()
    for number in range(count):
        run = Run(task=f"t{number}")
        waiting = ask.RecordTaskWaiting(at=AT, job_id=JOB, run=run, waits_for="child", child_id=UUID(int=number + 1))
        decide(waiting, play.job)
    play.folded = load(dump(play.job), play.graph)
    return play


def passed_on(play: Play) -> list[UUID]:
    """Whom the owner of the job tells of its pause, or of its end, until nobody is left."""
    told_now: list[UUID] = []
    while written := play.send(ask.PassPauseOn(at=AT, job_id=JOB)):
        told_now += [command.stream for command in JOBS.reactions(JOB, written[0], AT, Job(None))]
    return told_now


def test_a_pause_reaches_any_number_of_children_in_pages_and_so_does_its_end() -> None:
    play = with_children(1_500)
    everyone = [UUID(int=number + 1) for number in range(1_500)]
    for command in (ask.PauseJob(at=AT, job_id=JOB, reason="Look first."), ask.ResumeJob(at=AT, job_id=JOB)):
        [event] = play.send(command)
        assert isinstance(event, JobPaused | JobResumed)
        assert (len(event.children), event.more) == (CHILDREN_AT_ONCE_MAX, 1_450)
        assert play.job.has_children_to_tell
        assert [*event.children, *passed_on(play)] == everyone
        assert not play.job.has_children_to_tell
    last = play.log[-1]
    assert isinstance(last, JobChildrenResumed)
    assert last.more == 0


def test_who_was_not_yet_told_of_a_pause_is_not_told_of_its_end() -> None:
    play = with_children(120)
    [paused] = play.send(ask.PauseJob(at=AT, job_id=JOB, reason="Look first."))
    [page] = play.send(ask.PassPauseOn(at=AT, job_id=JOB))
    assert isinstance(paused, JobPaused)
    assert isinstance(page, JobChildrenPaused)
    [resumed] = play.send(ask.ResumeJob(at=AT, job_id=JOB))
    assert isinstance(resumed, JobResumed)
    assert [*resumed.children, *passed_on(play)] == [*paused.children, *page.children]


def test_a_pause_that_came_from_above_goes_on_with_one_job_in_the_same_unit() -> None:
    play = with_children(3)
    [paused] = play.send(ask.PauseJob(at=AT, job_id=JOB, reason="Look first.", by_parent=True))
    assert isinstance(paused, JobPaused)
    assert (len(paused.children), paused.more) == (1, 2)
    assert passed_on(play) == [UUID(int=2), UUID(int=3)]
    play.cancel()
    assert play.send(ask.PassPauseOn(at=AT, job_id=JOB)) == []
