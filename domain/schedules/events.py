"""What can happen to a schedule. Every time that comes is told by exactly one event: it was started, missed, or refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.events import Event, Recorded
from domain.jobs.run import Facts, Failure
from domain.schedules.rules import Rule

Missed = Literal["skip", "one", "all"]
Overlap = Literal["allow", "skip"]


class Plan(Recorded):
    """What a schedule starts, when, and what it does about times that could not be kept."""

    workflow_id: UUID
    inputs: dict[str, Any]
    time_input: str | None = None  # the input that is given the time itself, as ISO 8601 on the clocks of the rule
    title: Any = None  # of the jobs; `{date}` and `{time}` stand for the time
    rule: Rule
    begins_at: datetime | None = None  # no times before
    ends_at: datetime | None = None  # no times from then on
    late_seconds: int  # a time that is not started so many seconds after it came was missed
    missed: Missed  # start none of the missed times, one for all of them, or all
    missed_max: int  # of `all`: how many of them, the latest
    overlap: Overlap  # whether to start while the job of the time before still runs


class ScheduleCreated(Event):
    """A schedule began; its jobs start on behalf of this member."""

    wire: ClassVar[str] = "schedule.created.v1"
    name: str
    plan: Plan
    member_id: UUID
    next_at: datetime


class ScheduleChanged(Event):
    """The schedule follows another plan from now on, on behalf of the member who changed it."""

    wire: ClassVar[str] = "schedule.changed.v1"
    plan: Plan
    member_id: UUID
    next_at: datetime | None  # None: it is paused


class SchedulePaused(Event):
    """No time comes until the schedule is resumed."""

    wire: ClassVar[str] = "schedule.paused.v1"
    reason: Any = None


class ScheduleResumed(Event):
    """Times come again, those after this moment."""

    wire: ClassVar[str] = "schedule.resumed.v1"
    next_at: datetime | None  # None: there is none any more
    reason: Any = None


class ScheduleRemoved(Event):
    """The schedule has ended for ever; the jobs it started go on."""

    wire: ClassVar[str] = "schedule.removed.v1"
    reason: Any = None


class ScheduleTimeCame(Event):
    """A time came, and the job of that time starts in the same unit, on the version that was active."""

    wire: ClassVar[str] = "schedule.time_came.v1"
    time: datetime
    job_id: UUID
    workflow_id: UUID
    workflow_version: int
    graph: str  # content hash of the compiled graph
    title: Any = None
    inputs: dict[str, Any]
    facts: Facts
    next_at: datetime | None  # None: it was the last


class ScheduleTimesMissed(Event):
    """Times from the first to the last passed without a job, for this reason."""

    wire: ClassVar[str] = "schedule.times_missed.v1"
    first: datetime
    last: datetime
    count: int | None  # None: more than are counted
    because: Literal["late", "still_running", "paused", "changed", "removed"]
    job_id: UUID | None = None  # the job that still ran
    next_at: datetime | None


class ScheduleStartRefused(Event):
    """A time came, but its job was refused for this reason; the schedule goes on."""

    wire: ClassVar[str] = "schedule.start_refused.v1"
    time: datetime
    error: Failure
    next_at: datetime | None


ScheduleEvent = (
    ScheduleCreated
    | ScheduleChanged
    | SchedulePaused
    | ScheduleResumed
    | ScheduleRemoved
    | ScheduleTimeCame
    | ScheduleTimesMissed
    | ScheduleStartRefused
)
