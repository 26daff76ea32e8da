"""How far runs are, as their actions and the workers outside say: tables of the runners, not a read model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from projections.engine.slots import HEARD_SECONDS_MAX
from projections.views import Views


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is: `{done, total, note}`."""

    job_id: UUID
    run: str
    progress: Any


_OF_JOBS: Final = (
    b"select p.job_id, p.run, p.progress from run_progress p join live_runners l using (session)"
    b" where p.job_id = any(%(jobs)s) and p.workspace_id = %(workspace)s"
    b" and l.seen_at > clock_timestamp() - make_interval(secs => %(heard)s)"
    b" union all select t.job_id, t.run, t.progress from external_tasks t"
    b" where t.job_id = any(%(jobs)s) and t.workspace_id = %(workspace)s and t.status = 1 and t.progress is not null"
)


async def progress_of_jobs(
    views: Views, workspace_id: UUID, job_ids: Collection[UUID]
) -> dict[UUID, dict[str, RunProgress]]:
    """Of each of these jobs how far its runs are that have told it, by their text."""
    found: dict[UUID, dict[str, RunProgress]] = {job_id: {} for job_id in job_ids}
    asked = {"jobs": list(job_ids), "workspace": workspace_id, "heard": HEARD_SECONDS_MAX}
    for row in await views.fetch(RunProgress, _OF_JOBS, asked):
        found[row.job_id][row.run] = row
    return found
