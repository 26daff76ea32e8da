"""What the API asks of workspaces: who a key acts as, and lists of members and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views
from projections.workspaces.rows import ApiKeyRow, MemberRow, OrganizationRow, WorkspaceRow


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who an API key acts as. What it may do is `domain.workspaces.permissions.permitted(roles, permissions)`."""

    key_id: UUID
    workspace_id: UUID
    organization_id: UUID
    member_id: UUID
    member_name: Any
    roles: tuple[str, ...]
    permissions: tuple[str, ...] | None
    secret_sha256: str
    expires_at: datetime


_FIND_KEY = query(
    "select k.key_id, k.workspace_id, w.organization_id, k.member_id, m.name, m.roles, k.permissions, "
    "k.secret_sha256, k.expires_at from views.api_keys k "
    "join views.members m using (workspace_id, member_id) join views.workspaces w using (workspace_id) "
    # A key ends with its member: it does not come back with a member who was added again.
    "where k.key_id = %s and k.revoked_at is null and m.removed_at is null and k.position > m.position"
)
_FIND_WORKSPACE = query("select {w} from views.workspaces w where w.workspace_id = %s", w=WorkspaceRow)
_LIST_WORKSPACES = query(
    "select {w} from views.workspaces w where w.organization_id = %s and w.position > %s order by w.position limit %s",
    w=WorkspaceRow,
)
_COUNT_WORKSPACES = b"select count(*) from views.workspaces where organization_id = %s"
_ALL_WORKSPACES = query(
    "select {w} from views.workspaces w where w.position > %s order by w.position limit %s", w=WorkspaceRow
)
_FIND_ORGANIZATION = query("select {o} from views.organizations o where o.organization_id = %s", o=OrganizationRow)
_FIND_MEMBERS = query(
    "select {m} from views.members m where m.workspace_id = %s and m.member_id = any(%s)", m=MemberRow
)
_LIST_MEMBERS = query(
    "select {m} from views.members m where m.workspace_id = %s and m.position > %s and (%s or m.removed_at is null) "
    "order by m.position limit %s",
    m=MemberRow,
)
_LIST_KEYS = query(
    "select {k} from views.api_keys k where k.workspace_id = %s and k.position > %s "
    "and (%s::uuid is null or k.member_id = %s) order by k.position limit %s",
    k=ApiKeyRow,
)


async def find_key_holder(views: Views, key_id: UUID) -> KeyHolder | None:
    """Who a key acts as; None when it is unknown, was revoked, or its member was removed. The caller checks the rest."""
    rows = await views.read(_FIND_KEY, (key_id,))
    if not rows:
        return None
    key, workspace, organization, member, name, roles, permissions, secret, expires = rows[0]
    chosen = None if permissions is None else tuple(permissions)
    return KeyHolder(key, workspace, organization, member, name, tuple(roles), chosen, secret, expires)


async def find_workspace(views: Views, workspace_id: UUID) -> WorkspaceRow | None:
    """The workspace, or None."""
    rows = await views.fetch(WorkspaceRow, _FIND_WORKSPACE, (workspace_id,))
    return rows[0] if rows else None


async def list_workspaces(
    views: Views, organization_id: UUID | None = None, *, first: int = 50, after: int = 0
) -> Page[WorkspaceRow]:
    """Workspaces (of one organization) in the order they were opened; `after` is the `position` of the last before."""
    limit = rows_to_read(first)
    if organization_id is None:
        rows = await views.fetch(WorkspaceRow, _ALL_WORKSPACES, (after, limit))
    else:
        rows = await views.fetch(WorkspaceRow, _LIST_WORKSPACES, (organization_id, after, limit))
    return page_of(rows, first)


async def count_workspaces(views: Views, organization_id: UUID) -> int:
    """How many workspaces an organization has."""
    [(count,)] = await views.read(_COUNT_WORKSPACES, (organization_id,))
    return int(count)


async def find_organization(views: Views, organization_id: UUID) -> OrganizationRow | None:
    """The organization, or None."""
    rows = await views.fetch(OrganizationRow, _FIND_ORGANIZATION, (organization_id,))
    return rows[0] if rows else None


async def find_members(views: Views, workspace_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, MemberRow]:
    """Those of the members that this workspace has or had, by id."""
    rows = await views.fetch(MemberRow, _FIND_MEMBERS, (workspace_id, list(member_ids)))
    return {row.member_id: row for row in rows}


async def list_members(
    views: Views, workspace_id: UUID, *, first: int = 50, after: int = 0, with_removed: bool = False
) -> Page[MemberRow]:
    """Members in the order they were added; `after` is the `position` of the last row of the page before."""
    rows = await views.fetch(MemberRow, _LIST_MEMBERS, (workspace_id, after, with_removed, rows_to_read(first)))
    return page_of(rows, first)


async def list_api_keys(
    views: Views, workspace_id: UUID, *, member_id: UUID | None = None, first: int = 50, after: int = 0
) -> Page[ApiKeyRow]:
    """API keys (of one member) in the order they were issued, the revoked and expired ones too."""
    rows = await views.fetch(ApiKeyRow, _LIST_KEYS, (workspace_id, after, member_id, member_id, rows_to_read(first)))
    return page_of(rows, first)
