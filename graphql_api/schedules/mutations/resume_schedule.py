"""`resumeSchedule`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.schedules.commands import ResumeSchedule
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.schedules.mutations.answer import ScheduleChanged, read_schedule_id, schedule_changed


@input_type
class ResumeScheduleInput:
    """A paused schedule."""

    schedule_id: strawberry.ID = about("The schedule.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ResumeScheduleSuccess(ScheduleChanged):
    """The schedule was resumed."""


ResumeScheduleResult = Annotated[
    ResumeScheduleSuccess | CommandRefused,
    strawberry.union("ResumeScheduleResult", description="The schedule that was resumed, or why it was not."),
]


async def resume_schedule(info: Info, input: ResumeScheduleInput) -> ResumeScheduleResult:  # noqa: A002 - the word of the API
    """Lets times come again, those after now."""
    info.context.identity.require("schedule:edit")
    command = ResumeSchedule(at=now(), schedule_id=read_schedule_id(input.schedule_id), reason=said(input.reason))
    return await schedule_changed(
        ResumeScheduleSuccess, info.context, await Sender(info.context, "resumeSchedule", input).send(command)
    )
