"""The promise that holds after every unit: a job that has not ended has something that moves it on."""

from __future__ import annotations

from domain.jobs.state import Job, TaskStatus


class JobStuck(AssertionError):
    """A job that has not ended, and is not paused, has nothing running, waiting, held or due: a bug of the engine."""


def assert_alive(job: Job) -> None:
    """Raises `JobStuck` when nothing could ever move this job on."""
    if not job.version or job.ended is not None:
        return
    if job.paused is not None:
        return
    if job.fatal and job.ending is None:
        raise JobStuck("a task has failed the job, but it is not ending")
    if (job.doomed or job.ready) and job.ending is None:
        raise JobStuck("tasks are decided, but were neither skipped nor started")
    if not job.active:
        raise JobStuck("nothing is running, waiting or held")
    if job.ending is None:
        _assert_items_alive(job)
    for name, kept in job.messages.items():
        if kept and job.takers.get(name):
            raise JobStuck(f"a run waits for a message {name}, and one is kept")
    if job.ending is None and job.ready_heavy and job.heavy_running < job.index.heavy_at_once_max:
        raise JobStuck("a heavy task is ready and a slot is free")


def _assert_items_alive(job: Job) -> None:
    for task, items in job.items.items():
        moves = items.active or (items.queued and task in job.ready_heavy)
        if job.statuses[task] is TaskStatus.WAITING and not moves:
            raise JobStuck("a for-each has neither ended nor any item that can end")
        if job.statuses[task] is TaskStatus.WAITING and items.may_start and not items.queued:
            raise JobStuck("an item may start, but its task is not among what is ready")
