"""Who asks, and the workspace everything hangs on."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import field
from graphql_api.workspaces.types import Viewer, Workspace, show_viewer, show_workspace
from projections.workspaces import find_workspace


@strawberry.type
class WorkspaceQueries:
    """What can be asked of workspaces."""

    @field
    def viewer(self, info: Info) -> Viewer:
        """Who asks: the member the API key acts as, and what it may do."""
        return show_viewer(info.context.identity)

    @field
    async def workspace(self, info: Info, id: strawberry.ID) -> Workspace | None:  # noqa: A002 - the word of the API
        """A workspace of who asks; null for any other."""
        workspace_id = read_id(id)
        if workspace_id is None or workspace_id != info.context.workspace_id:
            return None
        row = await find_workspace(info.context.api.system.views, workspace_id)
        return None if row is None else show_workspace(row)
