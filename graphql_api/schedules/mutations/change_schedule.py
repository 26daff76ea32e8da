"""`changeSchedule`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain.refusals import Detail
from domain.schedules.commands import ChangeSchedule
from domain.schedules.events import Plan
from domain.schedules.refusals import ScheduleIsRemoved, ScheduleMoved, ScheduleNotFound
from domain.schedules.state import Known, NoSchedule, Removed, Schedule
from domain.subject import Command
from event_store.requests import Receipt
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.starting import find_startable
from graphql_api.refusals import ArgumentRefused
from graphql_api.schedules.given import (
    MissedTimes,
    Overlap,
    ScheduleRuleInput,
    misfits_of,
    read_rule,
    take_inputs,
)
from graphql_api.schedules.mutations.answer import ScheduleChanged, read_schedule_id, schedule_changed
from graphql_api.values.given import NamedValue

ATTEMPTS_MAX = 5  # while others change the schedule too


@input_type
class ChangeScheduleInput:
    """What is to be different about a schedule; what is left out stays as it is."""

    schedule_id: strawberry.ID = about("The schedule.")
    expected_edition: int | None = about(
        "The `edition` that was looked at: refused when others have changed the schedule since.", default=None
    )
    workflow_id: strawberry.ID | None = about("The workflow whose jobs it starts.", default=UNSET)
    rule: ScheduleRuleInput | None = about("When its times come.", default=UNSET)
    inputs: list[NamedValue] | None = about(
        "What each job is given: all inputs, in place of those before.", default=UNSET
    )
    time_input: str | None = about("The input that is given the time itself; null for none.", default=UNSET)
    title: str | None = about("What its jobs are called; null for nothing.", default=UNSET)
    begins_at: datetime | None = about("No times come before; null for no such bound.", default=UNSET)
    ends_at: datetime | None = about("No times come from then on; null for no such bound.", default=UNSET)
    late_seconds: int | None = about("How late a job may start.", default=UNSET)
    missed_times: MissedTimes | None = about("Which jobs are started of times that were missed.", default=UNSET)
    missed_max: int | None = about("Of `missedTimes` ALL: how many of them, the latest.", default=UNSET)
    overlap: Overlap | None = about("Whether jobs may overlap.", default=UNSET)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ChangeScheduleSuccess(ScheduleChanged):
    """The schedule follows the other plan now."""


ChangeScheduleResult = Annotated[
    ChangeScheduleSuccess | CommandRefused,
    strawberry.union("ChangeScheduleResult", description="The schedule that was changed, or why it was not."),
]
_NEVER_NULL = ("workflow_id", "rule", "inputs", "late_seconds", "missed_times", "missed_max", "overlap")


async def change_schedule(info: Info, input: ChangeScheduleInput) -> ChangeScheduleResult:  # noqa: A002 - the word of the API
    """Gives a schedule another plan; from now on its jobs start on behalf of who asks. A paused one stays paused."""
    context = info.context
    context.identity.require("schedule:edit")
    context.identity.require("job:start")
    schedule_id = read_schedule_id(input.schedule_id)
    if null := [name for name in _NEVER_NULL if getattr(input, name) is None]:
        raise ArgumentRefused(expected="a value, or to be left out,", name=null[0], found="null")
    sender = Sender(context, "changeSchedule", input)
    for attempt in range(ATTEMPTS_MAX):
        try:
            receipt = await _change(context, sender, schedule_id, input)
        except ScheduleMoved:
            if input.expected_edition is not None or attempt == ATTEMPTS_MAX - 1:
                raise
        else:
            return await schedule_changed(ChangeScheduleSuccess, context, receipt)
    raise AssertionError("the last attempt answers or refuses")


async def _change(context: Context, sender: Sender, schedule_id: UUID, asked: ChangeScheduleInput) -> Receipt:
    async def make() -> Command:
        at = now()
        schedule: Schedule
        schedule, _ = await context.api.system.dispatch.load("schedule", schedule_id, context.workspace_id)
        if isinstance(schedule, NoSchedule):
            raise ScheduleNotFound
        if isinstance(schedule, Removed):
            raise ScheduleIsRemoved(name=schedule.known.name)
        known = schedule.known
        version = await find_startable(context, asked.workflow_id or strawberry.ID(str(known.plan.workflow_id)))
        changes = _simple(asked, known.plan, at)
        details: list[Detail] = []
        if asked.inputs is not UNSET and asked.inputs is not None:
            changes["inputs"], details = await take_inputs(context, asked.inputs)
        plan = known.plan.model_copy(update={"workflow_id": version.workflow_id, **changes})
        return ChangeSchedule(
            at=at,
            schedule_id=schedule_id,
            plan=plan,
            member_id=context.identity.member_id,
            findings=await misfits_of(context, plan, version.graph, details, at),
            expected_edition=_expected(asked, known),
        )

    return await sender.send_made(schedule_id, make)


def _simple(asked: ChangeScheduleInput, plan: Plan, at: datetime) -> dict[str, Any]:
    """What is different of the plan but the inputs, by its field."""
    begins_at = plan.begins_at if asked.begins_at is UNSET else asked.begins_at
    given = {
        "time_input": asked.time_input,
        "title": asked.title if asked.title is UNSET else said(asked.title),
        "begins_at": asked.begins_at,
        "ends_at": asked.ends_at,
        "late_seconds": asked.late_seconds,
        "missed_max": asked.missed_max,
        "missed": asked.missed_times and asked.missed_times.value,
        "overlap": asked.overlap and asked.overlap.value,
        "rule": asked.rule and read_rule(asked.rule, begins_at or at),
    }
    return {name: value for name, value in given.items() if value is not UNSET}


def _expected(asked: ChangeScheduleInput, known: Known) -> int:
    """What others change meanwhile is never undone by a plan that was made from the one before."""
    return known.edition if asked.expected_edition is None else asked.expected_edition
