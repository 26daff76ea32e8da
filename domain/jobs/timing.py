"""What timers ask of a job: the log decides whether it is due."""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import ExpireJob, StartRetry
from domain.jobs.refusals import JobNotDue, TaskNotDue
from domain.jobs.scheduling import advance, begin_ending
from domain.jobs.standing import find_run, is_last
from domain.jobs.state import Job


def start_retry(command: StartRetry, job: Job) -> list[Event]:
    """The next attempt of a failed run starts; one that finds no place, or a paused job, starts as soon as it can."""
    lane = find_run(job, command.run)
    if (
        job.is_over(lane)
        or job.paused is not None
        or not job.is_to_be_retried(lane)
        or not is_last(job, lane, command.run)
    ):
        return []
    if command.at < job.due[lane]:
        raise TaskNotDue(run=command.run.text, until=f"at {job.due[lane].isoformat()}")
    written: list[Event] = []
    advance(job, command.at, written)
    return written


def expire_job(command: ExpireJob, job: Job) -> list[Event]:
    """The job times out because its time is up; one that has ended, or is ending, goes on as it does."""
    if job.ended is not None or job.ending is not None:
        return []
    if job.deadline is None or command.at < job.deadline:
        raise JobNotDue(
            until="never: it has no time limit" if job.deadline is None else f"at {job.deadline.isoformat()}"
        )
    written: list[Event] = []
    begin_ending(job, command.at, written, "timed_out")
    return written
