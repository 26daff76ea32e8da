"""The read model `workspaces`: organizations, workspaces, their members and API keys."""

from projections.workspaces.queries import (
    KeyHolder,
    count_workspaces,
    find_key_holder,
    find_members,
    find_organization,
    find_workspace,
    list_api_keys,
    list_members,
    list_workspaces,
)
from projections.workspaces.rows import ApiKeyRow, MemberRow, OrganizationRow, WorkspaceRow

__all__ = [
    "ApiKeyRow",
    "KeyHolder",
    "MemberRow",
    "OrganizationRow",
    "WorkspaceRow",
    "count_workspaces",
    "find_key_holder",
    "find_members",
    "find_organization",
    "find_workspace",
    "list_api_keys",
    "list_members",
    "list_workspaces",
]
