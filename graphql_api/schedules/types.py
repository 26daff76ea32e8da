"""Schedules as the schema shows them: their plan, the times to come, and what became of those that came."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from functools import cached_property
from itertools import islice
from uuid import UUID

import strawberry

from domain.schedules.due import plan_times
from domain.schedules.events import Plan
from domain.schedules.rules import CronRule, IntervalRule, zone_of
from domain.schedules.words import in_words
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs import types as job_types
from graphql_api.jobs.loaders import jobs_by_id
from graphql_api.jobs.runs import Failure, show_failure
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.actors import Actor, show_actor, show_member
from graphql_api.log.history_field import history_of
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Cursor
from graphql_api.schedules.given import MissedTimes, Overlap
from graphql_api.schedules.loaders import last_times_of
from graphql_api.values.shown import Value, show_value, text
from graphql_api.workflows import types as workflow_types
from graphql_api.workflows.loaders import workflows_by_id
from projections.schedules import ScheduleRow, ScheduleTimeRow, list_schedule_times

NEXT_TIMES_DEFAULT = 10
NEXT_TIMES_MAX = 25  # of each schedule of a page


@enumeration
class ScheduleStatus(Enum):
    """How a schedule stands: times come; none comes until it is resumed; none comes any more; or it was removed."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"
    REMOVED = "REMOVED"


@enumeration
class TimeOutcome(Enum):
    """What became of a time: its job was started, it passed without a job, or its job was refused."""

    STARTED = "STARTED"
    MISSED = "MISSED"
    REFUSED = "REFUSED"


@enumeration
class MissedBecause(Enum):
    """Why times passed without a job: nobody started them in time, the job before still ran, or someone paused, changed or removed the schedule."""

    LATE = "late"
    STILL_RUNNING = "still_running"
    PAUSED = "paused"
    CHANGED = "changed"
    REMOVED = "removed"


@object_type
class Cron:
    """Times by a cron expression, on the clocks of a time zone."""

    expression: str = about("Minute, hour, day, month and weekday.")
    time_zone: str = about("The IANA name of the time zone.")


@object_type
class Interval:
    """Times at a fixed distance of elapsed time."""

    seconds: int = about("The distance.")
    anchor: datetime = about("One of the times.")


@object_type
class ScheduleRule:
    """When times come: by a cron expression, or at an interval."""

    cron: Cron | None = about("The cron expression; null for an interval.")
    interval: Interval | None = about("The interval; null for a cron expression.")
    summary: str = about("The rule in words.")


@object_type
class ScheduledTime:
    """A time to come."""

    at: datetime = about("When it comes.")
    local: str = about("The same on the clocks of the rule's time zone: ISO 8601 with offset.")


@object_type
class ScheduleTime:
    """What became of a time that came; one entry for times that were missed together."""

    at: datetime = about("The time; of several the first.")
    until: datetime = about("The last of several; else the time itself.")
    count: int | None = about("How many times; null when there were more than are counted.")
    outcome: TimeOutcome = about("What became of it.")
    told_at: datetime = about("When that was recorded.")
    because: MissedBecause | None = about("Why it was missed.")
    job_id: strawberry.ID | None = about("The job that was started, or that still ran.")
    row: strawberry.Private[ScheduleTimeRow]

    @field
    async def job(self, info: Info) -> job_types.Job | None:
        """The job that was started, or that still ran."""
        if self.row.job_id is None:
            return None
        info.context.identity.require("job:read")
        row = await info.context.loader(jobs_by_id).load(self.row.job_id)
        return None if row is None else job_types.show_job(row)

    @field
    def error(self, info: Info) -> Failure | None:
        """Why its job was refused."""
        return show_failure(info, self.row.error)


