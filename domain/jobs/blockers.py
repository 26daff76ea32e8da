"""Why a job is not moving: which task waits for what, since when, until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from domain.jobs.index import WORKFLOW
from domain.jobs.items import Items
from domain.jobs.run import Failure, Run
from domain.jobs.state import UNSETTLED, Job, TaskStatus

ITEMS_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Blocker:
    """One task that has not ended, and what it waits for.

    `waits_for` is `runner` (it is performed), `review`, `time`, `message`, `child`, `worker`, `operator` (it is held), `slot`
    (it is heavy, and as many heavy tasks as may run at once do: `tasks`), `tasks` (those whose outcome it needs) or, of a
    for-each, `items`; of the items under way the first few follow, each on its own.
    """

    task: str
    run: Run | None
    waits_for: str
    since: int  # the version of the job's event with which the wait began
    until: datetime | None = None
    review_id: UUID | None = None
    tasks: tuple[str, ...] = ()
    error: Failure | None = None
    items: ItemCounts | None = None


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How many items of a for-each stand how; those that failed are left out."""

    pending: int
    running: int
    waiting: int
    held: int
    succeeded: int
    failed: int


def blockers(job: Job) -> list[Blocker]:
    """Every task of a job that goes on and what it waits for, in the order of the graph; none of a job that is over."""
    if job.ended is not None or job.ending is not None or not job.version:
        return []
    return list(_blockers(job))


def _blockers(job: Job) -> Iterator[Blocker]:
    index = job.index
    queued = frozenset(job.ready_heavy)
    running = (lane for lane in job.active if job.lane_status(lane) is TaskStatus.RUNNING)
    heavy = tuple(dict.fromkeys(index.declared(lane).name for lane in running if index.heavy[index.task_of(lane)]))
    for task, status in enumerate(job.statuses):
        name, run, since = index.names[task], job.runs[task], job.since[task] or 1
        if status is TaskStatus.WAITING and task in job.items:
            yield Blocker(name, run, "items", since, items=_counted(job.items[task]))
            for item, active in islice(job.items[task].active.items(), ITEMS_SHOWN_MAX):
                lane = job.index.lane(active.run)
                yield from _under_way(job, lane, job.items[task].status(item), active.since)
        elif task in job.active:
            yield from _under_way(job, task, status, since)
        elif task in queued:
            yield Blocker(name, run, "slot", since, tasks=heavy)
        elif status is TaskStatus.PENDING:
            yield Blocker(name, None, "tasks", since, tasks=_unsettled(job, task))


def _under_way(job: Job, lane: int, status: TaskStatus, since: int) -> Iterator[Blocker]:
    name, run, until = job.index.declared(lane).name, job.last_run(lane), job.due.get(lane)
    if status is TaskStatus.RUNNING:
        yield Blocker(name, run, "runner", since, until)
    elif status is TaskStatus.WAITING:
        wait = job.waits[lane]
        yield Blocker(name, run, wait.waits_for, since, until, review_id=wait.review_id)
    elif job.is_held(lane):
        yield Blocker(name, run, "operator", since, error=job.errors[lane])


def _counted(items: Items) -> ItemCounts:
    counts = items.counts
    return ItemCounts(
        pending=len(items) - sum(counts.values()),
        running=counts[TaskStatus.RUNNING],
        waiting=counts[TaskStatus.WAITING],
        held=sum(counts[status] for status in (TaskStatus.HELD, TaskStatus.OUTCOME_UNKNOWN)),
        succeeded=items.succeeded,
        failed=items.failed,
    )


def _unsettled(job: Job, task: int) -> tuple[str, ...]:
    index = job.index
    edges = [edge for slot in index.task_slots[task] for edge in index.slot_edges[slot]] + index.order_edges[task]
    sources = dict.fromkeys(index.edge_sources[edge] for edge in edges if job.edges[edge] == UNSETTLED)
    return tuple(index.names[source] for source in sources if source != WORKFLOW)
