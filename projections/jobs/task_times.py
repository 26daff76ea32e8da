"""How long the tasks of a workflow took in its jobs that completed last: what estimates are made of.

The rows of runs hold it already, so no read model of its own is written beside them: the newest jobs of one workflow stand
together in an index, and so do the runs of a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from projections.tables import query
from projections.views import Views

JOBS_MAX = 1_000
RUNS_READ_MAX = 20_000
"""Of a workflow with many tasks fewer jobs are looked at, so that an estimate never reads more."""


@dataclass(slots=True)
class TaskTimesRow:
    """How long the runs of a task that succeeded took, in seconds: the median, and what nine of ten kept to."""

    task: str
    runs: int
    seconds: float
    seconds_high: float
    items: int | None  # of a for-each: the median


_LIST = query(
    "select t.task, count(*), percentile_cont(0.5) within group (order by s.seconds), "
    "percentile_cont(0.9) within group (order by s.seconds), percentile_disc(0.5) within group (order by t.items) "
    "from (select j.job_id from views.jobs j where j.workspace_id = %s and j.mode = 'job' and j.workflow_id = %s "
    "and j.status = 'COMPLETED' order by j.position desc limit %s) newest "
    "join views.job_tasks t on t.job_id = newest.job_id, "
    "lateral (select extract(epoch from t.ended_at - t.started_at)::float8 as seconds) s "
    "where t.status = 'SUCCEEDED' and t.reused_of is null and s.seconds is not null group by t.task"
)


async def list_task_times(views: Views, workspace_id: UUID, workflow_id: UUID, tasks: int) -> dict[str, TaskTimesRow]:
    """The times of each task of a workflow with so many tasks, by name; previews are not counted."""
    jobs = max(1, min(JOBS_MAX, RUNS_READ_MAX // max(tasks, 1)))
    rows = await views.fetch(TaskTimesRow, _LIST, (workspace_id, workflow_id, jobs))
    return {row.task: row for row in rows}
