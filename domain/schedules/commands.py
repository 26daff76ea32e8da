"""What can be asked of a schedule: what people wish, and what a runner asks when a time has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from domain.jobs.run import Facts, Failure
from domain.refusals import Detail
from domain.schedules.events import Plan
from domain.subject import Command, command


@command
class ScheduleCommand(Command):
    """A command addressed to one schedule."""

    subject: ClassVar[str] = "schedule"
    schedule_id: UUID

    @property
    def stream(self) -> UUID:
        """The schedule's own stream."""
        return self.schedule_id


@command
class CreateSchedule(ScheduleCommand):
    """Have jobs of a workflow start by a plan, on behalf of a member."""

    name: str
    plan: Plan
    member_id: UUID
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the inputs; any refuses the schedule

    @property
    def begins(self) -> bool:
        """A schedule's id is made for its beginning."""
        return True


@command
class ChangeSchedule(ScheduleCommand):
    """Have a schedule follow another plan, on behalf of the member who asks."""

    plan: Plan
    member_id: UUID
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the inputs; any refuses the change
    expected_edition: int | None = None  # the one the plan was made on


@command
class PauseSchedule(ScheduleCommand):
    """Let no time come until the schedule is resumed."""

    reason: Any = None


@command
class ResumeSchedule(ScheduleCommand):
    """Let times come again."""

    reason: Any = None


@command
class RemoveSchedule(ScheduleCommand):
    """End the schedule for ever."""

    reason: Any = None


@dataclass(frozen=True, slots=True)
class Start:
    """The job of a time, made ready: the version it starts on and its values, checked."""

    workflow_version: int
    graph: str  # content hash of the compiled graph
    inputs: dict[str, Any]
    facts: Facts


@command
class KeepTime(ScheduleCommand):
    """The runner asks what is due by now: the job of `time` is ready, refused, or to wait for another that still runs.

    Nothing happens when another time is due than the one that was made ready, or by another plan.
    """

    edition: int  # of the schedule it was made ready by
    time: datetime | None  # None: all that is due was missed
    start: Start | Failure | None  # None only without a time
    still_running: UUID | None = None  # the job of the time before, where the plan lets none overlap


AnyScheduleCommand = CreateSchedule | ChangeSchedule | PauseSchedule | ResumeSchedule | RemoveSchedule | KeepTime
