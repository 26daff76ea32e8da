"""Why a job is not moving: which task waits for what, since when, until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.jobs.index import WORKFLOW
from domain.jobs.run import Failure, Run
from domain.jobs.state import UNSETTLED, Job, TaskStatus


@dataclass(frozen=True, slots=True)
class Blocker:
    """One task that has not ended, and what it waits for.

    `waits_for` is `runner` (it is performed), `review`, `time`, `message`, `child`, `worker`, `operator` (it is held), `slot`
    (it is heavy, and as many heavy tasks as may run at once do: `tasks`) or `tasks` (those whose outcome it needs).
    """

    task: str
    run: Run | None
    waits_for: str
    since: int  # the version of the job's event with which the wait began
    until: datetime | None = None
    review_id: UUID | None = None
    tasks: tuple[str, ...] = ()
    error: Failure | None = None


def blockers(job: Job) -> list[Blocker]:
    """Every task of a job that goes on and what it waits for, in the order of the graph; none of a job that is over."""
    if job.ended is not None or job.ending is not None or not job.version:
        return []
    return list(_blockers(job))


def _blockers(job: Job) -> Iterator[Blocker]:
    index = job.index
    queued = frozenset(job.ready_heavy)
    heavy = tuple(index.names[task] for task in job.active if index.heavy[task] and _is(job, task, TaskStatus.RUNNING))
    for task, status in enumerate(job.statuses):
        name, run, since, until = index.names[task], job.runs[task], job.since[task] or 1, job.due.get(task)
        if status is TaskStatus.RUNNING:
            yield Blocker(name, run, "runner", since, until)
        elif status is TaskStatus.WAITING:
            wait = job.waits[task]
            yield Blocker(name, run, wait.waits_for, since, until, review_id=wait.review_id)
        elif job.is_held(task):
            yield Blocker(name, run, "operator", since, error=job.errors[task])
        elif task in queued:
            yield Blocker(name, run, "slot", since, tasks=heavy)
        elif status is TaskStatus.PENDING:
            yield Blocker(name, None, "tasks", since, tasks=_unsettled(job, task))


def _is(job: Job, task: int, status: TaskStatus) -> bool:
    return job.statuses[task] is status


def _unsettled(job: Job, task: int) -> tuple[str, ...]:
    index = job.index
    edges = [edge for slot in index.task_slots[task] for edge in index.slot_edges[slot]] + index.order_edges[task]
    sources = dict.fromkeys(index.edge_sources[edge] for edge in edges if job.edges[edge] == UNSETTLED)
    return tuple(index.names[source] for source in sources if source != WORKFLOW)
