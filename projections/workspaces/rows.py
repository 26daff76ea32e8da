"""The rows of the read model `workspaces`: organizations, workspaces, members, API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table


@dataclass(slots=True)
class OrganizationRow:
    """An account that owns workspaces."""

    organization_id: UUID
    name: Json
    position: int
    founded_at: datetime


@dataclass(slots=True)
class WorkspaceRow:
    """A workspace."""

    workspace_id: UUID
    organization_id: UUID
    name: Json
    position: int
    opened_at: datetime


@dataclass(slots=True)
class MemberRow:
    """A member of a workspace; a member who was removed stays, so that names can be shown beside what they did."""

    workspace_id: UUID
    member_id: UUID
    name: Json
    roles: tuple[str, ...]
    position: int  # of the event that added the member: the order of lists
    added_at: datetime
    removed_at: datetime | None = None


@dataclass(slots=True)
class ApiKeyRow:
    """An API key; its secret is only known as a digest."""

    key_id: UUID
    workspace_id: UUID
    member_id: UUID
    secret_sha256: str
    permissions: tuple[str, ...] | None  # None: all that the member may do
    label: Json
    position: int
    issued_at: datetime
    issued_by: str
    expires_at: datetime
    revoked_at: datetime | None = None


ORGANIZATIONS_TABLE: Table[Any] = Table("organizations", OrganizationRow, ("organization_id",))
WORKSPACES_TABLE: Table[Any] = Table("workspaces", WorkspaceRow, ("workspace_id",))
MEMBERS_TABLE: Table[Any] = Table("members", MemberRow, ("workspace_id", "member_id"))
API_KEYS_TABLE: Table[Any] = Table("api_keys", ApiKeyRow, ("key_id",))
