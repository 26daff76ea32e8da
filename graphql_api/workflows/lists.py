"""Lists of workflows."""

from __future__ import annotations

from graphql_api.context import Context
from graphql_api.describe import about, input_type
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import Cursor, Position
from graphql_api.workflows.types import Workflow, WorkflowStatus, show_workflow
from projections.workflows import WorkflowFilter as Filter
from projections.workflows import list_workflows

KIND = "workflows"


@input_type
class WorkflowFilter:
    """Which workflows a list shows; what is left out does not restrict."""

    statuses: list[WorkflowStatus] | None = about("Those that stand in one of these ways.", default=None)


async def list_workflows_of(
    context: Context, chosen: WorkflowFilter | None, first: int, after: Cursor | None, at_least: Position | None
) -> Connection[Workflow]:
    """A page of the workflows of the workspace."""
    context.identity.require("workflow:read")
    await context.at_least(at_least)
    begin, position = key_of(KIND, after), await context.views_position()
    statuses = [status.value for status in chosen.statuses] if chosen and chosen.statuses is not None else None
    page = await list_workflows(
        context.api.system.views,
        context.workspace_id,
        Filter(statuses=statuses),
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_workflow, lambda row: key_cursor(KIND, row.position), after=after, position=position)
