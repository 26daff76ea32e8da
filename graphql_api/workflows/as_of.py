"""A workflow as it was after any of its events: its rows folded from the log as the read model folds them."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from graphql_api.log.as_of import AsOf, version_as_of
from graphql_api.workflows.types import Workflow, show_workflow
from projections.happened import open_record
from projections.rows import Rows
from projections.workflows.project import WORKFLOWS, folded
from projections.workflows.rows import WORKFLOW_VERSIONS_TABLE, WORKFLOWS_TABLE

PAGE_EVENTS = 1_000


async def replay(context: Context, workflow_id: UUID, as_of: AsOf) -> Workflow | None:
    """The workflow as of a point in the past; None when it did not exist yet, or never did in this workspace."""
    until, rows, version = await version_as_of(context, workflow_id, as_of), Rows(WORKFLOWS.tables), 0
    while page := await context.api.system.reader.read_stream(workflow_id, version, PAGE_EVENTS, until):
        if page[0].workspace != context.workspace_id or not page[0].topic.startswith("workflow."):
            return None
        for record in page:
            WORKFLOWS.appliers[record.topic](rows, open_record(record))
        version = page[-1].version
    if version == 0:
        return None
    state = folded(rows, workflow_id)
    WORKFLOWS.settle(rows)
    row = rows.get(WORKFLOWS_TABLE, workflow_id.int)
    versions = {each.number: each for each in rows.known(WORKFLOW_VERSIONS_TABLE)}
    return None if row is None else show_workflow(row, state, versions)
