"""A run that a person does waits for them from its start: the review is requested in the same unit, and only where nothing has to be looked at before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.graph import Asks, GraphTask
from domain.jobs import asking
from domain.jobs import commands as ask
from domain.jobs.asking import review_id
from domain.jobs.events import TaskStarted
from domain.jobs.reactions import reactions
from domain.jobs.run import Preview, Run, Source
from domain.jobs.state import JobStatus
from domain.reviews.commands import RequestReview, WithdrawReview
from domain.reviews.events import Assignment
from domain.subject import Command
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, Play

BY = "member:00000000-0000-0000-0000-000000000001"


def asks(name: str, *inputs: str, **options: Any) -> GraphTask:
    """A task of which the graph says that people are asked."""
    who = Asks(roles=("reviewer",), guidance="Is the total right?")
    return task(name, *inputs, kind="human_review", routes=("accepted", "rejected"), asks=who, **options)


def reading(**options: Any) -> Play:
    """A task, and the review of what it gives."""
    return Play(graph(task("read"), asks("agree", "reviewed", **options), edges=("read.out -> agree.reviewed",)))


def provoked(play: Play) -> list[Command]:
    """What the last unit provokes in other streams."""
    return [each for event in play.last for each in reactions(JOB, event, AT, play.job)]


def test_the_review_of_what_a_run_gave_is_requested_with_its_outcome() -> None:
    play = reading(reviews="read", time_limit_seconds=60.0)
    play.start(on_behalf_of=BY)
    assert play.succeed("read") == [
        "read#1.1 succeeded",
        "agree#1.1 started reviewed=read#1.1/out",
        "agree#1.1 waits for review",
    ]
    assert play.job.status is JobStatus.WAITING
    assert play.job.running() == []
    until = AT + timedelta(seconds=60)
    assert play.job.due_at(Run(task="agree")) == until
    assert provoked(play) == [
        RequestReview(
            at=AT,
            review_id=review_id(JOB, Run(task="agree")),
            job_id=JOB,
            run=Run(task="agree"),
            reviewed=Run(task="read"),
            shown={"reviewed": Source(run=Run(task="read"), path=("out",))},
            guidance="Is the total right?",
            assignment=Assignment(roles=("reviewer",)),
            job_started_by=BY,
            due_at=until,
        )
    ]


def test_a_job_that_begins_with_a_person_waits_from_its_start() -> None:
    play = Play(graph(asks("agree")))
    assert play.start(on_behalf_of=BY) == ["job started", "agree#1.1 started", "agree#1.1 waits for review"]
    assert [type(each) for each in provoked(play)] == [RequestReview]


def test_a_request_made_again_changes_nothing() -> None:
    play = Play(graph(asks("agree")))
    play.start(on_behalf_of=BY)
    asked = review_id(JOB, Run(task="agree"))
    assert play.tell(ask.RecordTaskWaiting, "agree", waits_for="review", review_id=asked) == []


@pytest.mark.parametrize(
    "started",
    [
        pytest.param({}, id="nobody knows who started it, as of jobs before"),
        pytest.param({"on_behalf_of": BY, "mode": "preview", "preview": Preview(draft_version=1)}, id="preview"),
    ],
)
def test_a_runner_asks_where_something_has_to_be_looked_at_before(started: dict[str, Any]) -> None:
    play = Play(graph(asks("agree")))
    assert play.start(**started) == ["job started", "agree#1.1 started"]
    assert [run.text for run in play.job.running()] == ["agree#1.1"]
    assert provoked(play) == []


def test_of_very_many_that_start_at_once_a_runner_asks_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ASKING_EVENTS_MAX", 7)
    play = Play(graph(*(asks(f"agree_{number}") for number in range(5))))
    play.start(on_behalf_of=BY)
    assert len(play.job.waiting()) == 3
    assert [run.task for run in play.job.running()] == ["agree_3", "agree_4"]
    assert [each.run.task for each in provoked(play) if isinstance(each, RequestReview)] == [
        "agree_0",
        "agree_1",
        "agree_2",
    ]


def test_each_item_is_asked_for_on_its_own() -> None:
    each = asks("agree", "x", for_each={"input": "x", "at_once_max": 2})
    play = Play(graph(each, edges=("@x -> agree.x",), inputs=("x",)))
    play.start(counts={"x": 3}, on_behalf_of=BY)
    asked = [each for each in provoked(play) if isinstance(each, RequestReview)]
    assert [each.run.text for each in asked] == ["agree[0]#1.1", "agree[1]#1.1"]
    assert asked[1].shown == {"x": Source(path=("x",), item=1)}


def test_what_ends_in_the_unit_in_which_it_starts_is_not_asked_for() -> None:
    """A for-each over what is no list fails its job at once, and with it the run that has just started beside it."""
    beside = task("each", "x", for_each={"input": "x"})
    play = Play(graph(asks("agree"), beside, edges=("@x -> each.x",), inputs=("x",)))
    told = play.start(on_behalf_of=BY)
    assert "agree#1.1 waits for review" in told
    assert told[-1].startswith("job failed")
    assert [each for each in provoked(play) if isinstance(each, RequestReview)] == []
    withdrawn = [each for each in provoked(play) if isinstance(each, WithdrawReview)]
    assert len(withdrawn) == 1  # Of a review that nobody asked for nothing is withdrawn.


def test_the_next_attempt_asks_anew() -> None:
    play = Play(graph(asks("agree", time_limit_seconds=60.0, on_error="hold")))
    play.start(on_behalf_of=BY)
    play.tell(ask.ExpireTask, "agree", at=AT + timedelta(seconds=60))
    assert play.tell(ask.RetryTask, "agree")[1:] == ["agree#1.2 started", "agree#1.2 waits for review"]
    asked = [each for each in provoked(play) if isinstance(each, RequestReview)]
    assert [each.review_id for each in asked] == [review_id(JOB, Run(task="agree", attempt=2))]


def test_a_start_is_told_apart_from_what_was_asked_before() -> None:
    play = Play(graph(asks("agree")))
    play.start()  # A runner asks.
    play.tell(ask.RecordTaskWaiting, "agree", waits_for="review", review_id=review_id(JOB, Run(task="agree")))
    assert not any(isinstance(event, TaskStarted) for event in play.last)
    assert provoked(play) == []