@object_type
class Schedule:
    """When jobs of a workflow start by themselves, and what they are given."""

    id: strawberry.ID = about("Its id.")
    name: str = about("Its name, unique in the workspace.")
    status: ScheduleStatus = about("How it stands.")
    edition: int = about("Counts what people did to it: what a change expects as `expectedEdition`.")
    next_at: datetime | None = about("When its next time comes; null when none does.")
    reason: str | None = about("Why it is paused or was removed, if that was said.")
    created_by: Actor = about("Who created it.")
    created_at: datetime = about("When it was created.")
    changed_at: datetime = about("When someone changed, paused, resumed or removed it last.")
    started: int = about("How many of its times were started.")
    missed: int = about("How many of its times were missed, as far as they were counted.")
    refused: int = about("How many of its times were refused.")
    row: strawberry.Private[ScheduleRow]

    @field
    async def workflow(self, info: Info) -> workflow_types.Workflow | None:
        """The workflow whose jobs it starts, on the version that is active then."""
        info.context.identity.require("workflow:read")
        row = await info.context.loader(workflows_by_id).load(self.row.workflow_id)
        return None if row is None else workflow_types.show_workflow(row)

    @field
    def on_behalf_of(self) -> Actor | None:
        """The member on whose behalf its jobs start: who created it or changed it last. A member who leaves or may start no jobs any more has its starts refused."""
        return show_member(self.row.member_id)

    @field
    def rule(self) -> ScheduleRule:
        """When its times come."""
        return show_rule(self._plan.rule)

    @field
    def begins_at(self) -> datetime | None:
        """No times come before."""
        return self._plan.begins_at

    @field
    def ends_at(self) -> datetime | None:
        """No times come from then on."""
        return self._plan.ends_at

    @field
    def inputs(self) -> list[Value]:
        """What each job is given, by input of the workflow."""
        return [show_value(name, None, value) for name, value in self._plan.inputs.items()]

    @field
    def time_input(self) -> str | None:
        """The input that is given the time itself."""
        return self._plan.time_input

    @field
    def title(self) -> str | None:
        """What its jobs are called; `{date}` and `{time}` stand for the time."""
        return text(self._plan.title)

    @field
    def late_seconds(self) -> int:
        """A time whose job is not started so many seconds after it came was missed."""
        return self._plan.late_seconds

    @field
    def missed_times(self) -> MissedTimes:
        """Which jobs are started of times that were missed."""
        return MissedTimes(self._plan.missed)

    @field
    def missed_max(self) -> int:
        """Of `missedTimes` ALL: how many of them, the latest."""
        return self._plan.missed_max

    @field
    def overlap(self) -> Overlap:
        """Whether the job of a time starts while that of the time before still runs."""
        return Overlap(self._plan.overlap)

    @field
    def next_times(self, first: int = NEXT_TIMES_DEFAULT) -> list[ScheduledTime]:
        """The times that come next, at most 25; none while it is paused."""
        if first > NEXT_TIMES_MAX:
            raise ArgumentRefused(expected=f"1 to {NEXT_TIMES_MAX}", name="first", found=str(first))
        count, next_at = check_first(first), self.row.next_at
        if next_at is None:
            return []
        later = islice(plan_times(self._plan, next_at), count - 1)
        return [show_time(self._plan.rule, time) for time in (next_at, *later)]

    @field
    async def last_time(self, info: Info) -> ScheduleTime | None:
        """What became of its latest time, or of the latest that were missed together."""
        row = await info.context.loader(last_times_of).load(self.row.schedule_id)
        return None if row is None else show_told(row)

    @field
    async def times(
        self,
        info: Info,
        first: int = PAGE_ROWS_DEFAULT,
        after: Cursor | None = None,
        outcomes: list[TimeOutcome] | None = None,
    ) -> Connection[ScheduleTime]:
        """What became of the times that came, the latest first."""
        kind, row = f"times of {self.row.schedule_id}", self.row
        begin = key_of(kind, after)
        page = await list_schedule_times(
            info.context.api.system.views,
            row.workspace_id,
            row.schedule_id,
            outcomes=None if outcomes is None else [outcome.value for outcome in outcomes],
            first=check_first(first),
            after=begin[0] if begin else None,
        )
        return connection(page, show_told, lambda told: key_cursor(kind, told.version), after=after)

    history = history_of(lambda self: self.row.schedule_id)

    @cached_property
    def _plan(self) -> Plan:
        return Plan.model_validate(self.row.plan)


def show_schedule(row: ScheduleRow) -> Schedule:
    """A schedule by its row."""
    return Schedule(
        id=strawberry.ID(str(row.schedule_id)),
        name=row.name,
        status=ScheduleStatus(row.status),
        edition=row.edition,
        next_at=row.next_at,
        reason=text(row.reason),
        created_by=show_actor(row.created_by),
        created_at=row.created_at,
        changed_at=row.changed_at,
        started=row.started,
        missed=row.missed,
        refused=row.refused,
        row=row,
    )


def show_told(row: ScheduleTimeRow) -> ScheduleTime:
    """What became of a time, by its row."""
    return ScheduleTime(
        at=row.first_at,
        until=row.last_at,
        count=row.count,
        outcome=TimeOutcome(row.outcome),
        told_at=row.told_at,
        because=None if row.because is None else MissedBecause(row.because),
        job_id=_id(row.job_id),
        row=row,
    )


def show_rule(rule: CronRule | IntervalRule) -> ScheduleRule:
    """A rule with its words."""
    cron = Cron(expression=rule.expression, time_zone=rule.zone) if isinstance(rule, CronRule) else None
    interval = Interval(seconds=rule.seconds, anchor=rule.anchor) if isinstance(rule, IntervalRule) else None
    return ScheduleRule(cron=cron, interval=interval, summary=in_words(rule))


def show_time(rule: CronRule | IntervalRule, time: datetime) -> ScheduledTime:
    """A time to come, also as clocks show it."""
    return ScheduledTime(at=time, local=time.astimezone(zone_of(rule)).isoformat())


def _id(found: UUID | None) -> strawberry.ID | None:
    return None if found is None else strawberry.ID(str(found))
