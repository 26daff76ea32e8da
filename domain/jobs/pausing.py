"""A job is paused and resumed.

While it is paused, what runs or waits goes on, and its outcomes are recorded; nothing starts, is skipped or ends because of them until
it is resumed. The jobs that its runs wait for are paused and resumed with it: so many as one unit holds at once, the others next, told by its
runner some at a time; one that it starts meanwhile begins paused. A job that a person paused for itself stays paused,
and none stands in the way of the job above it. Only its own time limit, or cancelling it, ends a paused job. A failure that would end it can still be corrected.
"""

from __future__ import annotations

from typing import Final

from domain.events import Event
from domain.jobs.commands import PassPauseOn, PauseJob, ResumeJob
from domain.jobs.events import JobChildrenPaused, JobChildrenResumed, JobPaused, JobResumed
from domain.jobs.scheduling import advance, emit
from domain.jobs.standing import refuse_if_over, refuse_without_reason
from domain.jobs.state import Job

CHILDREN_AT_ONCE_MAX: Final = 50
"""So many jobs are told with the one that starts them, each with at most one below it, and so on: with DEPTH_MAX a unit has at most 801 streams."""


def pause(command: PauseJob, job: Job) -> list[Event]:
    """The job is paused; asked twice, the second changes nothing."""
    if command.by_parent and (job.ended is not None or job.ending is not None):
        return []
    refuse_if_over(job)
    if job.paused is not None:
        return []
    refuse_without_reason(command.reason)
    written: list[Event] = []
    told = _at_once(by_parent=command.by_parent)
    children = tuple(job.children(paused=False))
    event = JobPaused(
        reason=command.reason,
        by_parent=command.by_parent,
        children=children[:told],
        more=len(children[told:]),
    )
    emit(job, written, event)
    return written


def resume(command: ResumeJob, job: Job) -> list[Event]:
    """The job goes on with all that was recorded meanwhile; asked twice, the second changes nothing."""
    if command.by_parent and (job.paused is None or not job.paused.by_parent or job.ending is not None):
        return []
    refuse_if_over(job)
    if job.paused is None:
        return []
    written: list[Event] = []
    told = _at_once(by_parent=command.by_parent)
    children = tuple(job.children(paused=True))
    event = JobResumed(
        reason=command.reason,
        by_parent=command.by_parent,
        children=children[:told],
        more=len(children[told:]),
    )
    emit(job, written, event)
    advance(job, command.at, written)
    return written


def pass_on(_: PassPauseOn, job: Job) -> list[Event]:
    """The next of the jobs below are told; nothing, when all are."""
    if job.ended is not None or job.ending is not None:
        return []
    left = tuple(job.children(paused=job.paused is None))
    if not left:
        return []
    children, more = left[:CHILDREN_AT_ONCE_MAX], len(left[CHILDREN_AT_ONCE_MAX:])
    written: list[Event] = []
    if job.paused is None:
        emit(job, written, JobChildrenResumed(children=children, more=more))
    else:
        emit(job, written, JobChildrenPaused(reason=job.paused.reason, children=children, more=more))
    return written


def _at_once(*, by_parent: bool) -> int:
    return 1 if by_parent else CHILDREN_AT_ONCE_MAX
