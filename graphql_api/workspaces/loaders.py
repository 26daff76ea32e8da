"""Members, many at once."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from projections.workspaces import MemberRow, find_members


async def members_by_id(context: Context, ids: list[UUID]) -> list[MemberRow | None]:
    """The members of the workspace with these ids, those who left too."""
    found = await find_members(context.api.system.views, context.workspace_id, ids)
    return [found.get(member_id) for member_id in ids]
