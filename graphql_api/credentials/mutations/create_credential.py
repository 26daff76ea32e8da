"""`createCredential`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import strawberry

from domain.credentials.commands import CreateCredential
from domain.credentials.decide import credential_id_of, decide
from domain.credentials.state import NoCredential
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.credentials.mutations.answer import (
    CredentialChanged,
    credential_changed,
    fields_of,
    load_credential,
    read_values,
    seal,
    send_sealed,
    wrong_with,
)
from graphql_api.describe import about, input_type, object_type
from graphql_api.scalars import JSON


@input_type
class CreateCredentialInput:
    """A credential to begin."""

    name: str = about(
        "Its name, unique in the workspace: lower-case letters, digits, _ and -, beginning with a letter."
    )
    kind: str = about("Its kind, as `credentialKinds` lists them.")
    values: JSON = about("The values of its fields, as an object; they are never shown again where they are secret.")
    description: str | None = about("What it is for.", default=None)
    command_id: str | None = about(
        "Repeated with the same input, the first result is the answer; of the values only the names of the fields count.",
        default=None,
    )


@object_type
class CreateCredentialSuccess(CredentialChanged):
    """The credential was created."""


CreateCredentialResult = Annotated[
    CreateCredentialSuccess | CommandRefused,
    strawberry.union("CreateCredentialResult", description="The credential that was created, or why none was."),
]


async def create_credential(info: Info, input: CreateCredentialInput) -> CreateCredentialResult:  # noqa: A002 - the word of the API
    """Makes a credential that tasks of the workspace can name. The name of a removed one can be used again."""
    context, at = info.context, now()
    context.identity.require("credential:edit")
    values = read_values(input.values)
    credential_id = credential_id_of(context.workspace_id, input.name)
    told = {"name": input.name, "kind": input.kind, "description": input.description, "fields": list(fields_of(values))}
    sender = Sender(context, "createCredential", told, command_id=input.command_id)

    async def make() -> CreateCredential:
        credential = await load_credential(context, credential_id)
        findings = wrong_with(input.kind, values)
        before = 0 if isinstance(credential, NoCredential) else credential.revision
        command = CreateCredential(
            at=at,
            credential_id=credential_id,
            name=input.name,
            kind=input.kind,
            description=said(input.description),
            revision=before + 1,
            fields=fields_of(values),
            findings=findings,
        )
        decide(command, credential)  # What is refused need not be sealed.
        return replace(command, revision=await seal(context, credential_id, values, before))

    receipt = await send_sealed(context, sender, credential_id, make)
    return await credential_changed(CreateCredentialSuccess, context, receipt)
