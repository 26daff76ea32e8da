"""A job is paused and resumed.

While it is paused, what runs or waits goes on, and its outcomes are recorded; nothing starts, is skipped or ends because of them until
it is resumed. The jobs that its runs wait for are paused and resumed with it, all in one unit, but one that a person paused for itself stays
paused, and none stands in the way of the job above it. Only its own time limit, or cancelling it, ends a paused job. A failure that would end it can still be corrected.
"""

from __future__ import annotations

from uuid import UUID

from domain.events import Event
from domain.jobs.commands import PauseJob, ResumeJob
from domain.jobs.events import JobPaused, JobResumed
from domain.jobs.scheduling import advance, emit
from domain.jobs.standing import refuse_if_over, refuse_without_reason
from domain.jobs.state import Job


def pause(command: PauseJob, job: Job) -> list[Event]:
    """The job is paused; asked twice, the second changes nothing."""
    if command.by_parent and (job.ended is not None or job.ending is not None):
        return []
    refuse_if_over(job)
    if job.paused is not None:
        return []
    refuse_without_reason(command.reason)
    written: list[Event] = []
    emit(job, written, JobPaused(reason=command.reason, by_parent=command.by_parent, children=_children(job)))
    return written


def resume(command: ResumeJob, job: Job) -> list[Event]:
    """The job goes on with all that was recorded meanwhile; asked twice, the second changes nothing."""
    if command.by_parent and (job.paused is None or not job.paused.by_parent or job.ending is not None):
        return []
    refuse_if_over(job)
    if job.paused is None:
        return []
    written: list[Event] = []
    children = _children(job)
    emit(job, written, JobResumed(reason=command.reason, by_parent=command.by_parent, children=children))
    advance(job, command.at, written)
    return written


def _children(job: Job) -> tuple[UUID, ...]:
    return tuple(wait.child_id for wait in job.waits.values() if wait.child_id is not None)
