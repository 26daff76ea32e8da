"""The rows of the read model `schedules`: one a schedule, and one for each thing that became of its times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table


@dataclass(slots=True)
class ScheduleRow:
    """A schedule as lists show it; a removed one stays, so that its times can be looked up."""

    schedule_id: UUID
    workspace_id: UUID
    shard: int
    position: int  # of its first event: the order of lists
    version: int  # of its last event in the stream
    last_position: int
    edition: int  # counts what people did to it: what a change expects
    name: str
    status: str  # ACTIVE, PAUSED, ENDED (no times any more), REMOVED
    workflow_id: UUID
    plan: Json
    member_id: UUID  # on whose behalf its jobs start
    created_by: str
    created_at: datetime
    changed_at: datetime
    next_at: datetime | None = None
    reason: Json = None  # of the pause or the removal
    started: int = 0
    missed: int = 0  # as far as they were counted
    refused: int = 0


@dataclass(slots=True)
class ScheduleTimeRow:
    """What became of a time, or of several that were missed together."""

    schedule_id: UUID
    version: int  # of the event that tells it: the order of lists
    workspace_id: UUID
    position: int
    outcome: str  # STARTED, MISSED, REFUSED
    first_at: datetime
    last_at: datetime
    count: int | None  # None: more than were counted
    told_at: datetime
    job_id: UUID | None = None  # that was started, or still ran
    because: str | None = None
    error: Json = None


SCHEDULES_TABLE: Table[Any] = Table("schedules", ScheduleRow, ("schedule_id",))
SCHEDULE_TIMES_TABLE: Table[Any] = Table("schedule_times", ScheduleTimeRow, ("schedule_id", "version"))
