"""Why a job is not moving has an exact answer."""

from __future__ import annotations

from datetime import timedelta

from domain.jobs.blockers import Blocker, blockers
from domain.jobs.run import Failure, Run
from domain.jobs.state import Job
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, REVIEW, Play


def test_each_open_task_says_what_it_waits_for_since_when_and_until_when() -> None:
    tasks = (task("a", time_limit_seconds=60), task("b"), task("c", on_error="hold"), task("d", "x", "y"))
    play = Play(graph(*tasks, edges=("a.out -> d.x", "b.out -> d.y", "c:done -> d")))
    play.start()
    play.wait("b")
    play.fail("c")
    assert blockers(play.job) == [
        Blocker("a", Run(task="a"), "runner", since=2, until=AT + timedelta(seconds=60)),
        Blocker("b", Run(task="b"), "review", since=5, review_id=REVIEW),
        Blocker("c", Run(task="c"), "operator", since=6, error=Failure(code="BROKEN", message="It broke.")),
        Blocker("d", None, "tasks", since=1, tasks=("a", "b", "c")),
    ]


def test_a_job_that_is_over_or_has_not_begun_waits_for_nothing() -> None:
    play = Play(graph(task("a")))
    assert blockers(Job(None)) == blockers(play.job) == []
    play.start()
    play.cancel()
    assert blockers(play.job) == []
