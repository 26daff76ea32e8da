"""What can be asked of credentials."""

from __future__ import annotations

import strawberry

from domain.credentials.decide import credential_id_of
from domain.credentials.kinds import CREDENTIAL_KINDS
from graphql_api.context import Info, read_id
from graphql_api.credentials.loaders import credentials_by_id
from graphql_api.credentials.types import Credential, CredentialKind, show_credential, show_kind
from graphql_api.describe import field
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Position


@strawberry.type
class CredentialQueries:
    """What can be asked of credentials."""

    @field
    def credential_kinds(self, info: Info) -> list[CredentialKind]:
        """The kinds of credentials there are, with the fields of each."""
        info.context.identity  # noqa: B018 - nothing is answered without
        return [show_kind(kind) for kind in CREDENTIAL_KINDS.values()]

    @field
    async def credential(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the word of the API
        name: str | None = None,
        at_least_position: Position | None = None,
    ) -> Credential | None:
        """A credential of the workspace by its id or its name, also a removed one; null where there is none."""
        context = info.context
        context.identity.require("credential:read")
        await context.at_least(at_least_position)
        if (id is None) == (name is None):
            raise ArgumentRefused(expected="one of id and name", name="credential", found="both" if id else "neither")
        found = credential_id_of(context.workspace_id, name) if name is not None else read_id(id or "")
        row = None if found is None else await context.loader(credentials_by_id).load(found)
        return None if row is None else show_credential(row)
