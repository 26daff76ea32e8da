"""What tests of schedules plan, and how they ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

from domain.events import Event
from domain.jobs.run import Facts
from domain.schedules.commands import AnyScheduleCommand, ChangeSchedule, CreateSchedule, KeepTime, Start
from domain.schedules.decide import decide
from domain.schedules.due import find_due, next_time
from domain.schedules.events import Plan, ScheduleCreated, ScheduleEvent
from domain.schedules.rules import CronRule, IntervalRule
from domain.schedules.state import INITIAL, Active, NoSchedule, Schedule, evolve

SCHEDULE = UUID("019c0000-0000-7000-8000-000000000051")
WORKFLOW = UUID("019c0000-0000-7000-8000-000000000002")
ANN = UUID("019c0000-0000-7000-8000-00000000000a")
BOB = UUID("019c0000-0000-7000-8000-00000000000b")
AT = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
HOURLY = CronRule(expression="0 * * * *", zone="Europe/Berlin")
START = Start(workflow_version=3, graph="ab" * 32, inputs={"amount": "12.30"}, facts=Facts())


def plan(**others: Any) -> Plan:
    """A plan that starts a job every hour."""
    said = {"workflow_id": WORKFLOW, "inputs": {"amount": "12.30"}, "rule": HOURLY, "late_seconds": 60}
    return Plan(**{**said, "missed": "skip", "missed_max": 10, "overlap": "allow", **others})


def every(seconds: int, anchor: datetime = AT) -> IntervalRule:
    """An interval."""
    return IntervalRule(seconds=seconds, anchor=anchor)


def create(chosen: Plan, at: datetime = AT, **others: Any) -> CreateSchedule:
    """The wish for a schedule."""
    return CreateSchedule(at=at, schedule_id=SCHEDULE, plan=chosen, **{"name": "Report", "member_id": ANN, **others})


def change(chosen: Plan, at: datetime = AT, **others: Any) -> ChangeSchedule:
    """The wish for another plan."""
    return ChangeSchedule(at=at, schedule_id=SCHEDULE, plan=chosen, **{"member_id": ANN, **others})


def created(chosen: Plan | None = None) -> ScheduleCreated:
    """The beginning of a schedule."""
    chosen = chosen or plan()
    next_at = next_time(chosen, AT)
    assert next_at is not None
    return ScheduleCreated(name="Report", plan=chosen, member_id=ANN, next_at=next_at)


def fold(*events: Event, begin: Schedule = INITIAL) -> Schedule:
    """The state after events."""
    return reduce(evolve, events, begin)  # type: ignore[arg-type]


def told(schedule: Schedule, command: AnyScheduleCommand) -> tuple[list[Event], Schedule]:
    """What a command leads to, and the state after it."""
    events = decide(command, schedule)
    return events, fold(*events, begin=schedule)


def keep(schedule: Schedule, at: datetime, **others: Any) -> KeepTime:
    """What a runner asks at a moment, having looked at what is due."""
    time = find_due(schedule, at).time if isinstance(schedule, Active) else None
    edition = 0 if isinstance(schedule, NoSchedule) else schedule.known.edition
    return KeepTime(at=at, schedule_id=SCHEDULE, **{"edition": edition, "time": time, "start": START, **others})


def work_off(schedule: Schedule, at: datetime, asked_max: int = 500) -> tuple[list[Event], Schedule]:
    """All that a runner makes of what is due at a moment."""
    found: list[Event] = []
    for _ in range(asked_max):
        events, schedule = told(schedule, keep(schedule, at))
        if not events:
            return found, schedule
        found += events
    raise AssertionError("what is due does not end")


def of_kind(events: Sequence[Event], kind: type[ScheduleEvent]) -> list[Any]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
