"""What screens ask of jobs and of their runs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from projections.jobs.rows import ForEachRow, JobMessageRow, JobRow, JobTaskRow
from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views

BIGGEST = 2**63 - 1

_FIND_JOBS = query("select {j} from views.jobs j where j.job_id = any(%s) and j.workspace_id = %s", j=JobRow)
_LIST_TASKS = query(
    "select {t} from views.job_tasks t where t.job_id = %s and t.position > %s "
    "and (%s::text[] is null or t.status = any(%s)) order by t.position limit %s",
    t=JobTaskRow,
)
_TASKS_OF_JOBS = query(
    "select {t} from unnest(%s::uuid[]) i (job_id), lateral "
    "(select * from views.job_tasks r where r.job_id = i.job_id order by r.position limit %s) t order by t.position",
    t=JobTaskRow,
)
_LIST_ITEMS = query(
    "select {t} from views.job_items t where t.job_id = %s and t.task = %s and t.position > %s "
    "and (%s::text[] is null or t.status = any(%s)) order by t.position limit %s",
    t=JobTaskRow,
)
_FOR_EACH = query(
    "select {f} from unnest(%s::uuid[], %s::text[]) i (job_id, task) "
    "join views.job_for_each f on f.job_id = i.job_id and f.task = i.task",
    f=ForEachRow,
)
_FIND_ITEM = query("select {t} from views.job_items t where t.job_id = %s and t.run = %s", t=JobTaskRow)
_LIST_MESSAGES = query(
    "select {m} from views.job_messages m where m.job_id = %s and m.position > %s and m.version <= %s "
    "order by m.position limit %s",
    m=JobMessageRow,
)
_FIND_TASK = query("select {t} from views.job_tasks t where t.job_id = %s and t.run = %s", t=JobTaskRow)

_COUNT_OPEN_PREVIEWS = query(
    "select count(*) from views.jobs where workspace_id = %s and mode = 'preview' "
    "and status in ('PENDING', 'IN_PROGRESS', 'WAITING') and parent_job_id is null"
)


async def find_job(views: Views, workspace_id: UUID, job_id: UUID) -> JobRow | None:
    """The job, or None when this workspace has no such job."""
    return (await find_jobs(views, workspace_id, [job_id])).get(job_id)


async def find_jobs(views: Views, workspace_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, JobRow]:
    """Those of the jobs that this workspace has, by id."""
    rows = await views.fetch(JobRow, _FIND_JOBS, (list(job_ids), workspace_id))
    return {row.job_id: row for row in rows}


async def list_job_tasks(
    views: Views, job_id: UUID, *, first: int = 100, after: int = 0, statuses: Sequence[str] | None = None
) -> Page[JobTaskRow]:
    """Runs and skipped tasks of a job, without those of items, in the order they began; `after` is the `position` of the last row before."""
    chosen = None if statuses is None else list(statuses)
    rows = await views.fetch(JobTaskRow, _LIST_TASKS, (job_id, after, chosen, chosen, rows_to_read(first)))
    return page_of(rows, first)


async def list_job_items(
    views: Views, job_id: UUID, task: str, *, first: int = 100, after: int = 0, statuses: Sequence[str] | None = None
) -> Page[JobTaskRow]:
    """Runs of the items of a for-each in the order they began; `after` is the `position` of the last row before."""
    chosen = None if statuses is None else list(statuses)
    rows = await views.fetch(JobTaskRow, _LIST_ITEMS, (job_id, task, after, chosen, chosen, rows_to_read(first)))
    return page_of(rows, first)


async def count_open_previews(views: Views, workspace_id: UUID) -> int:
    """How many previews of a workspace have not ended, without those that others started."""
    [(count,)] = await views.read(_COUNT_OPEN_PREVIEWS, (workspace_id,))
    return int(count)


async def find_for_each(views: Views, tasks: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], ForEachRow]:
    """How the items of for-each tasks stand, by job and task."""
    parameters = ([job_id for job_id, _ in tasks], [task for _, task in tasks])
    return {(row.job_id, row.task): row for row in await views.fetch(ForEachRow, _FOR_EACH, parameters)}


async def tasks_of_jobs(views: Views, job_ids: Sequence[UUID], *, each: int = 100) -> dict[UUID, Page[JobTaskRow]]:
    """The first runs of each of several jobs, in the order they began; every id has a page."""
    found: dict[UUID, list[JobTaskRow]] = {job_id: [] for job_id in job_ids}
    for row in await views.fetch(JobTaskRow, _TASKS_OF_JOBS, (list(found), rows_to_read(each))):
        found[row.job_id].append(row)
    return {job_id: page_of(rows, each) for job_id, rows in found.items()}


async def find_job_task(views: Views, job_id: UUID, run: str) -> JobTaskRow | None:
    """One run of a job by its text, or None."""
    rows = await views.fetch(JobTaskRow, _FIND_ITEM if "[" in run else _FIND_TASK, (job_id, run))
    return rows[0] if rows else None


async def list_job_messages(
    views: Views, job_id: UUID, *, first: int = 100, after: int = 0, until_version: int | None = None
) -> Page[JobMessageRow]:
    """The messages a job was sent, in the order they came; `after` is the `position` of the last row before."""
    until = BIGGEST if until_version is None else until_version
    rows = await views.fetch(JobMessageRow, _LIST_MESSAGES, (job_id, after, until, rows_to_read(first)))
    return page_of(rows, first)
