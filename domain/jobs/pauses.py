"""What pauses change in the state of a job."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from domain.jobs.events import JobChildrenPaused, JobChildrenResumed, JobPaused, JobResumed
from domain.jobs.state import Job, Pause


def job_paused(job: Job, event: JobPaused) -> None:
    """Nothing follows from what is recorded."""
    job.paused = Pause(job.version, event.reason, by_parent=event.by_parent)
    _tell(job, event.children, paused=True)


def job_resumed(job: Job, event: JobResumed) -> None:
    """What was recorded has its consequences again."""
    job.paused = None
    _tell(job, event.children, paused=False)


def children_paused(job: Job, event: JobChildrenPaused) -> None:
    """Some more are paused with it."""
    _tell(job, event.children, paused=True)


def children_resumed(job: Job, event: JobChildrenResumed) -> None:
    """Some more go on with it."""
    _tell(job, event.children, paused=False)


def _tell(job: Job, children: Collection[UUID], *, paused: bool) -> None:
    told = frozenset(children)
    for wait in job.waits.values() if told else ():
        if wait.child_id in told:
            wait.is_child_paused = paused
