"""`issueApiKey`."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime
from typing import Annotated

import strawberry

from domain.workspaces.commands import IssueApiKey
from domain.workspaces.events import ApiKeyIssued
from domain.workspaces.refusals import MemberNotFound
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, new_id, now, said
from graphql_api.context import Info, read_id
from graphql_api.describe import about, input_type, object_type
from graphql_api.scalars import Position
from graphql_api.workspaces.first_results import first_result

SECRET_BYTES = 32


@input_type
class IssueApiKeyInput:
    """A key to act as a member."""

    member_id: strawberry.ID = about("The member.")
    expires_at: datetime = about("When it expires.")
    permissions: list[str] | None = about("What it may do; left out, all that the member may.", default=None)
    label: str | None = about("What it is for.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class IssueApiKeySuccess:
    """The key was issued."""

    key_id: strawberry.ID = about("The key.")
    key: str | None = about("The key's text, shown here and never again; null when the command was repeated.")
    position: Position = about("The place of what was written in the log: the key answers once it was reached.")


IssueApiKeyResult = Annotated[
    IssueApiKeySuccess | CommandRefused,
    strawberry.union("IssueApiKeyResult", description="The key that was issued, or why none was."),
]


async def issue_api_key(info: Info, input: IssueApiKeyInput) -> IssueApiKeyResult:  # noqa: A002 - the word of the API
    """Issues a key that acts as a member. Its text is shown once and kept only as a digest."""
    context, at = info.context, now()
    context.identity.require("key:manage")
    member_id = read_id(input.member_id)
    if member_id is None:
        raise MemberNotFound(member_id=input.member_id)
    key_id, secret = new_id(at), new_secret()
    command = IssueApiKey(
        at=at,
        workspace_id=context.workspace_id,
        asked_by=context.identity.member_id,
        asked_with=context.identity.chosen,
        key_id=key_id,
        member_id=member_id,
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        permissions=None if input.permissions is None else tuple(input.permissions),
        label=said(input.label),
        expires_at=input.expires_at,
    )
    receipt = await Sender(context, "issueApiKey", input).send(command)
    if receipt.repeated:
        key_id = (await first_result(context, receipt, ApiKeyIssued)).key_id
    position = await context.position_of(receipt)
    await context.seen(position)  # Keys are looked up in the read models.
    return IssueApiKeySuccess(
        key_id=strawberry.ID(str(key_id)),
        key=None if receipt.repeated else f"opus_{key_id.hex}_{secret}",
        position=await context.show_position(position),
    )


def new_secret() -> str:
    """A random secret as text."""
    return base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
