"""`testCredential`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.credentials.commands import RequestCredentialTest
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.credentials.mutations.answer import CredentialChanged, credential_changed, read_credential_id
from graphql_api.describe import about, input_type, object_type


@input_type
class TestCredentialInput:
    """A credential to be tried."""

    credential_id: strawberry.ID = about("The credential.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class TestCredentialSuccess(CredentialChanged):
    """A runner is to try it: `credential.testAwaited` is true until `credential.test` says what came of it."""


TestCredentialResult = Annotated[
    TestCredentialSuccess | CommandRefused,
    strawberry.union("TestCredentialResult", description="The credential that is to be tried, or why it is not."),
]


async def test_credential(info: Info, input: TestCredentialInput) -> TestCredentialResult:  # noqa: A002 - the word of the API
    """Has a runner try the secrets where they belong: sign in, list, or fetch, and change nothing there."""
    info.context.identity.require("credential:edit")
    command = RequestCredentialTest(at=now(), credential_id=read_credential_id(input.credential_id))
    receipt = await Sender(info.context, "testCredential", input).send(command)
    return await credential_changed(TestCredentialSuccess, info.context, receipt)
