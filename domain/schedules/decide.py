"""Decides commands for schedules: what happens, or why not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, assert_never
from uuid import UUID

from domain.events import Event
from domain.ids import derive
from domain.jobs.run import Failure
from domain.refusals import Detail
from domain.schedules import refusals
from domain.schedules.commands import (
    ChangeSchedule,
    CreateSchedule,
    KeepTime,
    PauseSchedule,
    RemoveSchedule,
    ResumeSchedule,
    ScheduleCommand,
    Start,
)
from domain.schedules.due import MISSED_MAX, Due, find_due, next_time, times_passed
from domain.schedules.events import (
    Plan,
    ScheduleChanged,
    ScheduleCreated,
    SchedulePaused,
    ScheduleRemoved,
    ScheduleResumed,
    ScheduleStartRefused,
    ScheduleTimeCame,
    ScheduleTimesMissed,
)
from domain.schedules.rules import check_moment, check_rule
from domain.schedules.state import Active, Known, NoSchedule, Paused, Removed, Schedule
from domain.schedules.titles import title_at

NAME_CHARACTERS_MAX = 200
LATE_SECONDS_MAX = 24 * 3600

_Interruption = Literal["paused", "changed", "removed"]


def decide(command: ScheduleCommand, schedule: Schedule) -> list[Event]:
    """The events of a command; none when there is nothing left to do."""
    if isinstance(command, CreateSchedule):
        return create(command, schedule)
    if isinstance(schedule, NoSchedule):
        raise refusals.ScheduleNotFound
    if isinstance(schedule, Removed):
        if isinstance(command, RemoveSchedule | KeepTime):
            return []
        raise refusals.ScheduleIsRemoved(name=schedule.known.name)
    match command:
        case ChangeSchedule():
            return change(command, schedule)
        case PauseSchedule():
            return pause(command, schedule)
        case ResumeSchedule():
            return resume(command, schedule)
        case RemoveSchedule():
            return remove(command, schedule)
        case KeepTime():
            return keep_time(command, schedule)
        case _:
            raise TypeError(f"Expected a command for schedules, but got {type(command).__name__}.")


def create(command: CreateSchedule, schedule: Schedule) -> list[Event]:
    """A schedule begins with a plan that has a time to come."""
    if not isinstance(schedule, NoSchedule):
        raise refusals.ScheduleAlreadyCreated(schedule_id=command.schedule_id, name=schedule.known.name)
    _check_name(command.name)
    _check_plan(command.plan)
    _refuse_findings(command.findings)
    next_at = _required(next_time(command.plan, command.at))
    return [ScheduleCreated(name=command.name, plan=command.plan, member_id=command.member_id, next_at=next_at)]


def change(command: ChangeSchedule, schedule: Active | Paused) -> list[Event]:
    """Another plan; what came of the one before and was not told yet is told first."""
    known = schedule.known
    if command.expected_edition not in (None, known.edition):
        raise refusals.ScheduleMoved(expected=command.expected_edition, found=known.edition)
    _check_plan(command.plan)
    _refuse_findings(command.findings)
    if (command.plan, command.member_id) == (known.plan, known.member_id):
        return []
    next_at = _required(next_time(command.plan, _after(known, command.at)))
    is_paused = isinstance(schedule, Paused)
    changed = ScheduleChanged(plan=command.plan, member_id=command.member_id, next_at=None if is_paused else next_at)
    return [*_passed(schedule, command.at, "changed"), changed]


def pause(command: PauseSchedule, schedule: Active | Paused) -> list[Event]:
    """Asking twice is not an error."""
    if isinstance(schedule, Paused):
        return []
    return [*_passed(schedule, command.at, "paused"), SchedulePaused(reason=command.reason)]


def resume(command: ResumeSchedule, schedule: Active | Paused) -> list[Event]:
    """Times that would have come during the pause did not come."""
    if isinstance(schedule, Active):
        return []
    next_at = next_time(schedule.known.plan, _after(schedule.known, command.at))
    return [ScheduleResumed(next_at=next_at, reason=command.reason)]


def remove(command: RemoveSchedule, schedule: Active | Paused) -> list[Event]:
    """The end of the schedule; its jobs go on."""
    return [*_passed(schedule, command.at, "removed"), ScheduleRemoved(reason=command.reason)]


def keep_time(command: KeepTime, schedule: Active | Paused) -> list[Event]:
    """What is due is told: times that were missed, then one that starts its job, is refused, or finds another still running."""
    if isinstance(schedule, Paused) or command.edition != schedule.known.edition:
        return []
    due = find_due(schedule, command.at)
    if due.time != command.time or not (due.missed or due.time):
        return []  # Someone was faster: whoever asked looks again.
    events: list[Event] = []
    if due.missed:
        events.append(_missed(due))
    if due.time is not None:
        events.append(_kept(command, schedule.known, due.time, due.next_at))
    return events


def job_of(schedule_id: UUID, time: datetime) -> UUID:
    """The id of the job of a time: the same for whoever starts it."""
    return derive(schedule_id, "scheduled", time.astimezone(UTC).isoformat())


def _kept(command: KeepTime, known: Known, time: datetime, next_at: datetime | None) -> Event:
    plan = known.plan
    if command.still_running is not None and plan.overlap == "skip":
        return ScheduleTimesMissed(
            first=time, last=time, count=1, because="still_running", job_id=command.still_running, next_at=next_at
        )
    match command.start:
        case Failure():
            return ScheduleStartRefused(time=time, error=command.start, next_at=next_at)
        case Start():
            return ScheduleTimeCame(
                time=time,
                job_id=job_of(command.schedule_id, time),
                workflow_id=plan.workflow_id,
                workflow_version=command.start.workflow_version,
                graph=command.start.graph,
                title=title_at(plan, time),
                inputs=command.start.inputs,
                facts=command.start.facts,
                next_at=next_at,
            )
        case None:
            raise ValueError("Expected what is to start at a time, but got nothing.")
        case _:
            assert_never(command.start)


def _missed(due: Due) -> Event:
    first, last = due.missed[0], due.missed[-1]
    next_at = due.next_at if due.time is None else due.time
    return ScheduleTimesMissed(first=first, last=last, count=len(due.missed), because="late", next_at=next_at)


def _passed(schedule: Active | Paused, at: datetime, because: _Interruption) -> list[Event]:
    """Times that had come when someone interrupted the schedule, before any runner could tell of them."""
    if isinstance(schedule, Paused):
        return []
    passed, more = times_passed(schedule, at)
    if not passed:
        return []
    last = max(passed[-1], at) if more else passed[-1]
    missed = ScheduleTimesMissed(
        first=passed[0],
        last=last,
        count=None if more else len(passed),
        because=because,
        next_at=next_time(schedule.known.plan, last),
    )
    return [missed]


def _after(known: Known, at: datetime) -> datetime:
    """Where the next time is looked for: never before a time that was told of, whatever the clock says."""
    return at if known.told_until is None else max(at, known.told_until)


def _required(next_at: datetime | None) -> datetime:
    if next_at is None:
        raise refusals.ScheduleHasNoTimes
    return next_at


def _check_plan(plan: Plan) -> None:
    check_rule(plan.rule)
    for moment in (plan.begins_at, plan.ends_at):
        if moment is not None:
            check_moment(moment)
    if plan.begins_at is not None and plan.ends_at is not None and plan.ends_at <= plan.begins_at:
        raise refusals.ScheduleLimitsWrong(
            expected="an end after the beginning", found=f"{plan.ends_at.isoformat()} as the end"
        )
    if not 0 <= plan.late_seconds <= LATE_SECONDS_MAX:
        raise refusals.ScheduleLimitsWrong(
            expected=f"0 to {LATE_SECONDS_MAX} seconds that a start may be late", found=plan.late_seconds
        )
    if not 1 <= plan.missed_max <= MISSED_MAX:
        raise refusals.ScheduleLimitsWrong(
            expected=f"1 to {MISSED_MAX} missed times to be started", found=plan.missed_max
        )


def _check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= NAME_CHARACTERS_MAX or not name.isprintable():
        found = f"{len(name)} characters" if name.isprintable() else "others"
        raise refusals.ScheduleNameRefused(most=NAME_CHARACTERS_MAX, found=found)


def _refuse_findings(findings: tuple[Detail, ...]) -> None:
    if findings:
        raise refusals.ScheduleInputsWrong(inputs=", ".join(one.path for one in findings), details=findings)
