"""`pauseSchedule`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.schedules.commands import PauseSchedule
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.schedules.mutations.answer import ScheduleChanged, read_schedule_id, schedule_changed


@input_type
class PauseScheduleInput:
    """A schedule to be paused."""

    schedule_id: strawberry.ID = about("The schedule.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class PauseScheduleSuccess(ScheduleChanged):
    """The schedule is paused."""


PauseScheduleResult = Annotated[
    PauseScheduleSuccess | CommandRefused,
    strawberry.union("PauseScheduleResult", description="The schedule that was paused, or why it was not."),
]


async def pause_schedule(info: Info, input: PauseScheduleInput) -> PauseScheduleResult:  # noqa: A002 - the word of the API
    """Lets no time come until the schedule is resumed; jobs that run go on. Times that would have come meanwhile do not."""
    info.context.identity.require("schedule:edit")
    command = PauseSchedule(at=now(), schedule_id=read_schedule_id(input.schedule_id), reason=said(input.reason))
    return await schedule_changed(
        PauseScheduleSuccess, info.context, await Sender(info.context, "pauseSchedule", input).send(command)
    )
