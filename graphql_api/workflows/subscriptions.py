"""The live stream of one workflow: what two builders see of each other."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import strawberry

from domain.workflows.refusals import WorkflowNotFound
from graphql_api.context import Info, read_id
from graphql_api.describe import about, field, object_type, subscription
from graphql_api.log.types import Event, show_event
from graphql_api.scalars import Cursor
from graphql_api.streams import cursor_at, cursor_of, follow_stream
from graphql_api.workflows.types import Workflow, read_workflow


@object_type
class WorkflowMessage:
    """One event of a workflow, or the mark at which what was missed ends and live begins."""

    cursor: Cursor = about("Hand it back as `after` to go on behind this message.")
    live: bool = about("Whether all that was missed has been told: true from the mark on.")
    event: Event | None = about("What happened; null for the mark.")
    workflow_id: strawberry.Private[UUID]
    written_at: strawberry.Private[int]

    @field
    async def workflow(self, info: Info) -> Workflow | None:
        """The workflow as it is now, the event included; null only when the read models lag beyond the bound."""
        if not await info.context.seen(self.written_at):
            return None
        return await read_workflow(info.context, self.workflow_id)


@strawberry.type
class WorkflowSubscriptions:
    """Live streams of workflows."""

    @subscription
    async def workflow_events(
        self, info: Info, workflow_id: strawberry.ID, after: Cursor | None = None
    ) -> AsyncGenerator[WorkflowMessage, None]:
        """Everything that happens to a workflow: what was missed since `after` (without it, from its start), a mark, then live."""
        context = info.context
        context.identity.require("workflow:read")
        known = read_id(workflow_id)
        head = await context.api.system.reader.read_stream(known, limit=1) if known else []
        if (
            known is None
            or not head
            or head[0].workspace != context.workspace_id
            or head[0].topic != "workflow.created.v1"
        ):
            raise WorkflowNotFound(workflow_id=workflow_id)
        async with aclosing(follow_stream(context, known, after, "workflow:read")) as batches:
            async for batch in batches:
                for record in batch.records:
                    context.forget()
                    yield WorkflowMessage(
                        cursor=cursor_of(context, record),
                        live=batch.live,
                        event=show_event(context, record),
                        workflow_id=known,
                        written_at=record.position,
                    )
                if batch.mark:
                    cursor = await cursor_at(context, batch.position)
                    yield WorkflowMessage(
                        cursor=cursor, live=True, event=None, workflow_id=known, written_at=batch.position
                    )
