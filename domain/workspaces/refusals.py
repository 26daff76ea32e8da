"""The rules of organizations and workspaces, as what is said when they are broken."""

from __future__ import annotations

from domain.refusals import Refusal


class OrganizationAlreadyFounded(Refusal):
    """Expected an organization that has not been founded, but this one has another name."""


class WorkspaceNotFound(Refusal):
    """Expected a workspace with id {workspace_id}, but there is none."""


class WorkspaceAlreadyOpen(Refusal):
    """Expected a workspace that has not been opened, but this one belongs elsewhere or has another name."""


class OrganizationAdminNeeded(Refusal):
    """Expected an admin of the organization, who is an admin of the workspace it began with, but {member_id} asks in another one."""


class WorkspaceLimitReached(Refusal):
    """Expected at most {most} workspaces of an organization, but this one has as many."""


class NameRefused(Refusal):
    """Expected a name of 1 to {most} characters, but got {found}."""


class PermissionMissing(Refusal):
    """Expected a member with the permission {permission}, but member {member_id} does not have it."""


class MemberNotFound(Refusal):
    """Expected a member with id {member_id}, but the workspace has none."""


class MemberAlreadyThere(Refusal):
    """Expected someone who is not a member, but {member_id} is one under another name or with other roles."""


class MemberLimitReached(Refusal):
    """Expected at most {most} members, but the workspace has as many."""


class RolesRefused(Refusal):
    """Expected one or more of {roles}, but got {found}."""


class LastAdmin(Refusal):
    """Expected a workspace to keep an admin, but {member_id} is the last one."""


class BudgetEmpty(Refusal):
    """Expected a budget of tokens, of money or of both, but this one has neither."""


class BudgetLimitReached(Refusal):
    """Expected at most {most} budgets in a workspace, but this one has as many."""


class ApiKeyNotFound(Refusal):
    """Expected an API key with id {key_id}, but the workspace has none."""


class ApiKeyAlreadyIssued(Refusal):
    """Expected a new API key, but {key_id} was issued before."""


class ApiKeyLimitReached(Refusal):
    """Expected at most {most} API keys that can be used, but the workspace has as many."""


class ApiKeyExpiryRefused(Refusal):
    """Expected an expiry in the future and at most {most} days ahead, but got {found}."""


class ApiKeyPermissionsRefused(Refusal):
    """Expected permissions that both member {member_id} and who asks have, but these are not: {found}."""
