"""The mutations of workspaces."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.workspaces.mutations.add_member import add_member
from graphql_api.workspaces.mutations.create_workspace import create_workspace
from graphql_api.workspaces.mutations.issue_api_key import issue_api_key
from graphql_api.workspaces.mutations.revoke_api_key import revoke_api_key
from graphql_api.workspaces.mutations.set_budget import set_budget


@strawberry.type
class WorkspaceMutations:
    """What can be done to workspaces."""

    add_member = mutation(add_member)
    issue_api_key = mutation(issue_api_key)
    create_workspace = mutation(create_workspace)
    revoke_api_key = mutation(revoke_api_key)
    set_budget = mutation(set_budget)
