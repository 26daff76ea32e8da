"""`revokeApiKey`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.workspaces.commands import RevokeApiKey
from domain.workspaces.refusals import ApiKeyNotFound
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info, read_id
from graphql_api.describe import about, input_type, object_type
from graphql_api.scalars import Position


@input_type
class RevokeApiKeyInput:
    """A key to be taken back."""

    key_id: strawberry.ID = about("The key.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RevokeApiKeySuccess:
    """The key was revoked."""

    key_id: strawberry.ID = about("The key.")
    position: Position = about(
        "The place of what was written in the log: nothing answers to the key once it was reached."
    )


RevokeApiKeyResult = Annotated[
    RevokeApiKeySuccess | CommandRefused,
    strawberry.union("RevokeApiKeyResult", description="The key that was revoked, or why it was not."),
]


async def revoke_api_key(info: Info, input: RevokeApiKeyInput) -> RevokeApiKeyResult:  # noqa: A002 - the word of the API
    """Takes a key back: nothing answers to it any more, and what is being streamed to it ends."""
    context = info.context
    context.identity.require("key:manage")
    key_id = read_id(input.key_id)
    if key_id is None:
        raise ApiKeyNotFound(key_id=input.key_id)
    command = RevokeApiKey(
        at=now(),
        workspace_id=context.workspace_id,
        asked_by=context.identity.member_id,
        asked_with=context.identity.chosen,
        key_id=key_id,
        reason=said(input.reason),
    )
    receipt = await Sender(context, "revokeApiKey", input).send(command)
    position = await context.position_of(receipt)
    await context.seen(position)  # Keys are looked up in the read models.
    return RevokeApiKeySuccess(key_id=strawberry.ID(str(key_id)), position=await context.show_position(position))
