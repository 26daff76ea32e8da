"""What jobs offer to the dispatch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.events import Event
from domain.jobs.commands import StartJob
from domain.jobs.decide import decide
from domain.jobs.events import JobStarted, TaskCancelled, TaskFailed
from domain.jobs.evolve import evolve
from domain.jobs.snapshot import dump, load
from domain.jobs.state import Job
from domain.reviews.commands import WithdrawReview
from domain.subject import Command, Subject

JOB_ENDING = "The job is ending."
ITEM_FAILED = "Another item has failed the task."
TIME_UP = "The time for the answer is up."
_WITHDRAWING: dict[type[Event], str] = {TaskCancelled: JOB_ENDING, TaskFailed: TIME_UP}


def needs(cause: Event | Command) -> str | None:
    """The content hash of the compiled graph that a job is folded with, told by its start."""
    return cause.graph if isinstance(cause, JobStarted | StartJob) else None


def reactions(_: UUID, event: Event, at: datetime) -> Iterable[Command]:
    """A run that ends while it waits for a review takes the review with it."""
    # Asked of every event of every job: the exact type is found much faster than an instance of a pydantic model.
    reason = _WITHDRAWING.get(type(event))
    if reason is None or not isinstance(event, TaskCancelled | TaskFailed) or event.review_id is None:
        return ()
    if isinstance(event, TaskCancelled) and event.because == "item_failed":
        reason = ITEM_FAILED
    return (WithdrawReview(at=at, review_id=event.review_id, reason=reason),)


def size(job: Job) -> int:
    """The tasks, and the runs whose ends are known: both have a place in the state for as long as the job lives."""
    return len(job.statuses) + len(job.where)


JOBS = Subject(
    name="job",
    initial=Job,
    decide=decide,
    evolve=evolve,
    advances=True,
    owned=True,
    needs=needs,
    reactions=reactions,
    dump=dump,
    load=load,
    size=size,
)
"""The job engine, as the dispatch uses it."""
