"""What executes a workflow, as far as the read models know."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from graphql_api.workflows.loaders import uses_of


async def names_of_users(context: Context, workflow_id: UUID) -> tuple[str, ...]:
    """The names of the other workflows whose active version executes this one."""
    found = await context.loader(uses_of).load(workflow_id)
    names = (use.name for use in found if use.status == "ACTIVE" and use.workflow_id != workflow_id)
    return tuple(dict.fromkeys(names))
