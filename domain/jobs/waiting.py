"""A run waits for the outside, and a wait for a time ends with it."""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import EndWait, RecordTaskWaiting
from domain.jobs.events import TaskSucceeded, TaskWaitBegan
from domain.jobs.messages import take_message
from domain.jobs.refusals import ParentPauseDiffers, RunNotRunning, TaskNotDue
from domain.jobs.run import Facts
from domain.jobs.scheduling import advance, emit
from domain.jobs.standing import find_run, is_last, refuse_if_over
from domain.jobs.state import Job, TaskStatus, Wait


def record_waiting(command: RecordTaskWaiting, job: Job) -> list[Event]:
    """The run waits from now on; refused when it is not running, so that nobody is asked for what nobody awaits."""
    lane = find_run(job, command.run)
    refuse_if_over(job, lane)
    wait = job.waits.get(lane)
    if is_last(job, lane, command.run):
        if wait is not None and _is_same(wait, command):
            return []
        if job.lane_status(lane) is TaskStatus.RUNNING:
            if command.resumed != job.resumed.get(lane):
                return []  # Said before its wait ended: the run goes on since.
            _refuse_if_child_differs(command, job)
            written: list[Event] = []
            _begin_wait(command, job, lane, written)
            return written
    raise RunNotRunning(run=command.run.text, status=job.lane_status(lane))


def end_wait(command: EndWait, job: Job) -> list[Event]:
    """The run has waited for its time and has done its work; one that does not wait any more is left as it is."""
    lane = find_run(job, command.run)
    if job.is_over(lane) or job.lane_status(lane) is not TaskStatus.WAITING or not is_last(job, lane, command.run):
        return []
    due_at = job.due.get(lane)
    if due_at is None or not job.succeeds_when_due(command.run):
        raise TaskNotDue(run=command.run.text, until="with what it waits for, which is no time")
    if command.at < due_at:
        raise TaskNotDue(run=command.run.text, until=f"at {due_at.isoformat()}")
    written: list[Event] = []
    emit(job, written, TaskSucceeded(run=job.last_run(lane), outputs={}, passed={}, facts=Facts()))
    advance(job, command.at, written)
    return written


def _is_same(wait: Wait, command: RecordTaskWaiting) -> bool:
    asked = (command.waits_for, command.review_id, command.child_id)
    return (wait.waits_for, wait.review_id, wait.child_id) == asked


def _refuse_if_child_differs(command: RecordTaskWaiting, job: Job) -> None:
    """So that of a paused job none below it goes on, whichever of pause and start came first."""
    if command.child_id is not None and command.child_paused is not (job.paused is not None):
        reason = None if job.paused is None else job.paused.reason
        raise ParentPauseDiffers(stands="is not paused" if reason is None else "is paused", reason=reason)


def _begin_wait(command: RecordTaskWaiting, job: Job, lane: int, written: list[Event]) -> None:
    limit = job.due.get(lane)
    in_time = limit is None or (command.due_at is not None and command.due_at <= limit)
    event = TaskWaitBegan(
        run=job.last_run(lane),
        waits_for=command.waits_for,
        review_id=command.review_id,
        child_id=command.child_id,
        due_at=command.due_at if in_time else limit,
        message=command.message,
        at_due=command.at_due if in_time else None,  # The time limit of the task comes first.
    )
    emit(job, written, event)
    take_message(job, lane, written)
    advance(job, command.at, written)  # A heavy task that waits leaves its slot to another.
