"""`removeSchedule`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.schedules.commands import RemoveSchedule
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.schedules.mutations.answer import ScheduleChanged, read_schedule_id, schedule_changed


@input_type
class RemoveScheduleInput:
    """A schedule to be ended for ever."""

    schedule_id: strawberry.ID = about("The schedule.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RemoveScheduleSuccess(ScheduleChanged):
    """The schedule was removed."""


RemoveScheduleResult = Annotated[
    RemoveScheduleSuccess | CommandRefused,
    strawberry.union("RemoveScheduleResult", description="The schedule that was removed, or why it was not."),
]


async def remove_schedule(info: Info, input: RemoveScheduleInput) -> RemoveScheduleResult:  # noqa: A002 - the word of the API
    """Ends a schedule for ever; jobs that run go on, and what became of its times can still be seen."""
    info.context.identity.require("schedule:edit")
    command = RemoveSchedule(at=now(), schedule_id=read_schedule_id(input.schedule_id), reason=said(input.reason))
    return await schedule_changed(
        RemoveScheduleSuccess, info.context, await Sender(info.context, "removeSchedule", input).send(command)
    )
