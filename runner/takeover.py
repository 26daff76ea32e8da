"""What a runner looks at when it takes shards over: what the engine's read model knows, and what the log has beyond that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.jobs.shard import shard
from event_store.reader import Reader
from projections.engine import OpenRunRow, read_open_work
from projections.views import Views

POSITIONS_AT_ONCE_MAX = 100_000
"""How much of the log is searched by one read, so that none takes long."""

_STREAMS: Final = (
    "select distinct originator_id, workspace from stored_events"
    " where notification_id > %b and notification_id <= %b and topic like 'job.%%'"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to examine, each at its source, and what is due."""

    jobs: dict[UUID, UUID]  # job → workspace
    timers: list[OpenRunRow]


async def survey(
    reader: Reader, views: Views, shards: Collection[int], due_until: datetime, *, tail_only: bool
) -> Found:
    """The jobs of these shards in which something moves, and what of them is due until then.

    The rows and their position are one snapshot; every job the log speaks of after that position is added, for the log is the
    guarantee, however far the read models lag. With `tail_only` only these jobs are given.
    """
    work = await read_open_work(views, sorted(shards), due_until)
    jobs = {} if tail_only else {job.job_id: job.workspace_id for job in work.jobs}
    after, last = work.position, await reader.last_position()
    while after < last:
        until = min(after + POSITIONS_AT_ONCE_MAX, last)
        streams = await reader.rows(_STREAMS, (after, until))
        jobs.update((job_id, workspace) for job_id, workspace in streams if shard(job_id) in shards)
        after = until
    return Found(jobs, list(work.timers))
