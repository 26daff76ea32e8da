"""Lists of credentials."""

from __future__ import annotations

from graphql_api.context import Context
from graphql_api.credentials.types import Credential, CredentialStatus, show_credential
from graphql_api.describe import about, input_type
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import Cursor, Position
from projections.credentials import list_credentials

KIND = "credentials"


@input_type
class CredentialFilter:
    """Which credentials a list shows; what is left out does not restrict."""

    statuses: list[CredentialStatus] | None = about(
        "Those that stand in one of these ways; left out, those in use.", default=None
    )
    kinds: list[str] | None = about("Those of one of these kinds, as a task takes them.", default=None)


async def list_credentials_of(
    context: Context, chosen: CredentialFilter | None, first: int, after: Cursor | None, at_least: Position | None
) -> Connection[Credential]:
    """A page of the credentials of the workspace."""
    context.identity.require("credential:read")
    await context.at_least(at_least)
    begin, position = key_of(KIND, after), await context.views_position()
    asked = chosen or CredentialFilter()
    page = await list_credentials(
        context.api.system.views,
        context.workspace_id,
        statuses=["ACTIVE"] if asked.statuses is None else [status.value for status in asked.statuses],
        kinds=asked.kinds,
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_credential, lambda row: key_cursor(KIND, row.position), after=after, position=position)
