"""A run ended badly: it is tried again, or its policy is followed, that of its task or of an item of a for-each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.events import Event
from domain.graph import OnError
from domain.jobs.commands import RunCommand
from domain.jobs.events import TaskCancelled, TaskFailed, TaskOutcomeUnknown
from domain.jobs.retrying import Lapse, retry_time
from domain.jobs.run import Failure, Run
from domain.jobs.scheduling import advance, begin_ending, emit
from domain.jobs.state import Job

OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"

Then = OnError | Literal["fail_task", "leave_out", "retry"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that has failed, why, and what is to follow."""

    run: Run
    error: Failure
    then: Then


def fail(job: Job, lane: int, lapse: Lapse, command: RunCommand, written: list[Event]) -> None:
    """Writes that the run failed and what follows: another attempt later, or what its policy says."""
    run, wait, error = job.last_run(lane), job.waits.get(lane), lapse.error
    review_id, child_id = (None, None) if wait is None else (wait.review_id, wait.child_id)
    retry_at = retry_time(job, command.job_id, lane, lapse, command.at)
    then = policy_of(job, lane, run) if retry_at is None else "retry"
    event = TaskFailed(
        run=run,
        error=error,
        then=then,
        review_id=review_id,
        child_id=child_id,
        retry_at=retry_at,
        evidence=lapse.evidence,
        usage=lapse.usage,
    )
    emit(job, written, event)
    follow(job, Failed(run, error, then), command.at, written)


def policy_of(job: Job, lane: int, run: Run) -> Then:
    """What follows from a failure for good; of a compensation that the next goes on, unless an operator is to look."""
    declared = job.index.declared(lane)
    if run.item is not None and declared.for_each is not None:
        return declared.for_each.on_item_error
    return "continue" if job.ending is not None and declared.on_error != "hold" else declared.on_error


def follow(job: Job, failed: Failed, at: datetime, written: list[Event]) -> None:
    """Writes what follows from a failure that was just written; in a paused job its end waits until that is resumed."""
    if failed.then == "fail_task":
        _fail_task(job, failed, at, written)
    elif failed.then == "fail_job" and job.ending is None and job.paused is None:
        begin_ending(job, at, written, "failed", error=failed.error, failed_run=failed.run)
    else:
        advance(job, at, written)


def _fail_task(job: Job, failed: Failed, at: datetime, written: list[Event]) -> None:
    # An item fails its for-each: the others under way are cancelled, and the policy of the task is followed.
    run, error = failed.run, failed.error
    task = job.index.numbers[run.task]
    for item in list(job.items[task].active):
        lane = job.index.lane(Run(task=run.task, item=item))
        wait = job.waits.get(lane)
        review_id, child_id = (None, None) if wait is None else (wait.review_id, wait.child_id)
        emit(
            job,
            written,
            TaskCancelled(run=job.last_run(lane), review_id=review_id, child_id=child_id, because="item_failed"),
        )
    then = job.index.tasks[task].on_error
    told = error.model_copy(update={"details": {"item": run.item, "details": error.details}})
    emit(job, written, TaskFailed(run=job.last_run(task), error=told, then=then))
    follow(job, Failed(run, told, then), at, written)


def lose_outcome(job: Job, lane: int, at: datetime, written: list[Event]) -> None:
    """Writes that the outcome of the run is not known: a person decides, or the error route; it is never tried again by itself."""
    # Neither failing the job nor going on is right for what may have happened.
    # An item is always held: leaving it out, or cancelling the others, would hide it.
    run = job.last_run(lane)
    takes_route = run.item is None and job.ending is None and job.index.declared(lane).on_error == "error_route"
    message = (
        "Expected an outcome of the task, but its effect had begun when it was lost: whether it happened is unknown."
    )
    event = TaskOutcomeUnknown(
        run=run,
        error=Failure(code=OUTCOME_UNKNOWN, message=message),
        then="error_route" if takes_route else "hold",
    )
    emit(job, written, event)
    advance(job, at, written)
