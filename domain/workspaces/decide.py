"""What follows from a command to an organization or a workspace, and the rules that refuse it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from domain.events import Event
from domain.workspaces import refusals
from domain.workspaces.commands import (
    AddMember,
    ChangeMemberRoles,
    FoundOrganization,
    IssueApiKey,
    Opener,
    OpenWorkspace,
    RemoveMember,
    RevokeApiKey,
    SetBudget,
    WorkspaceCommand,
)
from domain.workspaces.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    BudgetSet,
    MemberAdded,
    MemberRemoved,
    MemberRolesAssigned,
    OrganizationFounded,
    WorkspaceOpened,
)
from domain.workspaces.permissions import PERMISSIONS, ROLES, Permission, Role, permitted
from domain.workspaces.state import Founded, Member, NoOrganization, NoWorkspace, Opened, Organization, Workspace

NAME_CHARACTERS_MAX = 200
MEMBERS_MAX = 10_000
WORKSPACES_MAX = 1_000
OPEN: Permission = "workspace:open"
API_KEYS_MAX = 1_000
BUDGETS_MAX = 10_000
API_KEY_DAYS_MAX = 366


def decide_organization(command: FoundOrganization, organization: Organization) -> list[Event]:
    """The events that follow from a command to an organization."""
    match organization:
        case NoOrganization():
            _check_name(command.name)
            return [OrganizationFounded(name=command.name)]
        case Founded(name=name) if name == command.name:
            return []
        case Founded():
            raise refusals.OrganizationAlreadyFounded
        case _:
            assert_never(organization)


def decide(command: WorkspaceCommand, workspace: Workspace) -> list[Event]:
    """The events that follow from a command to a workspace."""
    if isinstance(command, OpenWorkspace):
        return open_workspace(command, workspace)
    if isinstance(workspace, NoWorkspace):
        raise refusals.WorkspaceNotFound(workspace_id=command.workspace_id)
    match command:
        case AddMember():
            return add_member(command, workspace)
        case ChangeMemberRoles():
            return change_member_roles(command, workspace)
        case RemoveMember():
            return remove_member(command, workspace)
        case IssueApiKey():
            return issue_api_key(command, workspace)
        case RevokeApiKey():
            return revoke_api_key(command, workspace)
        case SetBudget():
            return set_budget(command, workspace)
        case _:
            raise TypeError(f"Expected a command to a workspace, but got {command!r}.")


def open_workspace(command: OpenWorkspace, workspace: Workspace) -> list[Event]:
    """A workspace is opened once; a further one by an admin of the organization, who is its first admin."""
    match workspace:
        case NoWorkspace():
            opener = _opener(command)
            _check_name(command.name)
            opened = WorkspaceOpened(
                organization_id=command.organization_id,
                name=command.name,
                opened_from=None if opener is None else opener.workspace_id,
            )
            if opener is None or command.asked_by is None:
                return [opened]
            return [opened, MemberAdded(member_id=command.asked_by, name=opener.name, roles=("admin",))]
        case Opened(organization_id=organization_id, name=name):
            if (organization_id, name) != (command.organization_id, command.name):
                raise refusals.WorkspaceAlreadyOpen
            return []
        case _:
            assert_never(workspace)


def _opener(command: OpenWorkspace) -> Opener | None:
    """Who opens a further workspace, and may; None: who runs the system itself, and begins with one."""
    if command.asked_by is None:
        return None
    opener = command.opener
    if opener is None or OPEN not in opener.permissions:
        raise refusals.PermissionMissing(permission=OPEN, member_id=command.asked_by)
    if not opener.workspace_is_first:
        raise refusals.OrganizationAdminNeeded(member_id=command.asked_by)
    if opener.workspaces >= WORKSPACES_MAX:
        raise refusals.WorkspaceLimitReached(most=WORKSPACES_MAX)
    if command.key_expires_at is not None:
        _check_expiry(command.key_expires_at, command.at)
    return opener


def add_member(command: AddMember, workspace: Opened) -> list[Event]:
    """Who left may come back; who is here is not added twice."""
    _check_permission(command, workspace, "member:manage")
    _check_name(command.name)
    roles = _roles(command.roles)
    match workspace.members.get(command.member_id):
        case None:
            if len(workspace.members) >= MEMBERS_MAX:
                raise refusals.MemberLimitReached(most=MEMBERS_MAX)
            return [MemberAdded(member_id=command.member_id, name=command.name, roles=roles)]
        case Member(name=command.name, roles=there) if there == roles:
            return []
        case _:
            raise refusals.MemberAlreadyThere(member_id=command.member_id)


def change_member_roles(command: ChangeMemberRoles, workspace: Opened) -> list[Event]:
    """The last admin stays admin."""
    _check_permission(command, workspace, "member:manage")
    roles = _roles(command.roles)
    member = _member(command.member_id, workspace)
    if member.roles == roles:
        return []
    if "admin" not in roles:
        _check_other_admin(command.member_id, workspace)
    return [MemberRolesAssigned(member_id=command.member_id, roles=roles)]


def remove_member(command: RemoveMember, workspace: Opened) -> list[Event]:
    """The last admin stays; removing who has left already changes nothing."""
    _check_permission(command, workspace, "member:manage")
    if command.member_id in workspace.left:
        return []
    _member(command.member_id, workspace)
    _check_other_admin(command.member_id, workspace)
    return [MemberRemoved(member_id=command.member_id, reason=command.reason)]


def issue_api_key(command: IssueApiKey, workspace: Opened) -> list[Event]:
    """A key expires, and may do nothing that its member or who asks for it may not."""
    _check_permission(command, workspace, "key:manage")
    if command.key_id in workspace.keys or command.key_id in workspace.ended_keys:
        raise refusals.ApiKeyAlreadyIssued(key_id=command.key_id)
    member = _member(command.member_id, workspace)
    permissions = _key_permissions(command, member, _asker_permissions(command, workspace))
    _check_expiry(command.expires_at, command.at)
    if sum(key.expires_at > command.at for key in workspace.keys.values()) >= API_KEYS_MAX:
        raise refusals.ApiKeyLimitReached(most=API_KEYS_MAX)
    issued = ApiKeyIssued(
        key_id=command.key_id,
        member_id=command.member_id,
        secret_sha256=command.secret_sha256,
        permissions=permissions,
        label=command.label,
        expires_at=command.expires_at,
    )
    return [issued]


def revoke_api_key(command: RevokeApiKey, workspace: Opened) -> list[Event]:
    """A key that has ended already is not revoked again."""
    _check_permission(command, workspace, "key:manage")
    if command.key_id in workspace.ended_keys:
        return []
    if command.key_id not in workspace.keys:
        raise refusals.ApiKeyNotFound(key_id=command.key_id)
    return [ApiKeyRevoked(key_id=command.key_id, reason=command.reason)]


def set_budget(command: SetBudget, workspace: Opened) -> list[Event]:
    """A budget limits tokens, money or both; the one that stands already is not set again."""
    _check_permission(command, workspace, "budget:set")
    budget = command.budget
    if budget is not None and budget.tokens is None and budget.cost is None:
        raise refusals.BudgetEmpty
    if workspace.budgets.get(command.workflow_id) == budget:
        return []
    if command.workflow_id not in workspace.budgets and len(workspace.budgets) >= BUDGETS_MAX:
        raise refusals.BudgetLimitReached(most=BUDGETS_MAX)
    return [BudgetSet(workflow_id=command.workflow_id, budget=budget, reason=command.reason)]


def _check_permission(command: WorkspaceCommand, workspace: Opened, permission: Permission) -> None:
    if permission not in _asker_permissions(command, workspace):
        raise refusals.PermissionMissing(permission=permission, member_id=command.asked_by)


def _asker_permissions(command: WorkspaceCommand, workspace: Opened) -> frozenset[str]:
    if command.asked_by is None:
        return frozenset(PERMISSIONS)
    member = workspace.members.get(command.asked_by)
    return frozenset() if member is None else permitted(member.roles, command.asked_with)


def _check_expiry(expires_at: datetime, at: datetime) -> None:
    if not at < expires_at <= at + timedelta(days=API_KEY_DAYS_MAX):
        raise refusals.ApiKeyExpiryRefused(most=API_KEY_DAYS_MAX, found=expires_at.isoformat())


def _check_name(name: Any) -> None:
    # A name may be sealed; then only who can open it can measure it.
    if isinstance(name, dict):
        return
    if not isinstance(name, str) or not 0 < len(name.strip()) <= NAME_CHARACTERS_MAX:
        found = f"{len(name.strip())} characters" if isinstance(name, str) else "something that is no text"
        raise refusals.NameRefused(most=NAME_CHARACTERS_MAX, found=found)


def _check_other_admin(member_id: UUID, workspace: Opened) -> None:
    admins = {other for other, member in workspace.members.items() if "admin" in member.roles}
    if admins == {member_id}:
        raise refusals.LastAdmin(member_id=member_id)


def _roles(asked: tuple[str, ...]) -> tuple[Role, ...]:
    roles = tuple(role for role in ROLES if role in asked)
    if not roles or set(asked) - set(ROLES):
        found = ", ".join(sorted(set(asked) - set(ROLES))) or "none"
        raise refusals.RolesRefused(roles=", ".join(ROLES), found=found)
    return roles


def _member(member_id: UUID, workspace: Opened) -> Member:
    if (member := workspace.members.get(member_id)) is None:
        raise refusals.MemberNotFound(member_id=member_id)
    return member


def _key_permissions(command: IssueApiKey, member: Member, askers: frozenset[str]) -> tuple[Permission, ...] | None:
    # A key for all that a member may do grows with the member, so a key that is itself limited cannot ask for one.
    if command.permissions is None and command.asked_with is None:
        return None
    asked = permitted(member.roles) if command.permissions is None else frozenset(command.permissions)
    if not asked or (refused := asked - (permitted(member.roles) & askers)):
        found = ", ".join(sorted(refused)) if asked else "none were asked for"
        raise refusals.ApiKeyPermissionsRefused(member_id=command.member_id, found=found)
    return tuple(permission for permission in PERMISSIONS if permission in asked)
