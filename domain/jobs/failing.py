"""What follows from a failure, by its policy: of a task, and of one item of a for-each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.events import Event
from domain.graph import GraphTask, OnError
from domain.jobs.events import TaskCancelled, TaskFailed
from domain.jobs.run import Failure, Run
from domain.jobs.scheduling import advance, begin_ending, emit
from domain.jobs.state import Job

Then = OnError | Literal["fail_task", "leave_out"]


def policy_of(declared: GraphTask, run: Run) -> Then:
    """What follows when a run of a task fails."""
    if run.item is None or declared.for_each is None:
        return declared.on_error
    return declared.for_each.on_item_error


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that has failed, why, and what is to follow."""

    run: Run
    error: Failure
    then: Then


def follow(job: Job, failed: Failed, at: datetime, written: list[Event]) -> None:
    """Writes what follows from a failure that was just written."""
    if failed.then == "fail_job":
        begin_ending(job, written, "failed", error=failed.error, failed_run=failed.run)
    elif failed.then == "fail_task":
        _fail_task(job, failed, at, written)
    else:
        advance(job, at, written)


def _fail_task(job: Job, failed: Failed, at: datetime, written: list[Event]) -> None:
    # An item fails its for-each: the others under way are cancelled, and the policy of the task is followed.
    run, error = failed.run, failed.error
    task = job.index.numbers[run.task]
    for item in list(job.items[task].active):
        lane = job.index.lane(Run(task=run.task, item=item))
        wait = job.waits.get(lane)
        review_id = None if wait is None else wait.review_id
        emit(job, written, TaskCancelled(run=job.last_run(lane), review_id=review_id, because="item_failed"))
    then = job.index.tasks[task].on_error
    told = error.model_copy(update={"details": {"item": run.item, "details": error.details}})
    emit(job, written, TaskFailed(run=job.last_run(task), error=told, then=then))
    follow(job, Failed(run, told, then), at, written)
