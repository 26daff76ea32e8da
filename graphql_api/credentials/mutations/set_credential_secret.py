"""`setCredentialSecret`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import strawberry

from domain.credentials.commands import SetCredentialSecret
from domain.credentials.decide import decide
from domain.credentials.kinds import CREDENTIAL_KINDS, led_elsewhere
from domain.credentials.state import Usable
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.credentials.mutations.answer import (
    CredentialChanged,
    credential_changed,
    fields_of,
    load_credential,
    read_credential_id,
    read_values,
    seal,
    send_sealed,
    unseal,
    wrong_with,
)
from graphql_api.describe import about, input_type, object_type
from graphql_api.scalars import JSON


@input_type
class SetCredentialSecretInput:
    """Other values of a credential."""

    credential_id: strawberry.ID = about("The credential.")
    values: JSON = about(
        "The fields to set, as an object. A field that is null is taken away; one that is left out stays as it is. Where "
        "a change leads elsewhere (a host, a URL, further hosts), the secrets that are set must be given anew with it."
    )
    expected_revision: int | None = about(
        "The revision that the change was made on; another one refuses it.", default=None
    )
    command_id: str | None = about(
        "Repeated with the same input, the first result is the answer; of the values only the names of the fields count.",
        default=None,
    )


@object_type
class SetCredentialSecretSuccess(CredentialChanged):
    """The values are set; runs that begin from now on are given them, and those before are lost."""


SetCredentialSecretResult = Annotated[
    SetCredentialSecretSuccess | CommandRefused,
    strawberry.union("SetCredentialSecretResult", description="The credential that was changed, or why it was not."),
]


async def set_credential_secret(info: Info, input: SetCredentialSecretInput) -> SetCredentialSecretResult:  # noqa: A002 - the word of the API
    """Sets values of a credential. They are written once and never shown where they are secret."""
    context = info.context
    context.identity.require("credential:edit")
    credential_id = read_credential_id(input.credential_id)
    given = read_values(input.values)
    told = {"credential": str(credential_id), "fields": list(fields_of(given)), "on": input.expected_revision}
    sender = Sender(context, "setCredentialSecret", told, command_id=input.command_id)

    async def make() -> SetCredentialSecret:
        credential = await load_credential(context, credential_id)
        command = SetCredentialSecret(
            at=now(), credential_id=credential_id, revision=0, fields=(), based_on=input.expected_revision
        )
        if not isinstance(credential, Usable):
            decide(command, credential)
            return command
        kept = await unseal(context, credential_id, credential.revision) if _leaves_out(given, credential) else {}
        values = {name: value for name, value in {**kept, **given}.items() if value is not None}
        command = replace(
            command,
            revision=credential.revision + 1,
            fields=fields_of(values),
            based_on=credential.revision if input.expected_revision is None else input.expected_revision,
            findings=wrong_with(credential.kind, values)
            or tuple(led_elsewhere(CREDENTIAL_KINDS[credential.kind], kept, given)),
        )
        decide(command, credential)  # What is refused need not be sealed.
        return replace(command, revision=await seal(context, credential_id, values, credential.revision))

    receipt = await send_sealed(context, sender, credential_id, make)
    return await credential_changed(SetCredentialSecretSuccess, context, receipt)


def _leaves_out(given: dict[str, object], credential: Usable) -> bool:
    return any(name not in given for name in credential.fields)
