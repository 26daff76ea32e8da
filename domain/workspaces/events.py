"""What can happen to an organization and to a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from domain.budgets import Budget
from domain.events import Event, added
from domain.workspaces.permissions import Permission, Role

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class OrganizationFounded(Event):
    """An organization began; it owns workspaces."""

    wire: ClassVar[str] = "organization.founded.v1"
    name: Any


class WorkspaceOpened(Event):
    """A workspace of an organization began; workflows, jobs and reviews live in it."""

    wire: ClassVar[str] = "workspace.opened.v1"
    organization_id: UUID
    name: Any
    opened_from: UUID | None = added()  # whose admin opened it; none, where the organization began with it


class MemberAdded(Event):
    """A person, or a machine that acts like one, became a member with these roles."""

    wire: ClassVar[str] = "workspace.member_added.v1"
    member_id: UUID
    name: Any
    roles: tuple[Role, ...]


class MemberRolesAssigned(Event):
    """A member has these roles from now on, in place of those before."""

    wire: ClassVar[str] = "workspace.member_roles_assigned.v1"
    member_id: UUID
    roles: tuple[Role, ...]


class MemberRemoved(Event):
    """A member left the workspace; the member's API keys ended with it, for ever."""

    wire: ClassVar[str] = "workspace.member_removed.v1"
    member_id: UUID
    reason: Any = None


class ApiKeyIssued(Event):
    """A key was issued that acts as a member; its secret was shown once and is known only as a digest."""

    wire: ClassVar[str] = "workspace.api_key_issued.v1"
    key_id: UUID
    member_id: UUID
    secret_sha256: Sha256  # of the random secret's text
    permissions: tuple[Permission, ...] | None = None  # None: all that the member may do, whatever that will be
    label: Any = None
    expires_at: datetime


class ApiKeyRevoked(Event):
    """A key was taken back; nothing answers to it any more."""

    wire: ClassVar[str] = "workspace.api_key_revoked.v1"
    key_id: UUID
    reason: Any = None


class BudgetSet(Event):
    """So much of language models may be used in a calendar month (UTC) from now on, by the workspace or one of its workflows; without a budget as much as anyone likes."""

    wire: ClassVar[str] = "workspace.budget_set.v1"
    workflow_id: UUID | None = None  # None: the workspace as a whole
    budget: Budget | None = None
    reason: Any = None


OrganizationEvent = OrganizationFounded  # A union as soon as there is a second.
WorkspaceEvent = (
    WorkspaceOpened | MemberAdded | MemberRolesAssigned | MemberRemoved | ApiKeyIssued | ApiKeyRevoked | BudgetSet
)
