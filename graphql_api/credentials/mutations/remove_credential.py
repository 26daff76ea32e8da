"""`removeCredential`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.credentials.commands import RemoveCredential
from domain.credentials.state import lost_through
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.credentials.mutations.answer import (
    CredentialChanged,
    credential_changed,
    load_credential,
    read_credential_id,
)
from graphql_api.describe import about, input_type, object_type


@input_type
class RemoveCredentialInput:
    """A credential to be removed."""

    credential_id: strawberry.ID = about("The credential.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RemoveCredentialSuccess(CredentialChanged):
    """The credential is removed, and its secrets are deleted."""


RemoveCredentialResult = Annotated[
    RemoveCredentialSuccess | CommandRefused,
    strawberry.union("RemoveCredentialResult", description="The credential that was removed, or why it was not."),
]


async def remove_credential(info: Info, input: RemoveCredentialInput) -> RemoveCredentialResult:  # noqa: A002 - the word of the API
    """Deletes the secrets of a credential; tasks that name it fail from now on, and no workflow that does can be activated."""
    context = info.context
    context.identity.require("credential:edit")
    credential_id = read_credential_id(input.credential_id)
    command = RemoveCredential(at=now(), credential_id=credential_id, reason=said(input.reason))
    receipt = await Sender(context, "removeCredential", input).send(command)
    # Created again meanwhile, it has secrets of a later revision, which stay.
    through = lost_through(await load_credential(context, credential_id))
    await context.api.system.secrets.drop(context.workspace_id, credential_id, through=through)
    return await credential_changed(RemoveCredentialSuccess, context, receipt)
