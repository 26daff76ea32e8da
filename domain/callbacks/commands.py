"""What can be asked of a callback."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from domain.jobs.calling_back import EndOfJob
from domain.jobs.run import Failure
from domain.subject import Command, command


@command
class CallbackCommand(Command):
    """A command addressed to one callback."""

    subject: ClassVar[str] = "callback"
    callback_id: UUID

    @property
    def stream(self) -> UUID:
        """The callback's own stream."""
        return self.callback_id


@command
class RequestCallback(CallbackCommand):
    """A job that has ended has an address told."""

    job_id: UUID
    url: str
    credential: str
    outcome: EndOfJob

    @property
    def begins(self) -> bool:
        """A callback's id is made for the end of its job."""
        return True

    @property
    def root(self) -> UUID:
        """A callback belongs to its job."""
        return self.job_id


@command
class RecordCallbackAttempt(CallbackCommand):
    """The runner reports what came of a call: the status of the answer, or why there was none."""

    attempt: int
    status: int | None = None
    error: Failure | None = None
    seconds: float
    retry_after_seconds: float | None = None


@command
class SendCallbackAgain(CallbackCommand):
    """A person wants the call to be made now, whatever came of it before."""

    reason: Any = None
