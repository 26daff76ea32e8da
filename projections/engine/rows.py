"""The rows of the read model `engine`: jobs that have not ended, and those of their runs that wait or have a due time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Table


@dataclass(slots=True)
class OpenJobRow:
    """A job that has not ended. Removed with its end."""

    job_id: UUID
    workspace_id: UUID
    shard: int
    running: int = 0  # runs a runner performs
    kept: int = 0  # its rows in `open_runs`
    ending: bool = False  # it goes on to its end by ContinueEnding
    moving: bool = False  # something is running, it is ending, or its pause is passed on: who takes over looks at it
    due_at: datetime | None = None  # when it times out
    paused: bool = False
    passing_on: bool = False  # jobs below it are still to be told that it was paused, or goes on


@dataclass(slots=True)
class OpenRunRow:
    """A run that waits, is held, is to be tried again or has a due time. Removed when that is over; running ones without a due time have none."""

    job_id: UUID
    run: str
    workspace_id: UUID
    shard: int
    status: str  # RUNNING, WAITING, WORKER (it waits for one outside), HELD, RETRYING; ITEMS of a for-each whose items have not all ended
    due_at: datetime | None = None


OPEN_JOBS_TABLE: Table[Any] = Table("open_jobs", OpenJobRow, ("job_id",), compared=True)
OPEN_RUNS_TABLE: Table[Any] = Table("open_runs", OpenRunRow, ("job_id", "run"), compared=True)
