"""Callbacks: requested with a job's end, tried until delivered or given up, sent again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.callbacks.commands import CallbackCommand, RecordCallbackAttempt, RequestCallback, SendCallbackAgain
from domain.callbacks.decide import DELAYS_SECONDS, JITTER, RETRY_AFTER_SECONDS_MAX, TRIES_MAX, decide
from domain.callbacks.events import (
    CallbackAttempted,
    CallbackDelivered,
    CallbackGivenUp,
    CallbackRequested,
    CallbackSentAgain,
)
from domain.callbacks.ids import callback_id
from domain.callbacks.refusals import CallbackNotFound
from domain.callbacks.state import INITIAL, Callback, Due, Over, evolve
from domain.events import Event
from domain.ids import uuid7
from domain.jobs.run import Failure
from domain.jobs.shard import shard

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
JOB = UUID("019c0000-0000-7000-8000-000000000001")
CALLBACK = callback_id(JOB, 0)
REQUEST = RequestCallback(
    at=AT, callback_id=CALLBACK, job_id=JOB, url="https://example.org/x", credential="partner", outcome="completed"
)


def attempt(number: int, **others: Any) -> RecordCallbackAttempt:
    given = {"status": 503, "seconds": 0.1, "at": AT, **others}
    return RecordCallbackAttempt(callback_id=CALLBACK, attempt=number, **given)


def told(callback: Callback, *commands: CallbackCommand) -> tuple[list[Event], Callback]:
    events: list[Event] = []
    for command in commands:
        decided = decide(command, callback)
        events += decided
        for event in decided:
            callback = evolve(callback, event)  # type: ignore[arg-type]
    return events, callback


def test_it_is_due_at_once_and_requested_once() -> None:
    events, callback = told(INITIAL, REQUEST)
    assert events == [
        CallbackRequested(
            job_id=JOB, url="https://example.org/x", credential="partner", outcome="completed", next_at=AT
        )
    ]
    assert isinstance(callback, Due)
    assert decide(REQUEST, callback) == []


@pytest.mark.parametrize("status", [200, 204, 299])
def test_any_answer_of_success_delivers_it(status: int) -> None:
    _, callback = told(INITIAL, REQUEST)
    events, callback = told(callback, attempt(1, status=status))
    assert events == [CallbackAttempted(attempt=1, status=status, seconds=0.1), CallbackDelivered(attempt=1)]
    assert isinstance(callback, Over)
    assert callback.is_delivered


@pytest.mark.parametrize("others", [{"status": 301}, {"status": 404}, {"status": 500}, {"status": None}])
def test_any_other_answer_or_none_has_it_tried_again_later(others: dict[str, Any]) -> None:
    error = Failure(code="CALLBACK_REFUSED", message="no")
    _, callback = told(INITIAL, REQUEST)
    events, callback = told(callback, attempt(1, error=error, **others))
    [attempted] = events
    assert isinstance(attempted, CallbackAttempted)
    assert attempted.next_at is not None
    seconds = (attempted.next_at - AT).total_seconds()
    assert DELAYS_SECONDS[0] * (1 - JITTER) <= seconds <= DELAYS_SECONDS[0] * (1 + JITTER)
    assert isinstance(callback, Due)
    assert callback.next_at == attempted.next_at


def test_it_is_tried_over_hours_and_then_given_up() -> None:
    _, callback = told(INITIAL, REQUEST)
    at, events = AT, list[Event]()
    for number in range(1, TRIES_MAX + 1):
        events, callback = told(callback, attempt(number, at=at))
        at = callback.next_at if isinstance(callback, Due) else at
    assert events[-1] == CallbackGivenUp(attempts=TRIES_MAX, because="tried_often")
    assert at - AT > timedelta(hours=20)
    assert isinstance(callback, Over)
    assert not callback.is_delivered


def test_it_is_never_tried_before_the_other_side_asked_for_and_no_later_than_a_day() -> None:
    _, callback = told(INITIAL, REQUEST)
    for asked, seconds in ((3600.0, 3600.0), (1e9, float(RETRY_AFTER_SECONDS_MAX))):
        [attempted], _ = told(callback, attempt(1, retry_after_seconds=asked))
        assert isinstance(attempted, CallbackAttempted)
        assert attempted.next_at == AT + timedelta(seconds=seconds)


def test_an_address_that_is_gone_is_not_called_again() -> None:
    _, callback = told(INITIAL, REQUEST)
    events, _ = told(callback, attempt(1, status=410))
    assert events[-1] == CallbackGivenUp(attempts=1, because="gone")


def test_an_attempt_is_told_once() -> None:
    _, callback = told(INITIAL, REQUEST, attempt(1))
    assert decide(attempt(1), callback) == []
    assert decide(attempt(3), callback) == []
    _, over = told(callback, attempt(2, status=200))
    assert decide(attempt(3), over) == []


def test_it_can_be_sent_again_whatever_came_of_it() -> None:
    _, delivered = told(INITIAL, REQUEST, attempt(1, status=200))
    later = AT + timedelta(days=3)
    command = SendCallbackAgain(at=later, callback_id=CALLBACK, reason="lost there")
    events, callback = told(delivered, command)
    assert events == [CallbackSentAgain(reason="lost there", next_at=later)]
    assert isinstance(callback, Due)
    for number in range(2, TRIES_MAX + 1):
        _, callback = told(callback, attempt(number))
    assert isinstance(callback, Due)
    assert isinstance(told(callback, attempt(TRIES_MAX + 1))[1], Over)


def test_one_that_is_not_there_is_refused() -> None:
    for command in (SendCallbackAgain(at=AT, callback_id=CALLBACK), attempt(1)):
        with pytest.raises(CallbackNotFound):
            decide(command, INITIAL)


def test_the_callbacks_of_a_job_lie_in_its_shard_each_with_its_own_id() -> None:
    for number in range(50):
        job_id = uuid7(AT, number.to_bytes(10, "big"))
        ids = [callback_id(job_id, place) for place in range(5)]
        assert len(set(ids)) == 5
        assert {shard(one) for one in ids} == {shard(job_id)}
    assert callback_id(JOB, 0) == callback_id(JOB, 0)
