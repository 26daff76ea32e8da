"""Names of workflows: each leads to one workflow of its workspace for ever, whatever that is called later."""

from __future__ import annotations

from uuid import UUID

from domain.workflows.commands import CreateWorkflow, RenameWorkflow
from domain.workflows.naming import name_key
from event_store.claims import find_claim
from event_store.requests import ClaimReused, Receipt
from event_store.units import Claim
from graphql_api.commanding import Sender
from graphql_api.context import Context
from graphql_api.refusals import WorkflowNameTaken

WORKFLOW_NAME = "workflow_name"
NOBODY = UUID(int=0)


async def find_named(context: Context, name: str) -> UUID | None:
    """The workflow that has this name or once had it."""
    asked = Claim(WORKFLOW_NAME, name_key(name), NOBODY, "")
    claimed = await find_claim(context.api.system.reader, context.workspace_id, asked)
    return None if claimed is None else claimed.stream


async def send_named(context: Context, sender: Sender, command: CreateWorkflow | RenameWorkflow) -> Receipt:
    """Sends a command that gives a workflow a name; refused when the name leads to another."""
    if isinstance(command, RenameWorkflow) and await find_named(context, command.name) == command.workflow_id:
        return await sender.send(command)  # It has the name, or had it once.
    # The name is held against everyone but a repetition of this very command.
    holder = sender.digest if sender.is_repeatable else context.digests.digest(command.workflow_id.bytes)
    try:
        return await sender.send(command, Claim(WORKFLOW_NAME, name_key(command.name), command.workflow_id, holder))
    except ClaimReused as reused:
        if reused.facts["kind"] != WORKFLOW_NAME:
            raise
        raise WorkflowNameTaken(name=command.name) from None
