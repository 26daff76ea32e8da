"""Why a job is not moving: which task waits for what, since when, until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from domain.jobs.index import NONE, WORKFLOW
from domain.jobs.items import Items
from domain.jobs.run import Failure, Run
from domain.jobs.state import UNSETTLED, Job, TaskStatus

ITEMS_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Blocker:
    """One task that has not ended (None: the job as a whole), and what it waits for.

    `waits_for` is `runner` (it is performed), `review`, `time`, `message`, `child`, `worker`, `operator` (it is held), `slot`
    (it is heavy, and as many heavy tasks as may run at once do: `tasks`), `pause` (that the job is resumed), `tasks` (those whose
    outcome it needs), `ending` (that it is cancelled), `compensation` (that those undone before it are: `tasks`) or, of a
    for-each, `items`; of the items under way the first few follow, each on its own.
    """

    task: str | None
    run: Run | None
    waits_for: str
    since: int  # the version of the job's event with which the wait began
    until: datetime | None = None
    review_id: UUID | None = None
    child_id: UUID | None = None  # the job it started
    message: str | None = None  # the name of the message it waits for
    queue: str | None = None  # from which a worker takes it
    tasks: tuple[str, ...] = ()
    error: Failure | None = None
    items: ItemCounts | None = None
    reason: Any = None  # of a pause


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How many items of a for-each stand how; those that failed are left out."""

    pending: int
    running: int
    waiting: int
    held: int
    retrying: int
    succeeded: int
    failed: int
    cancelled: int


def blockers(job: Job) -> list[Blocker]:
    """Every task that has not ended and what it waits for, in the order of the graph; what holds the whole job stands before. None of a job that is over."""
    if job.ended is not None or not job.version:
        return []
    return list(_of_ending(job) if job.ending is not None else _of_moving(job))


def _of_moving(job: Job) -> Iterator[Blocker]:
    index = job.index
    if job.paused is not None:
        yield Blocker(None, None, "pause", job.paused.since, reason=job.paused.reason)
    queued = frozenset(job.ready_heavy)
    stopped = frozenset((*job.ready, *job.ready_heavy, *job.doomed, *job.fatal)) if job.paused else frozenset()
    running = (lane for lane in job.active if job.lane_status(lane) is TaskStatus.RUNNING)
    heavy = tuple(dict.fromkeys(index.declared(lane).name for lane in running if index.heavy[index.task_of(lane)]))
    for task, status in enumerate(job.statuses):
        name, run, since = index.names[task], job.runs[task], job.since[task] or 1
        if status is TaskStatus.WAITING and task in job.items:
            yield Blocker(name, run, "items", since, items=_counted(job.items[task]))
            for active in islice(job.items[task].active.values(), ITEMS_SHOWN_MAX):
                yield _of_lane(job, job.index.lane(active.run), active.since)
        elif task in job.active:
            yield _of_lane(job, task, since)
        elif task in stopped:
            yield Blocker(name, run, "pause", since)
        elif task in queued:
            yield Blocker(name, run, "slot", since, tasks=heavy)
        elif status is TaskStatus.PENDING and index.compensated[task] == NONE:
            yield Blocker(name, None, "tasks", since, tasks=_unsettled(job, task))


def _of_ending(job: Job) -> Iterator[Blocker]:
    """The runs that are still to be cancelled, then what undoes the job: the compensation under way, and those after it."""
    index, since = job.index, 1 if job.ending is None else job.ending.since
    for lane in job.active:
        if job.is_over(lane):
            yield Blocker(index.declared(lane).name, job.last_run(lane), "ending", since)
        else:
            yield _of_lane(job, lane, job.since[lane])
    before = tuple(index.declared(lane).name for lane in job.active)
    for task in job.compensations:
        yield Blocker(index.names[task], job.runs[task], "compensation", since, tasks=before)
        before = (index.names[task],)


def _of_lane(job: Job, lane: int, since: int) -> Blocker:
    """What the last run of a lane waits for, while it is active."""
    name, run, until = job.index.declared(lane).name, job.last_run(lane), job.due.get(lane)
    if lane in job.waits:
        wait = job.waits[lane]
        return Blocker(
            name,
            run,
            wait.waits_for,
            since,
            until,
            review_id=wait.review_id,
            child_id=wait.child_id,
            message=wait.message,
            queue=job.index.declared(lane).config.get("queue") if job.is_with_worker(lane) else None,
        )
    if job.is_to_be_retried(lane):
        return Blocker(name, run, "time", since, until, error=job.errors[lane])
    if job.is_held(lane):
        return Blocker(name, run, "operator", since, error=job.errors[lane])
    if job.lane_status(lane) is TaskStatus.RETRYING:  # An item whose next attempt an operator asked for.
        return Blocker(name, run, "pause" if job.paused else "slot", since)
    return Blocker(name, run, "runner", since, until)


def _counted(items: Items) -> ItemCounts:
    counts = items.counts
    return ItemCounts(
        pending=len(items) - sum(counts.values()),
        running=counts[TaskStatus.RUNNING],
        waiting=counts[TaskStatus.WAITING],
        held=sum(counts[status] for status in (TaskStatus.HELD, TaskStatus.OUTCOME_UNKNOWN)),
        retrying=counts[TaskStatus.RETRYING],
        succeeded=items.succeeded,
        failed=items.failed,
        cancelled=counts[TaskStatus.CANCELLED],
    )


def _unsettled(job: Job, task: int) -> tuple[str, ...]:
    index = job.index
    edges = [edge for slot in index.task_slots[task] for edge in index.slot_edges[slot]] + index.order_edges[task]
    sources = dict.fromkeys(index.edge_sources[edge] for edge in edges if job.edges[edge] == UNSETTLED)
    return tuple(index.names[source] for source in sources if source != WORKFLOW)
