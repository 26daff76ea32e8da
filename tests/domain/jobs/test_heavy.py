"""At most so many heavy tasks of a job run at once; the others start as slots fall free."""

from __future__ import annotations

from typing import Any

from domain.jobs import commands as ask
from domain.jobs.blockers import Blocker, blockers
from domain.jobs.run import Run
from domain.jobs.state import TaskStatus
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import Play


def playing(**options: Any) -> Play:
    """A job of three heavy tasks and a light one, of which one heavy task may run at once."""
    heavy = (task(name, heavy=True, **options) for name in "abc")
    play = Play(graph(*heavy, task("light"), heavy_at_once_max=1))
    play.start()
    return play


def test_only_so_many_heavy_tasks_start_and_light_ones_pass_by() -> None:
    play = playing()
    assert play.job.running() == [Run(task="light"), Run(task="a")]
    assert play.job.task_status("b") is TaskStatus.PENDING
    assert blockers(play.job)[1] == Blocker("b", None, "slot", since=1, tasks=("a",))


def test_each_end_of_a_heavy_task_lets_the_next_start() -> None:
    play = playing()
    assert play.succeed("light") == ["light#1.1 succeeded"]
    assert play.succeed("a") == ["a#1.1 succeeded", "b#1.1 started"]
    assert play.succeed("b") == ["b#1.1 succeeded", "c#1.1 started"]
    assert play.succeed("c") == ["c#1.1 succeeded", "job completed"]


def test_a_heavy_task_that_waits_or_is_held_leaves_its_slot() -> None:
    play = playing(on_error="hold")
    assert play.wait("a") == ["a#1.1 waits for review", "b#1.1 started"]
    assert play.fail("b") == ["b#1.1 failed BROKEN: hold", "c#1.1 started"]


def test_a_retried_heavy_task_waits_for_its_slot() -> None:
    play = playing(on_error="hold")
    play.fail("a")
    assert play.tell(ask.RetryTask, "a") == ["a#1.1 retried"]
    assert play.job.task_status("a") is TaskStatus.RETRYING
    assert play.tell(ask.RetryTask, "a") == []
    assert play.succeed("b") == ["b#1.1 succeeded", "c#1.1 started"]
    assert play.succeed("c") == ["c#1.1 succeeded", "a#1.2 started"]


def test_a_limit_of_none_at_once_still_lets_one_run() -> None:
    play = Play(graph(task("a", heavy=True), heavy_at_once_max=0))
    assert play.start() == ["job started", "a#1.1 started"]
