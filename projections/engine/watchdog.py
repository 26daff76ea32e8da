"""Open jobs that stand still though nothing says what they wait for. There are none by construction: whatever this finds is a fault.

That a read model is behind is no fault of a job: the last event it has taken in may be in the middle of a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from event_store.locks import SHARD_LOCK
from projections.views import Views

STUCK_JOBS_MAX = 100
NO_RUNNER_SECONDS = 15.0
"""For so long after a runner was last heard of, its shards may be on their way to another."""
OVERDUE_SECONDS = 60.0
"""For so long what is due may be on its way."""


@dataclass(frozen=True, slots=True)
class StuckJob:
    """A job that stands still: `nothing_moves`, `no_runner` holds it though something is to be performed, or something is `overdue`."""

    job_id: UUID
    because: str
    run: str | None  # that is overdue; None: the job itself
    since: datetime | None


_STUCK: Final[LiteralString] = """
with behind as (
    select position, exists (select from stored_events e where e.notification_id > p.position) as more from views.progress p
), held as (
    select objid::bigint as shard from pg_locks
     where locktype = 'advisory' and objsubid = 2 and granted and classid::bigint = %(lock)s
       and database = (select oid from pg_database where datname = current_database())
)
select j.job_id, 'nothing_moves', null::text, null::timestamptz
  from views.open_jobs j join views.jobs l using (job_id) cross join behind b
 where j.workspace_id = %(workspace)s and not j.moving and j.kept = 0 and not j.paused
   and not (b.more and l.last_position = b.position)
union all
select j.job_id, 'no_runner', null, r.seen_at
  from views.open_jobs j left join shard_holders h on h.shard = j.shard left join live_runners r using (session)
 where j.workspace_id = %(workspace)s and j.moving and not exists (select from held where held.shard = j.shard)
   and coalesce(r.seen_at, '-infinity') < clock_timestamp() - make_interval(secs => %(no_runner)s)
union all
select r.job_id, 'overdue', r.run, r.due_at
  from views.open_runs r join views.open_jobs j using (job_id)
 where r.workspace_id = %(workspace)s and r.due_at < clock_timestamp() - make_interval(secs => %(overdue)s)
   and not (r.status = 'RETRYING' and (j.paused or j.running > 0))
union all
select j.job_id, 'overdue', null, j.due_at
  from views.open_jobs j
 where j.workspace_id = %(workspace)s and j.due_at < clock_timestamp() - make_interval(secs => %(overdue)s)
 limit %(most)s
"""


async def list_stuck_jobs(
    views: Views,
    workspace_id: UUID,
    *,
    no_runner_seconds: float = NO_RUNNER_SECONDS,
    overdue_seconds: float = OVERDUE_SECONDS,
) -> list[StuckJob]:
    """What stands still in a workspace, at most a hundred. A heavy task whose next attempt waits for a slot does not."""
    parameters = {
        "lock": SHARD_LOCK,
        "workspace": workspace_id,
        "no_runner": no_runner_seconds,
        "overdue": overdue_seconds,
        "most": STUCK_JOBS_MAX,
    }
    return await views.fetch(StuckJob, _STUCK.encode(), parameters)
