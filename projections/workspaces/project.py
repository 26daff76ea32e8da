"""How the events of organizations and workspaces change the rows of the read model `workspaces`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from projections.happened import Happened
from projections.model import Key, ReadModel, RowMissing, ignore
from projections.rows import Rows
from projections.workspaces.rows import (
    API_KEYS_TABLE,
    MEMBERS_TABLE,
    ORGANIZATIONS_TABLE,
    WORKSPACES_TABLE,
    ApiKeyRow,
    MemberRow,
    OrganizationRow,
    WorkspaceRow,
)


def _keys(event: Happened) -> Iterable[Key]:
    if (member_id := event.event.get("member_id")) is not None:
        yield MEMBERS_TABLE, (event.stream.int, UUID(member_id).int), False
    if (key_id := event.event.get("key_id")) is not None:
        yield API_KEYS_TABLE, UUID(key_id).int, False


def _founded(rows: Rows, event: Happened) -> None:
    row = OrganizationRow(event.stream, event.event["name"], event.position, event.at)
    rows.put(ORGANIZATIONS_TABLE, row)


def _opened(rows: Rows, event: Happened) -> None:
    organization_id = UUID(event.event["organization_id"])
    rows.put(
        WORKSPACES_TABLE, WorkspaceRow(event.stream, organization_id, event.event["name"], event.position, event.at)
    )


def _member_added(rows: Rows, event: Happened) -> None:
    said = event.event
    member_id = UUID(said["member_id"])
    row = MemberRow(event.stream, member_id, said["name"], tuple(said["roles"]), event.position, event.at)
    rows.put(MEMBERS_TABLE, row)


def _roles_assigned(rows: Rows, event: Happened) -> None:
    member = _member(rows, event)
    member.roles = tuple(event.event["roles"])
    rows.put(MEMBERS_TABLE, member)


def _member_removed(rows: Rows, event: Happened) -> None:
    member = _member(rows, event)
    member.removed_at = event.at
    rows.put(MEMBERS_TABLE, member)


def _key_issued(rows: Rows, event: Happened) -> None:
    said, permissions = event.event, event.event.get("permissions")
    row = ApiKeyRow(
        key_id=UUID(said["key_id"]),
        workspace_id=event.stream,
        member_id=UUID(said["member_id"]),
        secret_sha256=said["secret_sha256"],
        permissions=None if permissions is None else tuple(permissions),
        label=said.get("label"),
        position=event.position,
        issued_at=event.at,
        issued_by=event.actor,
        expires_at=datetime.fromisoformat(said["expires_at"]),
    )
    rows.put(API_KEYS_TABLE, row)


def _key_revoked(rows: Rows, event: Happened) -> None:
    key_id = UUID(event.event["key_id"])
    key: ApiKeyRow | None = rows.get(API_KEYS_TABLE, key_id.int)
    if key is None:
        raise RowMissing(API_KEYS_TABLE.name, key_id)
    key.revoked_at = event.at
    rows.put(API_KEYS_TABLE, key)


def _member(rows: Rows, event: Happened) -> MemberRow:
    member_id = UUID(event.event["member_id"])
    member: MemberRow | None = rows.get(MEMBERS_TABLE, (event.stream.int, member_id.int))
    if member is None:
        raise RowMissing(MEMBERS_TABLE.name, (event.stream, member_id))
    return member


WORKSPACES = ReadModel(
    name="workspaces",
    version=1,
    tables=(ORGANIZATIONS_TABLE, WORKSPACES_TABLE, MEMBERS_TABLE, API_KEYS_TABLE),
    keys=_keys,
    appliers={
        "organization.founded.v1": _founded,
        "workspace.opened.v1": _opened,
        "workspace.member_added.v1": _member_added,
        "workspace.member_roles_assigned.v1": _roles_assigned,
        "workspace.member_removed.v1": _member_removed,
        "workspace.api_key_issued.v1": _key_issued,
        "workspace.api_key_revoked.v1": _key_revoked,
        "workspace.budget_set.v1": ignore,
    },
)
