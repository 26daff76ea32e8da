"""`createSchedule`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from domain.schedules.commands import CreateSchedule
from domain.schedules.events import Plan
from domain.subject import Command
from event_store.requests import ClaimReused
from event_store.units import Claim
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.starting import find_startable
from graphql_api.refusals import ScheduleNameTaken
from graphql_api.schedules.given import (
    LATE_SECONDS_DEFAULT,
    MISSED_MAX_DEFAULT,
    MissedTimes,
    Overlap,
    ScheduleRuleInput,
    misfits_of,
    read_rule,
    take_inputs,
)
from graphql_api.schedules.mutations.answer import ScheduleChanged, schedule_changed
from graphql_api.values.given import NamedValue

SCHEDULE_NAME = "schedule_name"


@input_type
class CreateScheduleInput:
    """A schedule to begin."""

    name: str = about("Its name, unique in the workspace.")
    workflow_id: strawberry.ID = about("The workflow whose jobs it starts, on the version that is active at each time.")
    rule: ScheduleRuleInput = about("When its times come.")
    inputs: list[NamedValue] = about("What each job is given.", default_factory=list)
    time_input: str | None = about(
        "The input that is given the time itself, as ISO 8601 on the clocks of the rule.", default=None
    )
    title: str | None = about("What its jobs are called; `{date}` and `{time}` stand for the time.", default=None)
    begins_at: datetime | None = about("No times come before.", default=None)
    ends_at: datetime | None = about("No times come from then on.", default=None)
    late_seconds: int = about(
        "A time whose job is not started so many seconds after it came was missed.", default=LATE_SECONDS_DEFAULT
    )
    missed_times: MissedTimes = about("Which jobs are started of times that were missed.", default=MissedTimes.SKIP)
    missed_max: int = about("Of `missedTimes` ALL: how many of them, the latest.", default=MISSED_MAX_DEFAULT)
    overlap: Overlap = about(
        "Whether the job of a time starts while that of the time before still runs.", default=Overlap.ALLOW
    )
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class CreateScheduleSuccess(ScheduleChanged):
    """The schedule was created."""


CreateScheduleResult = Annotated[
    CreateScheduleSuccess | CommandRefused,
    strawberry.union("CreateScheduleResult", description="The schedule that was created, or why none was."),
]


async def create_schedule(info: Info, input: CreateScheduleInput) -> CreateScheduleResult:  # noqa: A002 - the word of the API
    """Has jobs of a workflow start by a rule, on behalf of who asks. Inputs are checked against the active version, now and at each time."""
    context, at = info.context, now()
    context.identity.require("schedule:edit")
    context.identity.require("job:start")
    schedule_id = new_id(at)
    sender = Sender(context, "createSchedule", input)

    async def make() -> Command:
        version = await find_startable(context, input.workflow_id)
        inputs, details = await take_inputs(context, input.inputs)
        plan = Plan(
            workflow_id=version.workflow_id,
            inputs=inputs,
            time_input=input.time_input,
            title=said(input.title),
            rule=read_rule(input.rule, input.begins_at or at),
            begins_at=input.begins_at,
            ends_at=input.ends_at,
            late_seconds=input.late_seconds,
            missed=input.missed_times.value,
            missed_max=input.missed_max,
            overlap=input.overlap.value,
        )
        findings = await misfits_of(context, plan, version.graph, details, at)
        member_id = context.identity.member_id
        return CreateSchedule(
            at=at, schedule_id=schedule_id, name=input.name, plan=plan, member_id=member_id, findings=findings
        )

    # The name is held against everyone but a repetition of this very command.
    holder = sender.digest if input.command_id is not None else context.digests.digest(schedule_id.bytes)
    name = Claim(SCHEDULE_NAME, input.name.strip().casefold(), schedule_id, holder)
    try:
        receipt = await sender.send_made(schedule_id, make, name)
    except ClaimReused as reused:
        if reused.facts["kind"] != SCHEDULE_NAME:
            raise
        raise ScheduleNameTaken(name=input.name) from None
    return await schedule_changed(CreateScheduleSuccess, context, receipt)
