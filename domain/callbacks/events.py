"""What can happen to a callback: it is requested with a job's end, tried until it is delivered or given up, and may be sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.events import Event
from domain.jobs.calling_back import EndOfJob
from domain.jobs.run import Failure


class CallbackRequested(Event):
    """A job has ended, and this address is to be told; the call is signed under this credential."""

    wire: ClassVar[str] = "callback.requested.v1"
    job_id: UUID
    url: str
    credential: str
    outcome: EndOfJob
    next_at: datetime


class CallbackAttempted(Event):
    """The address was called: it answered with a status, or the call failed for this reason."""

    wire: ClassVar[str] = "callback.attempted.v1"
    attempt: int  # from 1, never the same again
    status: int | None = None
    error: Failure | None = None
    seconds: float
    next_at: datetime | None = None  # when it is tried again, where it is


class CallbackDelivered(Event):
    """The address took the call."""

    wire: ClassVar[str] = "callback.delivered.v1"
    attempt: int


class CallbackGivenUp(Event):
    """The call is not tried any more by itself: it was tried often enough, or the address said that it is gone."""

    wire: ClassVar[str] = "callback.given_up.v1"
    attempts: int
    because: Literal["tried_often", "gone"]


class CallbackSentAgain(Event):
    """A person had the call made again, with the same id; it is tried as often as the first time."""

    wire: ClassVar[str] = "callback.sent_again.v1"
    reason: Any = None
    next_at: datetime


CallbackEvent = CallbackRequested | CallbackAttempted | CallbackDelivered | CallbackGivenUp | CallbackSentAgain
