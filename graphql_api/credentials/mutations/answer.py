"""How mutations of credentials answer when they succeed, and how they take secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from domain.credentials.commands import CreateCredential, SetCredentialSecret
from domain.credentials.kinds import CREDENTIAL_KINDS, misfits
from domain.credentials.refusals import CredentialNotFound
from domain.credentials.state import Credential as State
from domain.credentials.state import NoCredential, lost_through
from domain.refusals import Detail, Refusal
from domain.subject import Command
from domain.values import ValueRefused, check_value
from event_store.keys import KeyRefused
from event_store.requests import Receipt
from event_store.secrets import SEALED_BYTES_MAX, SecretUnreadable
from graphql_api.commanding import Sender
from graphql_api.context import Context, Info, read_id
from graphql_api.credentials.loaders import credentials_by_id
from graphql_api.credentials.types import Credential, show_credential
from graphql_api.describe import about, field, interface_type
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import JSON, Position


class SecretsUnavailable(Refusal):
    """Expected to seal or open the secrets of the credential, but their keys do not let it: {why}."""


@interface_type
class CredentialChanged:
    """The credential was changed, or stands as asked already."""

    credential_id: strawberry.ID = about("The credential.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def credential(self, info: Info) -> Credential | None:
        """The credential with the change; null only when the read models lag beyond the bound, or without the permission credential:read."""
        if not info.context.identity.may("credential:read") or not await info.context.seen(self.written_at):
            return None
        row = await info.context.loader(credentials_by_id).load(UUID(self.credential_id))
        return None if row is None else show_credential(row)


Success = TypeVar("Success", bound=CredentialChanged)


async def credential_changed(success: type[Success], context: Context, receipt: Receipt) -> Success:
    """The answer for a receipt, as the success of one mutation."""
    return success(
        credential_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
    )


def read_credential_id(text: strawberry.ID) -> UUID:
    """The id of a credential; what can be no id is no credential's."""
    credential_id = read_id(text)
    if credential_id is None:
        raise CredentialNotFound
    return credential_id


async def load_credential(context: Context, credential_id: UUID) -> State:
    """The credential as the log has it."""
    credential: State
    credential, _ = await context.api.system.dispatch.load("credential", credential_id, context.workspace_id)
    return credential


def read_values(given: JSON) -> dict[str, Any]:
    """Values by field; a refusal says nothing of them."""
    values: Any = given
    if not isinstance(values, dict):
        raise ArgumentRefused(expected="an object of fields and their values", name="values", found="something else")
    try:
        check_value(values)
    except ValueRefused:
        expected = f"fields of text, numbers, true or false, or lists, together at most {SEALED_BYTES_MAX} bytes"
        raise ArgumentRefused(expected=expected, name="values", found="something else") from None
    return values


def wrong_with(kind: str, values: dict[str, Any]) -> tuple[Detail, ...]:
    """What is wrong with the values of a credential; of an unknown kind the decider says so."""
    known = CREDENTIAL_KINDS.get(kind)
    return () if known is None else tuple(misfits(known, values))


async def seal(context: Context, credential_id: UUID, values: dict[str, Any], after: int) -> int:
    """Keeps secrets durably; gives their revision."""
    try:
        return await context.api.system.secrets.seal(context.workspace_id, credential_id, values, after=after)
    except (SecretUnreadable, KeyRefused) as error:
        raise SecretsUnavailable(why=str(error).rstrip(".")) from None
    except ValueError as error:
        raise ArgumentRefused(expected=f"at most {SEALED_BYTES_MAX} bytes", name="values", found="more") from error


async def send_sealed(
    context: Context,
    sender: Sender,
    credential_id: UUID,
    make: Callable[[], Awaitable[CreateCredential | SetCredentialSecret]],
) -> Receipt:
    """Sends a command with the revision that its secrets were sealed under, and deletes those that do not hold then.

    These are what was set before; and what was sealed just now, where the command was refused, or had been done before.
    """
    sealed = 0

    async def made() -> Command:
        nonlocal sealed
        command = await make()
        sealed = command.revision
        return command

    try:
        receipt = await sender.send_made(credential_id, made)
    except Refusal:
        await _drop_lost(context, credential_id, sealed)
        raise
    await _drop_lost(context, credential_id, sealed)
    return receipt


async def _drop_lost(context: Context, credential_id: UUID, sealed: int) -> None:
    if not sealed:
        return
    secrets, workspace = context.api.system.secrets, context.workspace_id
    credential = await load_credential(context, credential_id)
    await secrets.drop(workspace, credential_id, through=lost_through(credential))
    if isinstance(credential, NoCredential) or credential.revision < sealed:
        await secrets.drop(workspace, credential_id, since=sealed, through=sealed)


async def unseal(context: Context, credential_id: UUID, revision: int) -> dict[str, Any]:
    """The secrets that hold."""
    try:
        return await context.api.system.secrets.open(context.workspace_id, credential_id, revision)
    except (SecretUnreadable, KeyRefused) as error:
        raise SecretsUnavailable(why=str(error).rstrip(".")) from None


def fields_of(values: Iterable[str]) -> tuple[str, ...]:
    """The names alone, in order: what of secrets may be digested, told and kept."""
    return tuple(sorted(values))
