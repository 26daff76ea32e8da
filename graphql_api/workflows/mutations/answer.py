"""How mutations of workflows answer when they succeed."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from domain.workflows.refusals import WorkflowNotFound
from event_store.requests import Receipt
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, interface_type
from graphql_api.scalars import Position
from graphql_api.workflows.drafts import look_ahead
from graphql_api.workflows.types import Workflow, read_workflow


@interface_type
class WorkflowChanged:
    """The workflow was changed, or stands as asked already."""

    workflow_id: strawberry.ID = about("The workflow.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def workflow(self, info: Info) -> Workflow | None:
        """The workflow with the change; null only when the read models lag beyond the bound, or without the permission workflow:read."""
        context, workflow_id = info.context, UUID(self.workflow_id)
        if not context.identity.may("workflow:read"):
            return None
        # While the read models follow, there is time to examine what they do not hold.
        _, seen = await asyncio.gather(look_ahead(context, workflow_id), context.seen(self.written_at))
        return await read_workflow(context, workflow_id) if seen else None


Success = TypeVar("Success", bound=WorkflowChanged)


async def workflow_changed(success: type[Success], context: Context, receipt: Receipt, **more: Any) -> Success:
    """The answer for a receipt, as the success of one mutation, with what else that says."""
    return success(
        workflow_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
        **more,
    )


def read_workflow_id(text: strawberry.ID) -> UUID:
    """The id of a workflow; what can be no id is no workflow's."""
    workflow_id = read_id(text)
    if workflow_id is None:
        raise WorkflowNotFound(workflow_id=text)
    return workflow_id
