"""Who may see previews: those who edit workflows, and auditors. For all others they are not there."""

from __future__ import annotations

from uuid import UUID

from domain.jobs.events import JobStarted
from domain.jobs.refusals import JobNotFound
from domain.jobs.state import Job
from domain.subject import Command
from event_store.units import Record
from graphql_api import refusals
from graphql_api.context import Context
from graphql_api.identity import Identity

PREVIEW = "preview"
_SEEING = ("workflow:edit", "audit:read")


def may_see(identity: Identity, mode: str) -> bool:
    """Whether who asks may see jobs of this mode, with all that belongs to them."""
    return mode != PREVIEW or any(identity.may(permission) for permission in _SEEING)


def to_follow(identity: Identity, mode: str, usual: str) -> str:
    """The permission that who follows jobs of this mode live must keep: of previews the one by which they are seen."""
    if mode != PREVIEW or not may_see(identity, mode):
        return usual
    return next(permission for permission in _SEEING if identity.may(permission))


def mode_of(context: Context, first: Record) -> str | None:
    """The mode of a job by its first record; None of a stream that is no job's."""
    event = context.api.system.mapper.event(first) if first.topic == JobStarted.wire else None
    return event.mode if isinstance(event, JobStarted) else None


async def refuse_hidden(context: Context, command: Command) -> None:
    """Refuses a command for a preview that who asks may not see, as if there were no such job; nothing is read for who may."""
    if command.subject == "job" and not command.begins and not may_see(context.identity, PREVIEW):
        mode = await context.loader(modes).load(command.stream)
        if not may_see(context.identity, mode):
            raise JobNotFound


async def load_job(context: Context, job_id: UUID) -> tuple[Job, int]:
    """A job as the log has it, and its version; refuses where there is none that who asks may see."""
    job: Job
    job, version = await context.api.system.dispatch.load("job", job_id, context.workspace_id)
    if not version or not may_see(context.identity, job.mode):
        raise refusals.JobNotFound(id=str(job_id))
    context.loader(modes).prime(job_id, job.mode)
    return job, version


async def modes(context: Context, ids: list[UUID]) -> list[str]:
    """The modes of jobs; of what is none, that of a job."""
    dispatch = context.api.system.dispatch
    return [(await dispatch.load("job", job_id, context.workspace_id))[0].mode for job_id in ids]
