"""What can happen to the log itself."""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.events import Event, Recorded


class LostPositions(Recorded):
    """Records that the log is known to have held before a restore and no longer holds."""

    first: int
    last: int


class LogEpochBegan(Event):
    """The log began, or went on from an earlier state of itself; positions told before the latter are no longer valid."""

    wire: ClassVar[str] = "log.epoch_began.v1"
    log_id: UUID
    epoch: int
    last_position: int  # taken over; 0 when the log began
    last_hash: str  # of the record there; 64 zeros when the log began
    cause: Literal["began", "restored"]
    lost: LostPositions | None = None
    begun_by: str
    reason: Any = None


LogEvent = LogEpochBegan
