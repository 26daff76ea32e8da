"""What can be asked of workflows."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import field
from graphql_api.log.as_of import AsOf
from graphql_api.scalars import Position
from graphql_api.workflows.as_of import replay
from graphql_api.workflows.checks import CheckKind, show_check_kinds
from graphql_api.workflows.kinds import TaskKind, show_kinds
from graphql_api.workflows.types import Workflow, read_workflow


@strawberry.type
class WorkflowQueries:
    """What can be asked of workflows."""

    @field
    async def workflow(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the word of the API
        as_of: AsOf | None = None,
        at_least_position: Position | None = None,
    ) -> Workflow | None:
        """A workflow of the workspace, now or as it was at a point in the past; null where there was none of this id."""
        info.context.identity.require("workflow:read")
        workflow_id = read_id(id)
        if workflow_id is None:
            return None
        if as_of is not None:
            return await replay(info.context, workflow_id, as_of)
        await info.context.at_least(at_least_position)
        return await read_workflow(info.context, workflow_id)

    @field
    def task_kinds(self, info: Info) -> list[TaskKind]:
        """The kinds of tasks there are, with what can be set of each."""
        info.context.identity.require("workflow:read")
        return show_kinds()

    @field
    def check_kinds(self, info: Info) -> list[CheckKind]:
        """The checks there are, errors first."""
        info.context.identity.require("workflow:read")
        return show_check_kinds()
