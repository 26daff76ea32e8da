"""Credentials, many at once."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from projections.credentials import CredentialRow, find_credentials, last_credential_uses
from projections.jobs.rows import CredentialUseRow


async def credentials_by_id(context: Context, ids: list[UUID]) -> list[CredentialRow | None]:
    """The credentials of the workspace with these ids, the removed ones too."""
    found = await find_credentials(context.api.system.views, context.workspace_id, ids)
    return [found.get(credential_id) for credential_id in ids]


async def last_uses_of(context: Context, ids: list[UUID]) -> list[CredentialUseRow | None]:
    """The latest use of each of these credentials."""
    found = await last_credential_uses(context.api.system.views, context.workspace_id, ids)
    return [found.get(credential_id) for credential_id in ids]
