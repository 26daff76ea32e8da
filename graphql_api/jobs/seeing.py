"""Who may see previews: those who edit workflows, and auditors. For all others they are not there."""

from __future__ import annotations

from uuid import UUID

from domain.jobs.events import JobStarted
from domain.jobs.refusals import JobNotFound
from domain.jobs.state import Job
from domain.subject import Command
from graphql_api import refusals
from graphql_api.context import Context
from graphql_api.identity import Identity

PREVIEW = "preview"


def may_see(identity: Identity, mode: str) -> bool:
    """Whether who asks may see jobs of this mode, with all that belongs to them."""
    return mode != PREVIEW or identity.may("workflow:edit") or identity.may("audit:read")


async def is_hidden(context: Context, job_id: UUID) -> bool:
    """Whether a job is a preview that who asks may not see. Who may see previews costs nothing."""
    if may_see(context.identity, PREVIEW):
        return False
    system = context.api.system
    for record in await system.reader.read_stream(job_id, limit=1):
        event = system.mapper.event(record) if record.topic == JobStarted.wire else None
        return isinstance(event, JobStarted) and event.mode == PREVIEW
    return False


async def refuse_hidden(context: Context, command: Command) -> None:
    """Refuses a command for a preview that who asks may not see, as if there were no such job."""
    if command.subject == "job" and not command.begins and await is_hidden(context, command.stream):
        raise JobNotFound


async def load_job(context: Context, job_id: UUID) -> tuple[Job, int]:
    """A job as the log has it, and its version; refuses where there is none that who asks may see."""
    job: Job
    job, version = await context.api.system.dispatch.load("job", job_id, context.workspace_id)
    if not version or await is_hidden(context, job_id):
        raise refusals.JobNotFound(id=str(job_id))
    return job, version
