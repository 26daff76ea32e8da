"""What screens ask of reviews: the inbox of a member, and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Literal, LiteralString
from uuid import UUID

from projections.pages import Page, page_of, rows_to_read
from projections.reviews.rows import ReviewRow, assignees
from projections.tables import query
from projections.views import Views

REVIEW_STATUSES = ("WAITING", "ACCEPTED", "REJECTED", "WITHDRAWN")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which reviews a list shows; what is None does not restrict."""

    statuses: Sequence[str] | None = None
    job_id: UUID | None = None
    claimed_by: UUID | None = None
    decided_by: UUID | None = None
    previews: bool = False  # those asked by previews, instead of those asked by jobs


ALL_REVIEWS = ReviewFilter()

InboxShows = Literal["all", "claimable", "mine"]
"""`all` that wait for one; of these the `claimable` (not claimed by another); or those that one has claimed (`mine`)."""

_FIND = query("select {r} from views.reviews r where r.review_id = any(%s) and r.workspace_id = %s", r=ReviewRow)
_OF_JOBS = query(
    "select {r} from unnest(%s::uuid[]) i (job_id), lateral "
    "(select * from views.reviews v where v.job_id = i.job_id and v.workspace_id = %s order by v.position limit %s) r "
    "order by r.position",
    r=ReviewRow,
)
_LIST: LiteralString = "select {r} from views.reviews r where {where} order by r.position desc limit %(limit)s"
_LIST_BY_STATUS: LiteralString = (
    "select {r} from unnest(%(statuses)s::text[]) s (status), lateral "
    "(select * from views.reviews r where {where} order by r.position desc limit %(limit)s) r "
    "order by r.position desc limit %(limit)s"
)
# Compared as rows, and so ordered, these conditions are only served by the index that holds them all; see `jobs.queries`.
_LIST_ALONG: LiteralString = (
    "select {r} from unnest(%(statuses)s::text[]) s (status), lateral "
    "(select * from views.reviews r where {where} order by r.status desc, r.position desc limit %(limit)s) r "
    "order by r.position desc limit %(limit)s"
)
_ALONG_STATUS: tuple[LiteralString, ...] = (
    "(r.status, r.position) < (s.status, %(before)s)",
    "r.status >= s.status",
)
_LAST = 2**63 - 1
_CONDITIONS: dict[str, LiteralString] = {
    "job_id": "r.job_id = %(job_id)s",
    "claimed_by": "r.claimed_by = %(claimed_by)s",
    "decided_by": "r.decided_by = %(decided_by)s",
    "after": "r.position < %(after)s",
}
_OF_PREVIEWS: dict[bool, LiteralString] = {False: "not r.preview", True: "r.preview"}
# One walk along the index for each assignee that one is; together they read at most a page of each.
_INBOX: LiteralString = (
    "select distinct on (r.due_order, r.position) {r} from unnest(%(assignees)s::text[]) s (assignee), lateral "
    "(select r.* from views.review_assignees a join views.reviews r using (review_id) where {where} "
    "order by a.due_order, a.position limit %(limit)s) r order by r.due_order, r.position limit %(limit)s"
)
_MINE: LiteralString = "select {r} from views.reviews r where {where} order by r.due_order, r.position limit %(limit)s"
_UNCLAIMED_BY_OTHERS: LiteralString = "(r.claimed_by is null or r.claimed_by = %(member_id)s)"


async def find_review(views: Views, workspace_id: UUID, review_id: UUID) -> ReviewRow | None:
    """The review, or None when this workspace has no such review."""
    return (await find_reviews(views, workspace_id, [review_id])).get(review_id)


async def find_reviews(views: Views, workspace_id: UUID, review_ids: Sequence[UUID]) -> dict[UUID, ReviewRow]:
    """Those of the reviews that this workspace has, by id."""
    rows = await views.fetch(ReviewRow, _FIND, (list(review_ids), workspace_id))
    return {row.review_id: row for row in rows}


async def reviews_of_jobs(
    views: Views, workspace_id: UUID, job_ids: Sequence[UUID], *, each: int = 100
) -> dict[UUID, Page[ReviewRow]]:
    """The first reviews of each of several jobs, in the order they were requested; every id has a page."""
    found: dict[UUID, list[ReviewRow]] = {job_id: [] for job_id in job_ids}
    for row in await views.fetch(ReviewRow, _OF_JOBS, (list(found), workspace_id, rows_to_read(each))):
        found[row.job_id].append(row)
    return {job_id: page_of(rows, each) for job_id, rows in found.items()}


async def list_reviews(
    views: Views, workspace_id: UUID, reviews: ReviewFilter = ALL_REVIEWS, *, first: int = 50, after: int | None = None
) -> Page[ReviewRow]:
    """Reviews of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = asdict(reviews) | {"workspace_id": workspace_id, "after": after, "limit": rows_to_read(first)}
    by_status = reviews.statuses is not None
    parameters["statuses"] = list(reviews.statuses or ())
    parameters["before"] = _LAST if after is None else after
    asked = tuple(name for name in _CONDITIONS if parameters[name] is not None)
    text = _list_query(asked, by_status=by_status, previews=reviews.previews)
    rows = await views.fetch(ReviewRow, text, parameters)
    return page_of(rows, first)


async def list_inbox(
    views: Views,
    workspace_id: UUID,
    member_id: UUID,
    roles: Sequence[str],
    *,
    shows: InboxShows = "claimable",
    previews: bool = False,
    first: int = 50,
    after: tuple[int, int] | None = None,
) -> Page[ReviewRow]:
    """What waits for a member or one of the member's roles, the first due first.

    `after` is (`due_order`, `position`) of the last row of the page before.
    """
    due_order, position = (None, None) if after is None else after
    parameters = {
        "assignees": assignees((member_id,), tuple(roles)),
        "workspace_id": workspace_id,
        "member_id": member_id,
        "due_order": due_order,
        "position": position,
        "limit": rows_to_read(first),
    }
    text = _inbox_query(shows, continued=after is not None, previews=previews)
    rows = await views.fetch(ReviewRow, text, parameters)
    return page_of(rows, first)


@cache
def _list_query(asked: tuple[str, ...], *, by_status: bool, previews: bool = False) -> bytes:
    where: list[LiteralString] = [
        "r.workspace_id = %(workspace_id)s",
        _OF_PREVIEWS[previews],
        *[_CONDITIONS[name] for name in asked],
    ]
    if by_status and set(asked) <= {"after"}:
        return query(_LIST_ALONG, where=[*where, *_ALONG_STATUS], r=ReviewRow)
    if by_status:
        return query(_LIST_BY_STATUS, where=[*where, "r.status = s.status"], r=ReviewRow)
    return query(_LIST, where=where, r=ReviewRow)


@cache
def _inbox_query(shows: InboxShows, *, continued: bool, previews: bool = False) -> bytes:
    if shows == "mine":
        where: list[LiteralString] = [
            "r.workspace_id = %(workspace_id)s",
            "r.claimed_by = %(member_id)s",
            "r.status = 'WAITING'",
            _OF_PREVIEWS[previews],
        ]
        if continued:
            where.append("(r.due_order, r.position) > (%(due_order)s, %(position)s)")
        return query(_MINE, where=where, r=ReviewRow)
    where = ["a.workspace_id = %(workspace_id)s", "a.assignee = s.assignee", _OF_PREVIEWS[previews]]
    if shows == "claimable":
        where.append(_UNCLAIMED_BY_OTHERS)
    if continued:
        where.append("(a.due_order, a.position) > (%(due_order)s, %(position)s)")
    return query(_INBOX, where=where, r=ReviewRow)
