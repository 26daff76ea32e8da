"""Messages to a job: kept in the order they came until a run takes them, refused where no run could ever take them."""

from __future__ import annotations

from domain.events import Event
from domain.jobs.commands import SendMessage
from domain.jobs.events import MessageReceived, TaskMessageTaken
from domain.jobs.refusals import MessagesTooMany, MessageTooLate, MessageUnknown, MessageWrong
from domain.jobs.scheduling import emit
from domain.jobs.standing import refuse_if_over
from domain.jobs.state import Job, TaskStatus

MESSAGES_KEPT_MAX = 10_000

MAY_TAKE = frozenset(
    {
        TaskStatus.PENDING,
        TaskStatus.RUNNING,
        TaskStatus.WAITING,
        TaskStatus.RETRYING,
        TaskStatus.HELD,
        TaskStatus.OUTCOME_UNKNOWN,
    }
)
"""A task that stands so may still take a message; of those that have ended none will."""


def receive(command: SendMessage, job: Job) -> list[Event]:
    """The message is the job's; the run that has waited longest for one of its name takes it at once."""
    takers = job.index.takers
    if command.name not in takers:
        raise MessageUnknown(name=command.name, known=", ".join(takers) or "none")
    refuse_if_over(job, next(iter(job.takers.get(command.name, ())), None))
    if sum(map(len, job.messages.values())) >= MESSAGES_KEPT_MAX:
        raise MessagesTooMany(limit=MESSAGES_KEPT_MAX)
    if len(job.messages.get(command.name, ())) >= sum(_may_take(job, task) for task in takers[command.name]):
        raise MessageTooLate(name=command.name)
    if command.findings:
        places = ", ".join(detail.path for detail in command.findings)
        raise MessageWrong(name=command.name, places=places, details=command.findings)
    written: list[Event] = []
    emit(job, written, MessageReceived(name=command.name, message_id=command.message_id, value=command.value))
    for lane in list(job.takers.get(command.name, ()))[:1]:
        take_message(job, lane, written)
    return written


def take_message(job: Job, lane: int, written: list[Event]) -> None:
    """A run that waits for a message takes the first that is kept for it; without one it waits on."""
    wait = job.waits[lane]
    kept = None if wait.message is None else job.messages.get(wait.message)
    if kept:
        message_id, received = next(iter(kept.items()))
        emit(job, written, TaskMessageTaken(run=job.last_run(lane), message_id=message_id, received=received))


def _may_take(job: Job, task: int) -> int:
    """How many messages a task can still take: one, or one for each item of a for-each, however many there will be."""
    if job.statuses[task] not in MAY_TAKE:
        return 0
    if job.index.tasks[task].for_each is None:
        return int(task not in job.resumed)
    items = job.items.get(task)
    if items is None:
        return MESSAGES_KEPT_MAX
    over = items.succeeded + items.failed + items.counts[TaskStatus.CANCELLED]
    return len(items) - over - sum(1 for lane in job.resumed if job.index.task_of(lane) == task)
