"""Lists of jobs, the newest first: by how they stand, and by the labels they are found by.

Each list is a walk, or one walk for each of a few values, along an index that has the position in it: together they read at most a
page of each. Of several conditions the one that is likely to hold for the fewest jobs is walked along, and the others are asked of
the jobs on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import LiteralString
from uuid import UUID

from domain.jobs.labels import OF_PARENT
from projections.jobs.labels import AFTER_ALL, FORK, KEY, PARENT, PRIORITY, SOURCE, TAG, WORD
from projections.jobs.rows import JobRow
from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views

JOB_STATUSES = ("PENDING", "IN_PROGRESS", "WAITING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")
LABELS_WALKED_MAX = 200
"""Of words that begin so, or of sources. Where there are more, they are frequent, and found soon among all jobs."""


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
    words: Sequence[str] | None = None  # each the beginning of a word of the title
    tags_all: Sequence[str] | None = None
    tags_any: Sequence[str] | None = None
    source: str | None = None
    priority: str | None = None
    business_key: str | None = None
    fork_of: UUID | None = None
    parent_job_id: UUID | None = None
    roots_only: bool = False  # those that no other job started


ALL_JOBS = JobFilter()

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
# Each label is walked along from the newest job on, and each job on the way is looked up by its id: `limit 1` keeps the planner, whose
# statistics know nothing of labels, from joining all jobs instead.
_LIST_BY_LABEL: LiteralString = (
    "select {j} from (select distinct on (f.position) f.* from unnest(%(labels)s::text[]) s (label), lateral "
    "(select j.* from views.job_labels l, lateral (select * from views.jobs j where j.job_id = l.job_id limit 1) j "
    "where {where} order by l.label desc, l.position desc limit %(limit)s) f "
    "order by f.position desc limit %(limit)s) j order by j.position desc"
)
_ALONG_LABEL: tuple[LiteralString, ...] = (
    "l.workspace_id = %(workspace_id)s",
    "l.mode = %(mode)s",
    "(l.label, l.position) < (s.label, %(before)s)",
    "l.label >= s.label",
)
_LABELS = query(
    "with recursive found (label) as ("
    "(select label from views.job_labels where workspace_id = %(workspace_id)s and mode = %(mode)s "
    "and label >= %(begins)s and label < %(ends)s order by label limit 1) "
    "union all select (select l.label from views.job_labels l where l.workspace_id = %(workspace_id)s "
    "and l.mode = %(mode)s and l.label > f.label and l.label < %(ends)s order by l.label limit 1) "
    "from found f where f.label is not null) "
    "select label from found where label is not null limit %(limit)s"
)
_CONDITIONS: dict[str, LiteralString] = {
    "workflow_id": "j.workflow_id = %(workflow_id)s",
    "workflow_version": "j.workflow_version = %(workflow_version)s",
    "started_by": "j.started_by = %(started_by)s",
    "after_position": "j.position > %(after_position)s",
    "up_to_position": "j.position <= %(up_to_position)s",
    "words": "not exists (select from unnest(%(words)s::text[]) b (begins) where not exists "
    "(select from unnest(j.words) w (word) where starts_with(w.word, b.begins)))",
    "tags_all": "j.tags @> %(tags_all)s::text[]",
    "tags_any": "j.tags && %(tags_any)s::text[]",
    "source": "j.source = %(source)s",
    "priority": "j.priority = %(priority)s",
    "business_key": "j.business_key = %(business_key)s",
    "fork_of": "j.fork_of = %(fork_of)s",
    "parent_job_id": "j.parent_job_id = %(parent_job_id)s",
    "roots_only": "j.parent_job_id is null",
    "after": "j.position < %(after)s",
}
_OF_LABELS: dict[str, LiteralString] = {
    "after_position": "l.position > %(after_position)s",
    "up_to_position": "l.position <= %(up_to_position)s",
}


async def list_jobs(
    views: Views, workspace_id: UUID, jobs: JobFilter = ALL_JOBS, *, first: int = 50, after: int | None = None
) -> Page[JobRow]:
    """Jobs of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = asdict(jobs) | {"workspace_id": workspace_id, "after": after, "limit": rows_to_read(first)}
    for name in ("words", "tags_all", "tags_any"):
        parameters[name] = None if parameters[name] is None else list(parameters[name])
    parameters["roots_only"] = jobs.roots_only or None
    parameters["labels"] = await _labels(views, workspace_id, jobs)
    by_status = jobs.statuses is not None or jobs.workflow_id is not None
    parameters["statuses"] = list(JOB_STATUSES if jobs.statuses is None else jobs.statuses)
    parameters["before"] = _LAST if after is None else after
    asked = tuple(name for name in _CONDITIONS if parameters[name] is not None)
    text = _list_query(asked, by_status=by_status, by_label=parameters["labels"] is not None)
    rows = await views.fetch(JobRow, text, parameters)
    return page_of(rows, first)


