"""The shapes a schedule can have, and how each event leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from domain.schedules.events import (
    Plan,
    ScheduleChanged,
    ScheduleCreated,
    ScheduleEvent,
    SchedulePaused,
    ScheduleRemoved,
    ScheduleResumed,
    ScheduleStartRefused,
    ScheduleTimeCame,
    ScheduleTimesMissed,
)


@dataclass(frozen=True, slots=True)
class NoSchedule:
    """Nothing was created here."""


@dataclass(frozen=True, slots=True)
class Known:
    """What every schedule has, whatever its shape."""

    name: str
    plan: Plan
    member_id: UUID  # on whose behalf its jobs start
    edition: int  # counts what people did to it, not the times: what a change expects
    told_until: datetime | None = None  # the last time of which it is told what became of it
    last_job: UUID | None = None  # of the last time that was started


@dataclass(frozen=True, slots=True)
class Active:
    """Times come: the next one then, or none any more."""

    known: Known
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paused:
    """No time comes."""

    known: Known


@dataclass(frozen=True, slots=True)
class Removed:
    """The schedule has ended for ever."""

    known: Known


Schedule = NoSchedule | Active | Paused | Removed
INITIAL = NoSchedule()


def evolve(schedule: Schedule, event: ScheduleEvent) -> Schedule:
    """Total: every recorded event can be applied, whatever today's rules say."""
    if isinstance(event, ScheduleCreated):
        return Active(Known(event.name, event.plan, event.member_id, edition=1), event.next_at)
    if isinstance(schedule, NoSchedule):
        return schedule
    match event:
        case ScheduleChanged():
            known = replace(_changed(schedule.known), plan=event.plan, member_id=event.member_id)
            return Active(known, event.next_at) if isinstance(schedule, Active) else replace(schedule, known=known)
        case SchedulePaused():
            return Paused(_changed(schedule.known))
        case ScheduleResumed():
            return Active(_changed(schedule.known), event.next_at)
        case ScheduleRemoved():
            return Removed(_changed(schedule.known))
        case ScheduleTimeCame():
            return _told(schedule, replace(schedule.known, last_job=event.job_id), event.time, event.next_at)
        case ScheduleTimesMissed():
            return _told(schedule, schedule.known, event.last, event.next_at)
        case ScheduleStartRefused():
            return _told(schedule, schedule.known, event.time, event.next_at)
        case _:
            assert_never(event)


def _changed(known: Known) -> Known:
    return replace(known, edition=known.edition + 1)


def _told(schedule: Active | Paused | Removed, known: Known, until: datetime, next_at: datetime | None) -> Schedule:
    known = replace(known, told_until=until)
    return Active(known, next_at) if isinstance(schedule, Active) else replace(schedule, known=known)
