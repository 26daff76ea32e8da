"""The promise that holds after every unit: a job that has not ended has something that moves it on."""

from __future__ import annotations

from domain.jobs.state import Job


class JobStuck(AssertionError):
    """A job that has not ended has nothing running, waiting, held or due: a bug of the engine."""


def assert_alive(job: Job) -> None:
    """Raises `JobStuck` when nothing could ever move this job on."""
    if not job.version or job.ended is not None:
        return
    if job.doomed or (job.ready and job.ending is None):
        raise JobStuck("tasks are decided, but were neither skipped nor started")
    if not job.active:
        raise JobStuck("nothing is running, waiting or held")
    if job.ending is None and job.ready_heavy and job.heavy_running < job.index.heavy_at_once_max:
        raise JobStuck("a heavy task is ready and a slot is free")
