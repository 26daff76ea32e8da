"""A run is repeated: a round has ended, and what repeats it has not come true yet."""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import RecordRoundEnded
from domain.jobs.events import TaskRoundEnded
from domain.jobs.scheduling import advance, emit
from domain.jobs.standing import find_running
from domain.jobs.state import Job


def record_round_ended(command: RecordRoundEnded, job: Job) -> list[Event]:
    """The next round starts, at once or, of a heavy task, as soon as there is a place; a late report changes nothing."""
    lane = find_running(job, command.run)
    if lane is None:
        return []
    written: list[Event] = []
    emit(job, written, TaskRoundEnded(run=job.last_run(lane), outputs=command.outputs))
    advance(job, command.at, written)
    return written
