"""How a workflow stands that a file speaks of: as its stream has it now, so that nothing is compared with what was."""

from __future__ import annotations

from uuid import UUID

from domain.workflows.design import Design
from domain.workflows.state import InUse, Workflow, last_version, open_design
from graphql_api.context import Context


async def standing(context: Context, workflow_id: UUID) -> tuple[Design | None, int | None, int]:
    """The open draft or, without one, the version that was activated last, and its number (neither of an archived one); the version of the stream."""
    workflow: Workflow
    workflow, version = await context.api.system.dispatch.load("workflow", workflow_id, context.workspace_id)
    if not isinstance(workflow, InUse):
        return None, None, version
    draft, last = open_design(workflow), last_version(workflow)
    if draft is not None:
        return draft, workflow.number, version
    return (None, None, version) if last is None else (last.design, last.number, version)
