"""Workers outside that perform runs: what follows when one is lost."""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import RecordWorkerLost
from domain.jobs.events import TaskWorkerLost
from domain.jobs.failing import fail, lose_outcome
from domain.jobs.retrying import Lapse
from domain.jobs.run import Failure
from domain.jobs.scheduling import emit
from domain.jobs.standing import find_performed
from domain.jobs.state import Job

WORKER_LOSSES_MAX = 3

WORKER_LOST = "WORKER_LOST"


def record_worker_lost(command: RecordWorkerLost, job: Job) -> list[Event]:
    """Another worker may take the run; after too many losses it fails, and one whose effect had begun is never given out again."""
    lane = find_performed(job, command.run)
    if lane is None or not job.is_with_worker(lane):
        return []
    written: list[Event] = []
    losses = job.losses.get(lane, 0) + 1
    emit(job, written, TaskWorkerLost(run=job.last_run(lane), worker=command.worker, losses=losses))
    if lane in job.effects:
        lose_outcome(job, lane, command.at, written)
    elif losses >= WORKER_LOSSES_MAX:
        message = (
            f"Expected a worker to finish the task, but {losses} that had taken it were lost before they reported."
        )
        fail(job, lane, Lapse(Failure(code=WORKER_LOST, message=message)), command, written)
    return written
