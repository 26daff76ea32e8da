"""Which runs workers outside hold just now, and how many wait in each queue: a table of the runners, not a read model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from projections.views import Views

QUEUES_MAX = 500


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run that a worker has taken."""

    run: str
    worker: str
    taken_at: datetime
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class QueueRow:
    """How the runs of a queue stand."""

    queue: str
    waiting: int
    held: int
    oldest_at: datetime | None  # since when the one has been waiting that waits longest
    workers: int  # how many hold some


_OF_JOB: Final = (
    b"select run, worker, taken_at, leased_until from external_tasks"
    b" where job_id = %s and workspace_id = %s and status = 1"
)
_QUEUES: Final = (
    b"select queue, count(*) filter (where status in (0, 3)), count(*) filter (where status in (1, 2)),"
    b" min(offered_at) filter (where status in (0, 3)), count(distinct worker) filter (where status = 1)"
    b" from external_tasks where workspace_id = %s group by queue order by queue limit %s"
)


# What stands in one of the two and not in the other; what the read model has not heard of yet is looked at in vain.
_UNALIGNED: Final = (
    b"select r.job_id, r.workspace_id from views.open_runs r where r.status = 'WORKER' and r.shard = any(%(shards)s)"
    b" and not exists (select from external_tasks t where t.job_id = r.job_id and t.run = r.run)"
    b" union select t.job_id, t.workspace_id from external_tasks t where t.shard = any(%(shards)s)"
    b" and not exists (select from views.open_runs r where r.job_id = t.job_id and r.run = t.run and r.status = 'WORKER')"
)


@dataclass(frozen=True, slots=True)
class UnalignedJob:
    """A job of which something waits for a worker and is not offered, or is offered and does not wait."""

    job_id: UUID
    workspace_id: UUID


async def unaligned_jobs(views: Views, shards: Collection[int]) -> list[UnalignedJob]:
    """The jobs of these shards whose runs are not offered as the read model says that they wait."""
    return await views.fetch(UnalignedJob, _UNALIGNED, {"shards": list(shards)})


async def held_runs_of(views: Views, workspace_id: UUID, job_id: UUID) -> dict[str, HeldRun]:
    """The runs of a job that workers hold, by their text."""
    return {row.run: row for row in await views.fetch(HeldRun, _OF_JOB, (job_id, workspace_id))}


async def read_queues(views: Views, workspace_id: UUID) -> list[QueueRow]:
    """The queues of a workspace in which something waits or is held, by name."""
    return await views.fetch(QueueRow, _QUEUES, (workspace_id, QUEUES_MAX))
