"""`sendCallbackAgain`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.callbacks.commands import SendCallbackAgain
from domain.callbacks.refusals import CallbackNotFound
from graphql_api.answers import CommandRefused
from graphql_api.callbacks.loaders import callbacks_by_id
from graphql_api.callbacks.types import Callback, show_callback
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info, read_id
from graphql_api.describe import about, field, input_type, object_type
from graphql_api.scalars import Position


@input_type
class SendCallbackAgainInput:
    """A call to be made again."""

    callback_id: strawberry.ID = about("The callback.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class SendCallbackAgainSuccess:
    """The call is made again, now, and tried as often as the first time."""

    callback_id: strawberry.ID = about("The callback.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def callback(self, info: Info) -> Callback | None:
        """The callback as it stands; null only when the read models lag beyond the bound, or without the permission webhook:read."""
        if not info.context.identity.may("webhook:read") or not await info.context.seen(self.written_at):
            return None
        row = await info.context.loader(callbacks_by_id).load(UUID(self.callback_id))
        return None if row is None else show_callback(row)


SendCallbackAgainResult = Annotated[
    SendCallbackAgainSuccess | CommandRefused,
    strawberry.union("SendCallbackAgainResult", description="The callback that is made again, or why it is not."),
]


async def send_callback_again(info: Info, input: SendCallbackAgainInput) -> SendCallbackAgainResult:  # noqa: A002 - the word of the API
    """Has a call made again, whatever came of it before: with the same id, so that who took it already knows it."""
    context = info.context
    context.identity.require("webhook:edit")
    callback_id = read_id(input.callback_id)
    if callback_id is None:
        raise CallbackNotFound
    command = SendCallbackAgain(at=now(), callback_id=callback_id, reason=said(input.reason))
    receipt = await Sender(context, "sendCallbackAgain", input).send(command)
    return SendCallbackAgainSuccess(
        callback_id=strawberry.ID(str(receipt.stream)), written_at=await context.position_of(receipt)
    )
