"""What the events of a job provoke in other streams, decided there and written in the same unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.callbacks.commands import RequestCallback
from domain.callbacks.ids import callback_id
from domain.events import Event
from domain.jobs.asking import request
from domain.jobs.commands import EndChild, PauseJob, RecordChildEnded, RecordTaskWaiting, ResumeJob
from domain.jobs.events import (
    JobCancelled,
    JobChildrenPaused,
    JobChildrenResumed,
    JobCompleted,
    JobFailed,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTimedOut,
    Outcome,
    TaskCancelled,
    TaskFailed,
    TaskStarted,
)
from domain.jobs.state import Job
from domain.reviews.commands import WithdrawReview
from domain.subject import Command

JOB_ENDING = "The job is ending."
ITEM_FAILED = "Another item has failed the task."
TIME_UP = "The time for the answer is up."
PARENT_LEFT = "The run that started this job has ended."

_OUTCOMES: dict[type[Event], Outcome] = {
    JobCompleted: "completed",
    JobFailed: "failed",
    JobCancelled: "cancelled",
    JobTimedOut: "timed_out",
}


def reactions(stream: UUID, event: Event, at: datetime, job: Job) -> Iterable[Command]:
    """A run that a person does has them asked; one that ends takes the review or the job it waited for with it; a job tells the run that started it of its start and end, and callbacks of its end."""
    # Asked of every event of every job: the exact type is found much faster than an instance of a pydantic model.
    reaction = _REACTIONS.get(type(event))
    if reaction is not None:
        return reaction(stream, event, at)
    return request(stream, event, job, at) if type(event) is TaskStarted else ()


def _of_ended_run(_: UUID, event: TaskCancelled | TaskFailed, at: datetime) -> Iterable[Command]:
    if event.review_id is not None:
        reason = TIME_UP
        if isinstance(event, TaskCancelled):
            reason = ITEM_FAILED if event.because == "item_failed" else JOB_ENDING
        yield WithdrawReview(at=at, review_id=event.review_id, reason=reason)
    if event.child_id is not None:
        yield EndChild(at=at, job_id=event.child_id, reason=PARENT_LEFT)


def _of_start(stream: UUID, event: JobStarted, at: datetime) -> Iterable[Command]:
    parent = event.parent
    if parent is not None:
        yield RecordTaskWaiting(
            at=at,
            job_id=parent.job_id,
            run=parent.run,
            waits_for="child",
            child_id=stream,
            child_paused=parent.paused,
        )


def _of_end(
    stream: UUID, event: JobCompleted | JobFailed | JobCancelled | JobTimedOut, at: datetime
) -> Iterable[Command]:
    parent, outcome = event.parent, _OUTCOMES[type(event)]
    if parent is not None:
        error = event.error if isinstance(event, JobFailed) else None
        yield RecordChildEnded(
            at=at, job_id=parent.job_id, run=parent.run, child_id=stream, outcome=outcome, error=error
        )
    for place, callback in enumerate(event.callbacks):
        if outcome in callback.on:
            yield RequestCallback(
                at=at,
                callback_id=callback_id(stream, place),
                job_id=stream,
                url=callback.url,
                credential=callback.credential,
                outcome=outcome,
            )


def _of_pause(_: UUID, event: JobPaused | JobChildrenPaused, at: datetime) -> Iterable[Command]:
    return (PauseJob(at=at, job_id=child, reason=event.reason, by_parent=True) for child in event.children)


def _of_resumption(_: UUID, event: JobResumed, at: datetime) -> Iterable[Command]:
    return (ResumeJob(at=at, job_id=child, reason=event.reason, by_parent=True) for child in event.children)


def _of_children_resumed(_: UUID, event: JobChildrenResumed, at: datetime) -> Iterable[Command]:
    return (ResumeJob(at=at, job_id=child, by_parent=True) for child in event.children)


_REACTIONS: dict[type[Event], Callable[[UUID, Any, datetime], Iterable[Command]]] = {
    JobStarted: _of_start,
    JobPaused: _of_pause,
    JobChildrenPaused: _of_pause,
    JobResumed: _of_resumption,
    JobChildrenResumed: _of_children_resumed,
    TaskCancelled: _of_ended_run,
    TaskFailed: _of_ended_run,
    **dict.fromkeys(_OUTCOMES, _of_end),
}
