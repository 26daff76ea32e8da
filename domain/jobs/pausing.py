"""A job is paused and resumed.

While it is paused, what runs or waits goes on, and its outcomes are recorded; nothing starts, is skipped or ends because of them until
it is resumed. Only its own time limit, or cancelling it, ends a paused job. A failure that would end it can still be corrected.
"""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import PauseJob, ResumeJob
from domain.jobs.events import JobPaused, JobResumed
from domain.jobs.scheduling import advance, emit
from domain.jobs.standing import refuse_if_over, refuse_without_reason
from domain.jobs.state import Job


def pause(command: PauseJob, job: Job) -> list[Event]:
    """The job is paused; asked twice, the second changes nothing."""
    refuse_if_over(job)
    if job.paused is not None:
        return []
    refuse_without_reason(command.reason)
    written: list[Event] = []
    emit(job, written, JobPaused(reason=command.reason))
    return written


def resume(command: ResumeJob, job: Job) -> list[Event]:
    """The job goes on with all that was recorded meanwhile; asked twice, the second changes nothing."""
    refuse_if_over(job)
    if job.paused is None:
        return []
    written: list[Event] = []
    emit(job, written, JobResumed(reason=command.reason))
    advance(job, command.at, written)
    return written