def matches(row: JobRow, jobs: JobFilter) -> bool:
    """Whether a job is in a list of this filter."""
    return (
        (jobs.statuses is None or row.status in jobs.statuses)
        and jobs.workflow_id in (None, row.workflow_id)
        and jobs.workflow_version in (None, row.workflow_version)
        and jobs.mode == row.mode
        and jobs.started_by in (None, row.started_by)
        and (jobs.after_position is None or row.position > jobs.after_position)
        and (jobs.up_to_position is None or row.position <= jobs.up_to_position)
        and all(any(word.startswith(begins) for word in row.words) for begins in jobs.words or ())
        and set(jobs.tags_all or ()) <= set(row.tags)
        and (jobs.tags_any is None or bool(set(jobs.tags_any) & set(row.tags)))
        and jobs.source in (None, row.source)
        and jobs.priority in (None, row.priority)
        and jobs.business_key in (None, row.business_key)
        and jobs.fork_of in (None, row.fork_of)
        and jobs.parent_job_id in (None, row.parent_job_id)
        and not (jobs.roots_only and row.parent_job_id is not None)
    )


async def _labels(views: Views, workspace_id: UUID, jobs: JobFilter) -> list[str] | None:
    """The labels to walk along, of which each job of the list has one; None where another walk is likely to be shorter."""
    if jobs.fork_of is not None:
        return [f"{FORK}{jobs.fork_of}"]
    if jobs.parent_job_id is not None:
        return [f"{PARENT}{jobs.parent_job_id}"]
    if jobs.business_key is not None:
        return [KEY + jobs.business_key]
    if jobs.tags_all:
        return [TAG + jobs.tags_all[0]]
    if jobs.tags_any is not None:
        return [TAG + tag for tag in jobs.tags_any]
    for begins in sorted(jobs.words or (), key=len, reverse=True):
        found = await _beginning_with(views, workspace_id, jobs.mode, WORD + begins)
        if len(found) <= LABELS_WALKED_MAX:
            return found
    if jobs.statuses is not None or jobs.workflow_id is not None or jobs.started_by is not None:
        return None
    if jobs.priority is not None:
        return [PRIORITY + jobs.priority]
    if jobs.source is not None:
        return [SOURCE + jobs.source]
    if jobs.roots_only:
        found = await _beginning_with(views, workspace_id, jobs.mode, SOURCE)
        return [label for label in found if label != SOURCE + OF_PARENT] if len(found) <= LABELS_WALKED_MAX else None
    return None


async def _beginning_with(views: Views, workspace_id: UUID, mode: str, begins: str) -> list[str]:
    asked = {"begins": begins, "ends": begins + AFTER_ALL, "limit": LABELS_WALKED_MAX + 1}
    return [row[0] for row in await views.read(_LABELS, asked | {"workspace_id": workspace_id, "mode": mode})]


@cache
def _list_query(asked: tuple[str, ...], *, by_status: bool, by_label: bool = False) -> bytes:
    of_jobs = [_CONDITIONS[name] for name in asked]
    where: list[LiteralString] = ["j.workspace_id = %(workspace_id)s", "j.mode = %(mode)s", *of_jobs]
    if by_label:
        where = [*_ALONG_LABEL, *of_jobs]
        where += [_OF_LABELS[name] for name in asked if name in _OF_LABELS]
        where += ["j.status = any(%(statuses)s::text[])"] if by_status else []
        return query(_LIST_BY_LABEL, where=where, j=JobRow)
    if by_status and "started_by" in asked:
        return query(_LIST_BY_STATUS, where=[*where, "j.status = s.status"], j=JobRow)
    if by_status and "workflow_id" in asked:
        where.remove(_CONDITIONS["workflow_id"])
        return query(_LIST_OF_WORKFLOW, where=[*where, *_ALONG_WORKFLOW], j=JobRow)
    if by_status:
        return query(_LIST_ALONG, where=[*where, *_ALONG_STATUS], j=JobRow)
    return query(_LIST, where=where, j=JobRow)
