"""The shapes a callback can have, and how each event leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from domain.callbacks.events import (
    CallbackAttempted,
    CallbackDelivered,
    CallbackEvent,
    CallbackGivenUp,
    CallbackRequested,
    CallbackSentAgain,
)


@dataclass(frozen=True, slots=True)
class NoCallback:
    """Nothing was requested here."""


@dataclass(frozen=True, slots=True)
class Due:
    """It is to be made, the next time then."""

    request: CallbackRequested
    next_at: datetime
    attempts: int = 0  # in all
    tries: int = 0  # since it was requested or sent again


@dataclass(frozen=True, slots=True)
class Over:
    """It was delivered or given up."""

    request: CallbackRequested
    attempts: int
    is_delivered: bool


Callback = NoCallback | Due | Over
INITIAL = NoCallback()


def evolve(callback: Callback, event: CallbackEvent) -> Callback:
    """Total: every recorded event can be applied, whatever today's rules say."""
    if isinstance(event, CallbackRequested):
        return Due(event, event.next_at)
    if isinstance(callback, NoCallback):
        return callback
    match event:
        case CallbackAttempted():
            if isinstance(callback, Over):
                return replace(callback, attempts=event.attempt)
            next_at = callback.next_at if event.next_at is None else event.next_at
            return replace(callback, next_at=next_at, attempts=event.attempt, tries=callback.tries + 1)
        case CallbackDelivered():
            return Over(callback.request, callback.attempts, is_delivered=True)
        case CallbackGivenUp():
            return Over(callback.request, callback.attempts, is_delivered=False)
        case CallbackSentAgain():
            return Due(callback.request, event.next_at, attempts=callback.attempts)
        case _:
            assert_never(event)
