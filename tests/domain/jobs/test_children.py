"""A run that starts a job of its own: what each tells the other, and how the end of one is the end of the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.graph import ForEach, Graph
from domain.jobs import commands as ask
from domain.jobs.blockers import blockers
from domain.jobs.events import JobCompleted, JobEndingBegan, JobStarted, TaskCancelled, TaskFailed
from domain.jobs.reactions import PARENT_LEFT
from domain.jobs.refusals import DepthExceeded, JobAlreadyStarted, RunNotRunning
from domain.jobs.run import Facts, Failure, Parent, Run
from domain.jobs.starting import DEPTH_MAX
from domain.jobs.state import JobStatus, TaskStatus
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


def start(of: Graph, at: Parent | None = PARENT) -> ask.StartJob:
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
    )


def child() -> Play:
    play = Play(graph(task("x")))
    play.send(start(play.graph))
    return play


def test_the_start_of_a_child_has_its_parent_wait() -> None:
    [started, _] = child().log
    assert isinstance(started, JobStarted)
    waiting = ask.RecordTaskWaiting(at=AT, job_id=JOB, run=Run(task="a"), waits_for="child", child_id=CHILD)
    assert list(JOBS.reactions(CHILD, started, AT)) == [waiting]
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
    assert list(JOBS.reactions(JOB, cancelled, AT)) == [ask.EndChild(at=AT, job_id=CHILD, reason=PARENT_LEFT)]


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
    [told_parent] = JOBS.reactions(CHILD, last, AT)
    assert told_parent == ask.RecordChildEnded(
        at=AT, job_id=JOB, run=Run(task="a"), child_id=CHILD, outcome="completed"
    )
    failing = child()
    failing.fail("x")
    [told_parent] = JOBS.reactions(CHILD, failing.log[-1], AT)
    assert isinstance(told_parent, ask.RecordChildEnded)
    assert (told_parent.outcome, told_parent.error and told_parent.error.code) == ("failed", "BROKEN")


def test_a_job_that_nobody_started_tells_nobody_of_its_end() -> None:
    play = Play(graph(task("x")))
    play.start()
    play.succeed("x")
    assert list(JOBS.reactions(JOB, play.log[-1], AT)) == []
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
    assert list(JOBS.reactions(JOB, paused, AT)) == [down]
    [resumed, *_] = play.send(ask.ResumeJob(at=AT, job_id=JOB))
    up = ask.ResumeJob(at=AT, job_id=CHILD, by_parent=True)
    assert list(JOBS.reactions(JOB, resumed, AT)) == [up]
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
