"""What follows from an outcome: tasks skipped, runs started, the job's end. With it, no unit leaves a job stuck.

After every unit, a job that has not ended has a run that is running, waiting, held or due to be tried again, or it is paused, or it
is ending and has runs left to cancel, or one that undoes what was done. Heavy tasks beyond those that may run at once stay pending and start as slots fall free: each such slot is held by
a run that is running, so they are never forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

from domain.events import Event
from domain.jobs.asking import review_asked
from domain.jobs.binding import bindings
from domain.jobs.compensating import first_without_value
from domain.jobs.events import (
    ItemsBegan,
    JobCancelled,
    JobCompleted,
    JobEndingBegan,
    JobFailed,
    JobTimedOut,
    TaskCancelled,
    TaskFailed,
    TaskSkipped,
    TaskStarted,
    TaskWaitBegan,
)
from domain.jobs.evolve import evolve
from domain.jobs.for_each import count_items, ended, item_again, next_item, refused_items
from domain.jobs.retrying import due_retries
from domain.jobs.rounds import fed, following
from domain.jobs.run import Binding, Failure, Run
from domain.jobs.state import BY_ROUTE, Job, TaskStatus

ENDING_CANCELLATIONS_MAX = 500

OUTPUT_MISSING = "OUTPUT_MISSING"
UNNAMED = Failure(code="JOB_FAILED", message="The job failed.")


def emit(job: Job, written: list[Event], event: Event) -> None:
    """Writes an event and applies it, so that what follows is decided on the state after it."""
    evolve(job, event)
    written.append(event)


def advance(job: Job, at: datetime, written: list[Event]) -> None:
    """Writes all that follows from what was written before: the end if it is failing, else skips, then starts, then the end if nothing is left.

    In a job that is paused nothing follows until it is resumed; of one that is ending what is left of that.
    """
    if job.ending is not None:
        continue_ending(job, at, written)
        return
    if job.paused is not None:
        return
    while not job.fatal:
        while job.doomed:
            skip(job, job.doomed[0], written)
        for lane in due_retries(job, at):
            _start_again(job, lane, at, written)
        while job.ready and not job.fatal:
            _start(job, job.ready[0], at, written)
        while job.ready_heavy and job.heavy_running < job.index.heavy_at_once_max and not job.fatal:
            _start(job, job.ready_heavy[0], at, written)
        if job.items_over and not job.fatal:
            emit(job, written, ended(job, job.items_over[0]))
        elif not job.doomed and not job.ready:  # Else a for-each could not run, and something followed from that.
            break
    if job.fatal:
        lane, error = next(iter(job.fatal.items()))
        begin_ending(job, at, written, "failed", error=error, failed_run=job.last_run(lane))
    elif not job.active:
        _complete(job, at, written)


def begin_ending(
    job: Job,
    at: datetime,
    written: list[Event],
    outcome: Literal["failed", "cancelled", "timed_out"],
    *,
    error: Failure | None = None,
    failed_run: Run | None = None,
    reason: Any = None,
) -> None:
    """Writes that the job is ending, and goes on to cancel what is left of it."""
    emit(job, written, JobEndingBegan(outcome=outcome, error=error, failed_run=failed_run, reason=reason))
    continue_ending(job, at, written)


def continue_ending(job: Job, at: datetime, written: list[Event]) -> None:
    """Cancels the next runs of a job that is ending; after the last of them undoes what is to be undone, and then ends it."""
    if not job.compensating:
        _cancel_next(job, written)
    if job.active and not job.compensating:
        return
    for lane in due_retries(job, at):
        _start_again(job, lane, at, written)
    while job.compensations and not job.active:
        _compensate(job, job.compensations[0], at, written)
    ending = job.ending
    if job.active or ending is None:
        return
    match ending.outcome:
        case "failed":
            error = ending.error or UNNAMED
            emit(job, written, JobFailed(error=error, failed_run=ending.failed_run, **_told(job)))
        case "cancelled":
            emit(job, written, JobCancelled(reason=ending.reason, **_told(job)))
        case "timed_out":
            emit(job, written, JobTimedOut(**_told(job)))


def _cancel_next(job: Job, written: list[Event]) -> None:
    for lane in list(islice(job.active, ENDING_CANCELLATIONS_MAX)):
        wait = job.waits.get(lane)
        review_id, child_id = (None, None) if wait is None else (wait.review_id, wait.child_id)
        emit(job, written, TaskCancelled(run=job.last_run(lane), review_id=review_id, child_id=child_id))


def _compensate(job: Job, task: int, at: datetime, written: list[Event]) -> None:
    missing = first_without_value(job, task)
    if missing is None:
        _start(job, task, at, written)
    else:
        emit(job, written, TaskSkipped(task=job.index.names[task], because="no_value", input=missing))


def skip(job: Job, task: int, written: list[Event]) -> None:
    """Writes that a task will not run, and why."""
    slot = job.doomed_by[task]
    name = job.index.names[task]
    if slot == BY_ROUTE:
        event = TaskSkipped(task=name, because="route_not_taken")
    else:
        event = TaskSkipped(task=name, because="no_value", input=job.index.slot_inputs[slot].name)
    emit(job, written, event)


def _start(job: Job, task: int, at: datetime, written: list[Event]) -> None:
    index = job.index
    if job.statuses[task] is TaskStatus.WAITING:
        run, bound = next_item(job, task)
    else:
        run, bound = _next_run(job, task), fed(job, task, bindings(job, index.task_slots[task]))
        if index.tasks[task].for_each is not None:
            begin_items(job, task, run, bound, written)
            return
    _begin(job, run, bound, at, written)


def _start_again(job: Job, lane: int, at: datetime, written: list[Event]) -> None:
    task, item = job.index.item_of(lane)
    if item < 0:
        _start(job, task, at, written)
        return
    _begin(job, *item_again(job, task, item), at, written)


def _begin(job: Job, run: Run, bound: dict[str, Binding], at: datetime, written: list[Event]) -> None:
    """Writes that a run starts and, where workers outside or a person do it, that it waits for them: no runner has a part in that."""
    declared = job.index.tasks[job.index.numbers[run.task]]
    limit = declared.time_limit_seconds
    due_at = None if limit is None else at + timedelta(seconds=limit)
    emit(job, written, TaskStarted(run=run, bindings=bound, due_at=due_at))
    if job.mode == "preview":
        return  # Something else may stand for the run, which a runner finds out.
    if declared.by_workers:
        emit(job, written, TaskWaitBegan(run=run, waits_for="worker", due_at=due_at))
    elif (review := review_asked(job, declared, run, written)) is not None:
        emit(job, written, TaskWaitBegan(run=run, waits_for="review", review_id=review, due_at=due_at))


def begin_items(job: Job, task: int, run: Run, bound: dict[str, Binding], written: list[Event]) -> None:
    """Writes that a for-each begins, or that it cannot run over what it is given."""
    items = count_items(job, task, bound)
    refused = refused_items(job, task, items)
    emit(job, written, ItemsBegan(run=run, items=0 if items is None or refused else items, bindings=bound))
    if refused is not None:
        emit(job, written, TaskFailed(run=run, error=refused, then=job.index.tasks[task].on_error))


def _next_run(job: Job, task: int) -> Run:
    if job.statuses[task] is not TaskStatus.RETRYING:
        return job.index.first_run(task)
    return following(job, task, job.last_run(task))


def _complete(job: Job, at: datetime, written: list[Event]) -> None:
    index = job.index
    outputs = bindings(job, index.output_slots)
    declared = (index.slot_inputs[slot].name for slot in index.output_slots)
    if missing := [name for name in declared if name not in outputs]:
        message = f"Expected a value for {_listed(missing)}, but none arrived."
        begin_ending(
            job,
            at,
            written,
            "failed",
            error=Failure(code=OUTPUT_MISSING, message=message, details={"outputs": missing}),
        )
    else:
        emit(job, written, JobCompleted(outputs=outputs, **_told(job)))


def _told(job: Job) -> dict[str, Any]:
    """Who is to be told of the end."""
    return {"parent": job.parent, "callbacks": job.callbacks}


def _listed(names: list[str]) -> str:
    noun = "output" if len(names) == 1 else "outputs"
    return f"{noun} {', '.join(names)}"
