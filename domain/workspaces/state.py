"""What organizations and workspaces are, and how each event changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from domain.budgets import Budget
from domain.workspaces.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    BudgetSet,
    MemberAdded,
    MemberRemoved,
    MemberRolesAssigned,
    OrganizationEvent,
    WorkspaceEvent,
    WorkspaceOpened,
)
from domain.workspaces.permissions import Permission, Role


@dataclass(frozen=True, slots=True)
class NoOrganization:
    """Nothing has happened yet."""


@dataclass(frozen=True, slots=True)
class Founded:
    """An organization."""

    name: Any


Organization = NoOrganization | Founded


@dataclass(frozen=True, slots=True)
class NoWorkspace:
    """Nothing has happened yet."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member and what the member is."""

    name: Any
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that was not revoked and whose member is still here; it may have expired."""

    member_id: UUID
    permissions: tuple[Permission, ...] | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace with its members and keys."""

    organization_id: UUID
    name: Any
    members: Mapping[UUID, Member] = field(default_factory=dict)
    left: frozenset[UUID] = frozenset()  # who was a member before
    keys: Mapping[UUID, ApiKey] = field(default_factory=dict)
    ended_keys: frozenset[UUID] = frozenset()
    budgets: Mapping[UUID | None, Budget] = field(default_factory=dict)  # by workflow; None: of all together
    opened_from: UUID | None = None  # the workspace whose admin opened it; none, where the organization began with it


Workspace = NoWorkspace | Opened


def evolve_organization(_organization: Organization, event: OrganizationEvent) -> Organization:
    """Total: every recorded event can be applied."""
    return Founded(event.name)


def evolve(workspace: Workspace, event: WorkspaceEvent) -> Workspace:
    """Total: every recorded event can be applied, whatever today's rules say."""
    match workspace, event:
        case _, WorkspaceOpened():
            return Opened(event.organization_id, event.name, opened_from=event.opened_from)
        case NoWorkspace(), _:
            return workspace
        case Opened(), MemberAdded():
            members = {**workspace.members, event.member_id: Member(event.name, event.roles)}
            return replace(workspace, members=members, left=workspace.left - {event.member_id})
        case Opened(), MemberRolesAssigned():
            return _with_roles(workspace, event)
        case Opened(), MemberRemoved():
            return _without_member(workspace, event.member_id)
        case Opened(), ApiKeyIssued():
            key = ApiKey(event.member_id, event.permissions, event.expires_at)
            return replace(workspace, keys={**workspace.keys, event.key_id: key})
        case Opened(), ApiKeyRevoked():
            return _without_keys(workspace, frozenset({event.key_id}))
        case Opened(), BudgetSet():
            others = {of: budget for of, budget in workspace.budgets.items() if of != event.workflow_id}
            return replace(
                workspace, budgets=others if event.budget is None else {**others, event.workflow_id: event.budget}
            )
        case _:
            assert_never(event)


def _with_roles(workspace: Opened, event: MemberRolesAssigned) -> Opened:
    if (member := workspace.members.get(event.member_id)) is None:
        return workspace
    return replace(workspace, members={**workspace.members, event.member_id: replace(member, roles=event.roles)})


def _without_member(workspace: Opened, member_id: UUID) -> Opened:
    keys = frozenset(key_id for key_id, key in workspace.keys.items() if key.member_id == member_id)
    members = {other: member for other, member in workspace.members.items() if other != member_id}
    return replace(_without_keys(workspace, keys), members=members, left=workspace.left | {member_id})


def _without_keys(workspace: Opened, ended: frozenset[UUID]) -> Opened:
    keys = {key_id: key for key_id, key in workspace.keys.items() if key_id not in ended}
    return replace(workspace, keys=keys, ended_keys=workspace.ended_keys | ended)
