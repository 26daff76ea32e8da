"""Looks up the workflows that a design executes: their active versions as the log has them, and what those execute in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from domain.workflows.design import Design
from domain.workflows.operations import Operation
from domain.workflows.state import Archived, Draft, NoWorkflow, OutOfService, Workflow, active_version
from domain.workflows.sub_workflows import SubWorkflow, SubWorkflows, executed_by, signature_of, signed, unsigned
from graphql_api.context import Context
from graphql_api.workflows.naming import NOBODY, find_named

_NOT_ACTIVE: Mapping[type, str] = {
    Draft: "a draft that was never active",
    OutOfService: "one out of service",
    Archived: "an archived one",
}


async def find_sub_workflows(context: Context, design: Design, workflow_id: UUID) -> SubWorkflows:
    """What is known of each workflow that the design of a workflow executes."""
    return {name: await _find(context, name, workflow_id) for name in executed_by(design)}


async def sign(context: Context, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The edits, with inputs and outputs where a task executes an active workflow and does not say them."""
    found: dict[str, SubWorkflow | str] = {}
    done: list[Operation] = []
    for operation in operations:
        name = unsigned(operation)
        if name is not None and name not in found:
            found[name] = await _find(context, name, NOBODY)
        sub = None if name is None else found[name]
        done.append(signed(operation, sub.signature) if isinstance(sub, SubWorkflow) else operation)
    return tuple(done)


async def _find(context: Context, name: str, executed_by_id: UUID) -> SubWorkflow | str:
    system, workspace = context.api.system, context.workspace_id
    named = await find_named(context, name)
    if named is None:
        return "none of this name"
    workflow: Workflow
    workflow, _ = await system.dispatch.load("workflow", named, workspace)
    version = active_version(workflow)
    if isinstance(workflow, NoWorkflow):
        return "none of this name"
    if version is None:
        return _NOT_ACTIVE[type(workflow)]
    uses, below = await _below(context, [version.graph])
    return SubWorkflow(
        workflow_id=named,
        number=version.number,
        graph=version.graph,
        signature=signature_of(version.design),
        leads_back=executed_by_id in uses | {named},
        below=below,
        called=workflow.known.name,
    )


async def _below(context: Context, graphs: Iterable[str]) -> tuple[set[UUID], int]:
    """The workflows that graphs execute, themselves or through others, and how many stand below each other at most."""
    uses: set[UUID] = set()
    depth, level = 0, set(graphs)
    while level:
        executed = [
            task.executes
            for content_hash in level
            for task in (await context.api.system.graph(context.workspace_id, content_hash)).tasks
            if task.executes is not None
        ]
        uses |= {each.workflow_id for each in executed}
        level = {each.graph for each in executed}
        depth += bool(level)
    return uses, depth
