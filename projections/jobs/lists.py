"""Lists of jobs, the newest first: by how they stand, and by the labels they are found by.

Each list is a walk, or one walk for each of a few values, along an index that has the position in it: together they read at most a
page of each. Of several conditions the one that holds for the fewest jobs is walked along (see `walks`), and the others are asked of
the jobs on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import LiteralString
from uuid import UUID

from projections.jobs.filter import ALL_JOBS, JOB_STATUSES, JobFilter
from projections.jobs.labels import AFTER_ALL
from projections.jobs.rows import JobRow
from projections.jobs.walks import shortest
from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views

_LIST: LiteralString = "select {j} from views.jobs j where {where} order by j.position desc limit %(limit)s"
# The planner takes each value for as frequent as any other, and would walk past a million completed jobs along a shorter index to
# find none that wait. Compared as rows, and so ordered, conditions are only served by the index that holds them all.
_LIST_OF_STARTER: LiteralString = (
    "select {j} from views.jobs j where {where} order by j.started_by desc, j.position desc limit %(limit)s"
)
_LIST_OF_STATUS: LiteralString = (
    "select {j} from unnest(%(statuses)s::text[]) s (status), lateral "
    "(select * from views.jobs j where {where} order by j.status desc, j.position desc limit %(limit)s) j "
    "order by j.position desc limit %(limit)s"
)
_LIST_OF_WORKFLOW: LiteralString = (
    "select {j} from unnest(%(statuses)s::text[]) s (status), lateral "
    "(select * from views.jobs j where {where} order by j.workflow_id desc, j.status desc, j.position desc limit %(limit)s) j "
    "order by j.position desc limit %(limit)s"
)
# Each label is walked along from the newest job on, and each job on the way is looked up by its id: `limit 1` keeps the planner, whose
# statistics know nothing of labels, from joining all jobs instead.
_LIST_OF_LABELS: LiteralString = (
    "select {j} from (select distinct on (f.position) f.* from unnest(%(labels)s::text[]) s (label), lateral "
    "(select j.* from views.job_labels l, lateral (select * from views.jobs j where j.job_id = l.job_id limit 1) j "
    "where {where} order by l.label desc, l.position desc limit %(limit)s) f "
    "order by f.position desc limit %(limit)s) j order by j.position desc"
)
# Where labels say all that is asked, only the jobs of the page are looked up.
_LIST_OF_LABELS_ALONE: LiteralString = (
    "select {j} from (select distinct on (f.position) f.* from unnest(%(labels)s::text[]) s (label), lateral "
    "(select l.position, l.job_id from views.job_labels l "
    "where {where} order by l.label desc, l.position desc limit %(limit)s) f "
    "order by f.position desc limit %(limit)s) l, "
    "lateral (select * from views.jobs j where j.job_id = l.job_id limit 1) j order by j.position desc"
)
# So few that all are looked at.
_LIST_OF_BEGINNING: LiteralString = (
    "select {j} from (select distinct l.position, l.job_id from views.job_labels l where l.workspace_id = %(workspace_id)s "
    "and l.mode = %(mode)s and l.label >= %(begins)s and l.label < %(ends)s) l, "
    "lateral (select * from views.jobs j where j.job_id = l.job_id limit 1) j "
    "where {where} order by j.position desc limit %(limit)s"
)
_LAST = 2**63 - 1
# Each begins and ends where the positions asked for do.
_ALONG: Mapping[str, Sequence[LiteralString]] = {
    "starter": (
        "(j.started_by, j.position) < (%(started_by)s, %(before)s)",
        "(j.started_by, j.position) > (%(started_by)s, %(behind)s)",
    ),
    "status": ("(j.status, j.position) < (s.status, %(before)s)", "(j.status, j.position) > (s.status, %(behind)s)"),
    "workflow": (
        "(j.workflow_id, j.status, j.position) < (%(workflow_id)s, s.status, %(before)s)",
        "(j.workflow_id, j.status, j.position) > (%(workflow_id)s, s.status, %(behind)s)",
    ),
    "labels": (
        "l.workspace_id = %(workspace_id)s",
        "l.mode = %(mode)s",
        "(l.label, l.position) < (s.label, %(before)s)",
        "(l.label, l.position) > (s.label, %(behind)s)",
    ),
}
_POSITIONS: LiteralString = "j.position > %(behind)s and j.position < %(before)s"
_QUERIES: Mapping[str, LiteralString] = {
    "all": _LIST,
    "starter": _LIST_OF_STARTER,
    "status": _LIST_OF_STATUS,
    "workflow": _LIST_OF_WORKFLOW,
    "labels": _LIST_OF_LABELS,
    "beginning": _LIST_OF_BEGINNING,
}
_CONDITIONS: dict[str, LiteralString] = {
    "workflow_id": "j.workflow_id = %(workflow_id)s",
    "workflow_version": "j.workflow_version = %(workflow_version)s",
    "started_by": "j.started_by = %(started_by)s",
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
}


async def list_jobs(
    views: Views, workspace_id: UUID, jobs: JobFilter = ALL_JOBS, *, first: int = 50, after: int | None = None
) -> Page[JobRow]:
    """Jobs of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = asdict(jobs) | {"workspace_id": workspace_id, "limit": rows_to_read(first)}
    for name in ("words", "tags_all", "tags_any"):
        parameters[name] = None if parameters[name] is None else list(parameters[name])
    parameters["roots_only"] = jobs.roots_only or None
    parameters["statuses"] = list(JOB_STATUSES if jobs.statuses is None else jobs.statuses)
    up_to = _LAST if jobs.up_to_position is None else jobs.up_to_position + 1
    parameters |= {"before": min(up_to, _LAST if after is None else after), "behind": jobs.after_position or 0}
    asked = [name for name in _CONDITIONS if parameters[name] is not None]
    walk = await shortest(views, jobs, asked, parameters)
    parameters |= {"labels": list(walk.labels), "begins": walk.begins, "ends": walk.begins + AFTER_ALL}
    others = tuple(name for name in asked if name not in walk.covers)
    text = _list_query(walk.along, others, of_status=jobs.statuses is not None)
    return page_of(await views.fetch(JobRow, text, parameters), first)


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


@cache
def _list_query(along: str, asked: tuple[str, ...], *, of_status: bool) -> bytes:
    """The query that walks along an index and asks the jobs on the way what else is asked."""
    where = [*_ALONG.get(along, (_POSITIONS,)), *(_CONDITIONS[name] for name in asked)]
    if along == "labels":
        if not asked and not of_status:
            return query(_LIST_OF_LABELS_ALONE, where=where, j=JobRow)
    else:
        where = ["j.workspace_id = %(workspace_id)s", "j.mode = %(mode)s", *where]
    if of_status and along not in ("status", "workflow"):
        where.append("j.status = any(%(statuses)s::text[])")
    return query(_QUERIES[along], where=where, j=JobRow)
