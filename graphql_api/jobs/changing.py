"""What can be done to many jobs at once: which commands that is for each job, and what would come of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.jobs.commands import CancelJob, GiveUpTask, JobCommand, PauseJob, ResumeJob, RetryTask
from domain.jobs.decide import decide
from domain.jobs.snapshot import dump, load
from domain.jobs.state import Job
from domain.refusals import Refusal
from graphql_api.context import Context
from graphql_api.describe import enumeration
from graphql_api.jobs.seeing import load_job
from graphql_api.refusals import NothingHeld

Making = Callable[[UUID, Job, datetime, Any], list[JobCommand]]


@enumeration
class JobChange(Enum):
    """What is to be done to each job: to end it now, to pause it, to have it go on, to have every held run tried again, or to give up what is held."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY_HELD = "retry_held"
    GIVE_UP_HELD = "give_up_held"


def _cancel(job_id: UUID, _: Job, at: datetime, reason: Any) -> list[JobCommand]:
    return [CancelJob(at=at, job_id=job_id, reason=reason)]


def _pause(job_id: UUID, _: Job, at: datetime, reason: Any) -> list[JobCommand]:
    return [PauseJob(at=at, job_id=job_id, reason=reason)]


def _resume(job_id: UUID, _: Job, at: datetime, reason: Any) -> list[JobCommand]:
    return [ResumeJob(at=at, job_id=job_id, reason=reason)]


def _retry_held(job_id: UUID, job: Job, at: datetime, reason: Any) -> list[JobCommand]:
    return [RetryTask(at=at, job_id=job_id, run=run, reason=reason) for run in job.held()]


def _give_up_held(job_id: UUID, job: Job, at: datetime, reason: Any) -> list[JobCommand]:
    # The first ends the job, and with it all that is held besides.
    return [GiveUpTask(at=at, job_id=job_id, run=run, reason=reason) for run in job.held()[:1]]


_MAKING: dict[JobChange, Making] = {
    JobChange.CANCEL: _cancel,
    JobChange.PAUSE: _pause,
    JobChange.RESUME: _resume,
    JobChange.RETRY_HELD: _retry_held,
    JobChange.GIVE_UP_HELD: _give_up_held,
}
NEED_REASON = frozenset({JobChange.CANCEL, JobChange.PAUSE, JobChange.GIVE_UP_HELD})


async def commands_for(
    context: Context, change: JobChange, job_id: UUID, at: datetime, reason: Any
) -> list[JobCommand]:
    """The commands that the change is for a job as it stands; refuses where it is none of this workspace, or holds nothing."""
    job, _ = await load_job(context, job_id)
    commands = _MAKING[change](job_id, job, at, reason)
    if not commands:
        raise NothingHeld(id=str(job_id))
    return commands


async def would_change(context: Context, change: JobChange, job_id: UUID, at: datetime, reason: Any) -> bool:
    """Whether the change would write something; raises the Refusal it would meet, and writes nothing."""
    commands = await commands_for(context, change, job_id, at, reason)
    job: Job
    job, _ = await context.api.system.dispatch.load("job", job_id, context.workspace_id)
    imagined = load(dump(job), job.index.graph)
    refused: Refusal | None = None
    changed = False
    for command in commands:
        try:
            changed |= bool(decide(command, imagined))
        except Refusal as refusal:
            refused = refusal
    if refused is not None and not changed:
        raise refused
    return changed
