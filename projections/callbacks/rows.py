"""The rows of the read model `callbacks`: one a callback, one an attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table


@dataclass(slots=True)
class CallbackRow:
    """A callback as lists show it."""

    callback_id: UUID
    job_id: UUID
    workspace_id: UUID
    shard: int
    position: int  # of its first event: the order of lists
    version: int  # of its last event in the stream
    last_position: int
    url: str
    credential: str
    outcome: str  # of the job
    status: str  # DUE, DELIVERED, GIVEN_UP
    attempts: int
    requested_at: datetime
    next_at: datetime | None = None
    ended_at: datetime | None = None
    last_status: int | None = None
    last_error: Json = None


@dataclass(slots=True)
class CallbackAttemptRow:
    """One call that was made."""

    callback_id: UUID
    attempt: int
    workspace_id: UUID
    position: int
    attempted_at: datetime
    status: int | None
    error: Json
    milliseconds: int  # that it took
    next_at: datetime | None


CALLBACKS_TABLE: Table[Any] = Table("callbacks", CallbackRow, ("callback_id",))
CALLBACK_ATTEMPTS_TABLE: Table[Any] = Table("callback_attempts", CallbackAttemptRow, ("callback_id", "attempt"))
