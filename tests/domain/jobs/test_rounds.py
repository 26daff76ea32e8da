"""A run that is repeated: rounds that feed each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.graph import ForEach
from domain.jobs import commands as ask
from domain.jobs.events import TaskStarted
from domain.jobs.run import Run
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, Play


def play(*inputs: str, **options: Any) -> Play:
    """A job whose task `a` is repeated."""
    one = Play(graph(task("a", *inputs, **options), task("b"), edges=("@x -> a.x", "a:done -> b"), inputs=("x",)))
    one.start(counts={"x": 2})
    return one


def again(of: Play, name: str, **outputs: Any) -> list[str]:
    return of.tell(ask.RecordRoundEnded, name, outputs=outputs)


def test_the_next_round_is_given_what_the_last_one_gave_where_names_match() -> None:
    one = play("x", "z?")
    assert again(one, "a", x=1, other=2) == ["a#1.1 round ended", "a#2.1 started x=a#1.1/x z=nothing"]
    assert again(one, "a", z=3) == ["a#2.1 round ended", "a#3.1 started x=/x z=a#2.1/z"]
    assert one.succeed("a") == ["a#3.1 succeeded", "b#1.1 started"]
    assert one.job.outcome(Run(task="a")) == 3


def test_a_round_reported_twice_or_late_changes_nothing() -> None:
    one = play("x")
    first = Run(task="a")
    again(one, "a", x=1)
    assert one.send(ask.RecordRoundEnded(at=AT, job_id=one.log[0].workflow_id, run=first, outputs={})) == []  # type: ignore[attr-defined]
    one.succeed("a")
    assert again(one, "a") == []


def test_a_round_that_is_held_is_tried_again_on_what_it_was_given() -> None:
    one = play("x", on_error="hold")
    again(one, "a", x=1)
    one.fail("a")
    assert one.tell(ask.RetryTask, "a") == ["a#2.1 retried", "a#2.2 started x=a#1.1/x"]


def test_each_round_has_the_whole_time_limit() -> None:
    one = play("x", time_limit_seconds=60.0)
    one.tell(ask.RecordRoundEnded, "a", at=AT + timedelta(seconds=50), outputs={})
    last = [event for event in one.log if isinstance(event, TaskStarted)][-1]
    assert last.due_at == AT + timedelta(seconds=110)


def test_the_next_round_of_a_heavy_task_waits_for_a_place() -> None:
    heavy = task("a", heavy=True), task("b", heavy=True)
    one = Play(graph(*heavy, heavy_at_once_max=1))
    one.start()
    assert again(one, "a") == ["a#1.1 round ended", "b#1.1 started"]
    assert one.succeed("b") == ["b#1.1 succeeded", "a#2.1 started"]


def test_each_item_has_rounds_of_its_own() -> None:
    one = play("x", for_each=ForEach(input="x", at_once_max=1))
    assert again(one, "a[0]", x=7) == ["a[0]#1.1 round ended", "a[0]#2.1 started x=a[0]#1.1/x"]
    assert one.succeed("a[0]") == ["a[0]#2.1 succeeded", "a[1]#1.1 started x=/x[1]"]
    assert one.succeed("a[1]")[1:] == ["a#1.1 ended: 2 succeeded, 0 failed", "b#1.1 started"]
    assert [run.round for run in (one.job.last_run(one.job.index.lane(Run(task="a", item=0))),)] == [2]
