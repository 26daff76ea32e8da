"""What screens ask of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import LiteralString
from uuid import UUID

from projections.jobs.rows import ForEachRow, JobRow, JobTaskRow
from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views

JOB_STATUSES = ("PENDING", "IN_PROGRESS", "WAITING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs a list shows; what is None does not restrict."""

    statuses: Sequence[str] | None = None
    workflow_id: UUID | None = None
    workflow_version: int | None = None
    mode: str = "job"
    started_by: str | None = None
    after_position: int | None = None  # started after this position of the log (see Reader.position_at)
    up_to_position: int | None = None


ALL_JOBS = JobFilter()

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
_FIND_TASK = query("select {t} from views.job_tasks t where t.job_id = %s and t.run = %s", t=JobTaskRow)

_LIST: LiteralString = "select {j} from views.jobs j where {where} order by j.position desc limit %(limit)s"
_LIST_BY_STATUS: LiteralString = (
    "select {j} from unnest(%(statuses)s::text[]) s (status), lateral "
    "(select * from views.jobs j where {where} order by j.position desc limit %(limit)s) j "
    "order by j.position desc limit %(limit)s"
)
# The planner takes each status for as frequent as any other, and would walk past a million completed jobs along a shorter index
# to find none that wait. Compared as rows, and so ordered, these conditions are only served by the index that holds them all.
_LIST_ALONG: LiteralString = (
    "select {j} from unnest(%(statuses)s::text[]) s (status), lateral "
    "(select * from views.jobs j where {where} order by j.status desc, j.position desc limit %(limit)s) j "
    "order by j.position desc limit %(limit)s"
)
_ALONG_STATUS: tuple[LiteralString, ...] = (
    "(j.status, j.position) < (s.status, %(before)s)",
    "j.status >= s.status",
)
_LIST_OF_WORKFLOW: LiteralString = (
    "select {j} from unnest(%(statuses)s::text[]) s (status), lateral "
    "(select * from views.jobs j where {where} order by j.workflow_id desc, j.status desc, j.position desc limit %(limit)s) j "
    "order by j.position desc limit %(limit)s"
)
_ALONG_WORKFLOW: tuple[LiteralString, ...] = (
    "(j.workflow_id, j.status, j.position) < (%(workflow_id)s, s.status, %(before)s)",
    "(j.workflow_id, j.status) >= (%(workflow_id)s, s.status)",
)
_LAST = 2**63 - 1
_CONDITIONS: dict[str, LiteralString] = {
    "workflow_id": "j.workflow_id = %(workflow_id)s",
    "workflow_version": "j.workflow_version = %(workflow_version)s",
    "started_by": "j.started_by = %(started_by)s",
    "after_position": "j.position > %(after_position)s",
    "up_to_position": "j.position <= %(up_to_position)s",
    "after": "j.position < %(after)s",
}


async def find_job(views: Views, workspace_id: UUID, job_id: UUID) -> JobRow | None:
    """The job, or None when this workspace has no such job."""
    return (await find_jobs(views, workspace_id, [job_id])).get(job_id)


async def find_jobs(views: Views, workspace_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, JobRow]:
    """Those of the jobs that this workspace has, by id."""
    rows = await views.fetch(JobRow, _FIND_JOBS, (list(job_ids), workspace_id))
    return {row.job_id: row for row in rows}


async def list_jobs(
    views: Views, workspace_id: UUID, jobs: JobFilter = ALL_JOBS, *, first: int = 50, after: int | None = None
) -> Page[JobRow]:
    """Jobs of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = asdict(jobs) | {"workspace_id": workspace_id, "after": after, "limit": rows_to_read(first)}
    # One walk along an index for each status: together they read at most a page of each, whatever the table holds.
    by_status = jobs.statuses is not None or jobs.workflow_id is not None
    parameters["statuses"] = list(JOB_STATUSES if jobs.statuses is None else jobs.statuses)
    parameters["before"] = _LAST if after is None else after
    asked = tuple(name for name in _CONDITIONS if parameters[name] is not None)
    rows = await views.fetch(JobRow, _list_query(asked, by_status=by_status), parameters)
    return page_of(rows, first)


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


@cache
def _list_query(asked: tuple[str, ...], *, by_status: bool) -> bytes:
    where: list[LiteralString] = ["j.workspace_id = %(workspace_id)s", "j.mode = %(mode)s"]
    where += [_CONDITIONS[name] for name in asked]
    if by_status and "started_by" in asked:
        return query(_LIST_BY_STATUS, where=[*where, "j.status = s.status"], j=JobRow)
    if by_status and "workflow_id" in asked:
        where.remove(_CONDITIONS["workflow_id"])
        return query(_LIST_OF_WORKFLOW, where=[*where, *_ALONG_WORKFLOW], j=JobRow)
    if by_status:
        return query(_LIST_ALONG, where=[*where, *_ALONG_STATUS], j=JobRow)
    return query(_LIST, where=where, j=JobRow)
