"""Which run a command speaks of and how it stands: what the deciders ask before they decide."""

from __future__ import annotations

from typing import Any

from domain.jobs.refusals import JobHasEnded, JobIsEnding, ReasonMissing, RunNotFound
from domain.jobs.run import Run
from domain.jobs.state import Job, TaskStatus


def find_run(job: Job, run: Run) -> int:
    """The lane of a run that has started in this job, now or earlier; any other run is refused."""
    task = job.index.numbers.get(run.task)
    last = None if task is None else _last(job, task, run.item)
    if task is None or last is None or (run.round, run.attempt) > (last.round, last.attempt):
        raise RunNotFound(run=run.text)
    return task if run.item is None else job.index.lane(run)


def is_last(job: Job, lane: int, run: Run) -> bool:
    """Whether a run is the last of its lane."""
    last = job.runs[lane] if lane < len(job.runs) else job.last_run(lane)
    return last is run or (last is not None and (last.attempt, last.round) == (run.attempt, run.round))


def find_running(job: Job, run: Run) -> int | None:
    """The lane of a run that is running; None when the run has ended, waits, or its job is ending."""
    lane = find_run(job, run)
    if job.is_over(lane) or job.lane_status(lane) is not TaskStatus.RUNNING or not is_last(job, lane, run):
        return None
    return lane


def find_performed(job: Job, run: Run) -> int | None:
    """The lane of a run that is running here, or outside with a worker; None for any other."""
    lane = find_run(job, run)
    if job.is_over(lane) or not is_last(job, lane, run):
        return None
    return lane if job.lane_status(lane) is TaskStatus.RUNNING or job.is_with_worker(lane) else None


def refuse_if_over(job: Job, lane: int | None = None) -> None:
    """From *is ending* on nothing is decided any more, but of the compensations."""
    if lane is not None and not job.is_over(lane):
        return
    if job.ended is not None:
        raise JobHasEnded(status=job.ended)
    if job.ending is not None:
        raise JobIsEnding(outcome=job.ending.outcome)


def refuse_without_reason(reason: Any) -> None:
    """A reason is a value that says something."""
    if reason is None or (isinstance(reason, str) and not reason.strip()):
        raise ReasonMissing


def _last(job: Job, task: int, item: int | None) -> Run | None:
    if item is None:
        return job.runs[task]
    items = job.items.get(task)
    return items.last_run(job.index.names[task], item) if items is not None and items.has_begun(item) else None
