"""A job that a run of another started: its end resumes that run or fails it, the end of that run ends the job.

Both are decided in one unit with what provokes them. A run that waits for no such job any more takes no note of its end, so that
an end is never refused.
"""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import EndChild, RecordChildEnded
from domain.jobs.events import JobEndingBegan, TaskChildEnded
from domain.jobs.failing import fail
from domain.jobs.refusals import RunNotFound
from domain.jobs.retrying import Lapse
from domain.jobs.run import Failure
from domain.jobs.scheduling import emit
from domain.jobs.standing import find_run, is_last
from domain.jobs.state import Job

CHILD_ENDS = {
    "failed": ("CHILD_FAILED", "it failed"),
    "cancelled": ("CHILD_CANCELLED", "it was cancelled"),
    "timed_out": ("CHILD_TIMED_OUT", "its time limit passed"),
}


def record_child_ended(command: RecordChildEnded, job: Job) -> list[Event]:
    """The run goes on with what the child gave; of a child that ended badly it fails, and its policy is followed."""
    try:
        lane = find_run(job, command.run)
    except RunNotFound:
        return []
    wait = job.waits.get(lane)
    if job.is_over(lane) or not is_last(job, lane, command.run) or wait is None or wait.child_id != command.child_id:
        return []
    written: list[Event] = []
    emit(
        job,
        written,
        TaskChildEnded(run=job.last_run(lane), child_id=command.child_id, outcome=command.outcome, error=command.error),
    )
    if command.outcome != "completed":
        fail(job, lane, Lapse(_failure(command)), command, written)
    return written


def end_child(command: EndChild, job: Job) -> list[Event]:
    """The job is ending; its owner cancels what is left of it, so that a unit over many children stays small."""
    if job.ended is not None or job.ending is not None:
        return []
    written: list[Event] = []
    emit(job, written, JobEndingBegan(outcome="cancelled", reason=command.reason))
    return written


def _failure(command: RecordChildEnded) -> Failure:
    code, what = CHILD_ENDS[command.outcome]
    details = {"job": str(command.child_id)}
    if command.error is not None:
        details |= {"code": command.error.code, "message": command.error.message}
    because = "" if command.error is None else f" with {command.error.code}"
    message = f"Expected the job that the task started to complete, but {what}{because}."
    return Failure(code=code, message=message, details=details)
