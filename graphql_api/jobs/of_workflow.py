"""The previews of a workflow, as the workflow shows them."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from graphql_api.jobs import types as job_types
from graphql_api.jobs.seeing import PREVIEW, may_see
from graphql_api.paging import check_first
from projections.jobs import JobFilter, list_jobs


async def previews_of(context: Context, workflow_id: UUID, last: int) -> list[job_types.Job]:
    """The previews of a workflow that were started last, the newest first."""
    context.identity.require("job:read")
    if not may_see(context.identity, PREVIEW):
        return []
    chosen = JobFilter(workflow_id=workflow_id, mode=PREVIEW, roots_only=True)
    page = await list_jobs(context.api.system.views, context.workspace_id, chosen, first=check_first(last))
    return [job_types.show_job(row) for row in page.rows]
