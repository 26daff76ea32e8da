"""What can be asked of an organization and of a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from domain.budgets import Budget
from domain.subject import Command, command


@command
class FoundOrganization(Command):
    """Begin an organization."""

    subject: ClassVar[str] = "organization"
    organization_id: UUID
    name: Any

    @property
    def stream(self) -> UUID:
        """The organization's own stream."""
        return self.organization_id


@command
class WorkspaceCommand(Command):
    """A command addressed to one workspace."""

    subject: ClassVar[str] = "workspace"
    workspace_id: UUID
    asked_by: UUID | None = None  # the member who asks; None: who runs the system itself
    asked_with: tuple[str, ...] | None = None  # the permissions of the key used; None: all that the member has

    @property
    def stream(self) -> UUID:
        """The workspace's own stream."""
        return self.workspace_id


@command
class Opener:
    """The member who opens a further workspace, as the workspace in which it is asked has it: facts of another stream."""

    workspace_id: UUID
    workspace_is_first: bool  # whether the organization began with it
    name: Any
    permissions: frozenset[str]
    workspaces: int  # that the organization has


@command
class OpenWorkspace(WorkspaceCommand):
    """Begin a workspace of an organization; who asks for a further one is its first admin."""

    organization_id: UUID
    name: Any
    opener: Opener | None = None
    key_expires_at: datetime | None = None  # of the key that its first admin is given next


@command
class AddMember(WorkspaceCommand):
    """Make someone a member, with roles."""

    member_id: UUID
    name: Any
    roles: tuple[str, ...]


@command
class ChangeMemberRoles(WorkspaceCommand):
    """Give a member these roles in place of those before."""

    member_id: UUID
    roles: tuple[str, ...]


@command
class RemoveMember(WorkspaceCommand):
    """Have a member leave, and with the member all of the member's keys."""

    member_id: UUID
    reason: Any = None


@command
class IssueApiKey(WorkspaceCommand):
    """Issue a key that acts as a member, with all of the member's permissions or some."""

    key_id: UUID
    member_id: UUID
    secret_sha256: str
    permissions: tuple[str, ...] | None = None
    label: Any = None
    expires_at: datetime


@command
class RevokeApiKey(WorkspaceCommand):
    """Take a key back."""

    key_id: UUID
    reason: Any = None


@command
class SetBudget(WorkspaceCommand):
    """Let the workspace, or one of its workflows, use so much of language models in a month; without a budget, as much as anyone likes."""

    workflow_id: UUID | None = None
    budget: Budget | None = None
    reason: Any = None
