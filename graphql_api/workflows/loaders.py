"""Workflows and their versions, many at once."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from projections.workflows import (
    WorkflowRow,
    WorkflowUseRow,
    WorkflowVersionRow,
    find_uses,
    find_versions,
    find_workflows,
)


async def workflows_by_id(context: Context, ids: list[UUID]) -> list[WorkflowRow | None]:
    """The workflows of the workspace with these ids."""
    found = await find_workflows(context.api.system.views, context.workspace_id, ids)
    return [found.get(workflow_id) for workflow_id in ids]


async def versions_by_number(context: Context, keys: list[tuple[UUID, int]]) -> list[WorkflowVersionRow | None]:
    """Versions of workflows of the workspace, by workflow and number."""
    found = await find_versions(context.api.system.views, context.workspace_id, keys)
    return [found.get(key) for key in keys]


async def uses_of(context: Context, ids: list[UUID]) -> list[list[WorkflowUseRow]]:
    """For each workflow of the workspace, the drafts and active versions that execute it."""
    found = await find_uses(context.api.system.views, context.workspace_id, ids)
    return [found.get(workflow_id, []) for workflow_id in ids]
