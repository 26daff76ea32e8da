"""Decides commands for callbacks: when a call is tried, and when no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from domain.callbacks.commands import CallbackCommand, RecordCallbackAttempt, RequestCallback, SendCallbackAgain
from domain.callbacks.events import (
    CallbackAttempted,
    CallbackDelivered,
    CallbackGivenUp,
    CallbackRequested,
    CallbackSentAgain,
)
from domain.callbacks.refusals import CallbackNotFound
from domain.callbacks.state import Callback, Due, NoCallback
from domain.events import Event

DELAYS_SECONDS = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
"""Before the second try, the third and so on: nine tries over 28 hours."""
TRIES_MAX = len(DELAYS_SECONDS) + 1
JITTER = 0.2
"""Each delay is up to so much shorter or longer, so that calls that failed together do not come back together."""
RETRY_AFTER_SECONDS_MAX = 24 * 3600

_TAKEN = range(200, 300)
_GONE = 410


def decide(command: CallbackCommand, callback: Callback) -> list[Event]:
    """The events of a command; none when there is nothing left to do."""
    match command:
        case RequestCallback():
            return request(command, callback)
        case RecordCallbackAttempt():
            return record_attempt(command, callback)
        case SendCallbackAgain():
            return send_again(command, callback)
        case _:
            raise TypeError(f"Expected a command for callbacks, but got {type(command).__name__}.")


def request(command: RequestCallback, callback: Callback) -> list[Event]:
    """It is due at once."""
    if not isinstance(callback, NoCallback):
        return []
    requested = CallbackRequested(
        job_id=command.job_id,
        url=command.url,
        credential=command.credential,
        outcome=command.outcome,
        next_at=command.at,
    )
    return [requested]


def record_attempt(command: RecordCallbackAttempt, callback: Callback) -> list[Event]:
    """Each attempt is told once: it delivered the call, was the last, or is followed by another."""
    if isinstance(callback, NoCallback):
        raise CallbackNotFound
    if not isinstance(callback, Due) or command.attempt != callback.attempts + 1:
        return []
    if command.status in _TAKEN:
        return [_attempted(command, None), CallbackDelivered(attempt=command.attempt)]
    if command.status == _GONE:
        return [_attempted(command, None), CallbackGivenUp(attempts=command.attempt, because="gone")]
    if callback.tries + 1 >= TRIES_MAX:
        return [_attempted(command, None), CallbackGivenUp(attempts=command.attempt, because="tried_often")]
    return [_attempted(command, next_try(command, callback.tries))]


def send_again(command: SendCallbackAgain, callback: Callback) -> list[Event]:
    """It is due at once, and tried as often as the first time."""
    if isinstance(callback, NoCallback):
        raise CallbackNotFound
    return [CallbackSentAgain(reason=command.reason, next_at=command.at)]


def next_try(command: RecordCallbackAttempt, tries: int) -> datetime:
    """When a call that failed is tried again: later each time, never before the other side asked for."""
    seconds = DELAYS_SECONDS[tries] * _jitter(command.callback_id, command.attempt)
    asked = min(command.retry_after_seconds or 0.0, RETRY_AFTER_SECONDS_MAX)
    return command.at + timedelta(seconds=max(seconds, asked))


def _attempted(command: RecordCallbackAttempt, next_at: datetime | None) -> CallbackAttempted:
    return CallbackAttempted(
        attempt=command.attempt,
        status=command.status,
        error=command.error,
        seconds=command.seconds,
        next_at=next_at,
    )


def _jitter(callback_id: UUID, attempt: int) -> float:
    part = int.from_bytes(sha256(callback_id.bytes + b"%d" % attempt).digest()[:4], "big") / 2**32
    return 1 - JITTER + 2 * JITTER * part
