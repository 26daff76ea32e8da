"""Lists of reviews, and the inbox of who asks."""

from __future__ import annotations

from enum import Enum

import strawberry

from graphql_api.context import Context, read_id
from graphql_api.describe import about, enumeration, input_type
from graphql_api.jobs import seeing
from graphql_api.jobs.lists import NOBODY
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.refusals import ArgumentRefused
from graphql_api.reviews.types import Review, ReviewStatus, may_see, show_review
from graphql_api.scalars import Cursor, Position
from projections.pages import Page
from projections.reviews import ReviewFilter as Filter
from projections.reviews import ReviewRow, list_inbox, list_reviews

KIND = "reviews"
INBOX = "the inbox"


@enumeration
class Inbox(Enum):
    """What waits for who asks or one of their roles: ALL of it, what is CLAIMABLE (not claimed by another), or what is MINE (claimed by who asks)."""

    ALL = "all"
    CLAIMABLE = "claimable"
    MINE = "mine"


@input_type
class ReviewFilter:
    """Which reviews a list shows; what is left out does not restrict. Beside `inbox` stands at most `previews`."""

    inbox: Inbox | None = about("What waits for who asks, the first due first.", default=None)
    statuses: list[ReviewStatus] | None = about("Those that stand in one of these ways.", default=None)
    job_id: strawberry.ID | None = about("Those of one job.", default=None)
    claimed_by: strawberry.ID | None = about("Those a member has claimed.", default=None)
    decided_by: strawberry.ID | None = about("Those a member has decided.", default=None)
    previews: bool = about(
        "Those that previews of drafts ask, instead of those of jobs; none for who does not edit workflows.",
        default=False,
    )


async def list_reviews_of(
    context: Context, chosen: ReviewFilter | None, first: int, after: Cursor | None, at_least: Position | None
) -> Connection[Review]:
    """A page of the reviews of the workspace; who may not read all of them has the inbox."""
    chosen = chosen or ReviewFilter()
    require(context, chosen)
    await context.at_least(at_least)
    position = await context.views_position()
    if chosen.previews and not seeing.may_see(context.identity, seeing.PREVIEW):
        none: Page[ReviewRow] = Page((), has_more=False)
        return connection(none, show_review, _cursor, after=after, position=position)
    if chosen.inbox is not None:
        return await _inbox(context, chosen, first, after, position)
    begin = key_of(KIND, after)
    page = await list_reviews(
        context.api.system.views,
        context.workspace_id,
        read_filter(chosen),
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_review, _cursor, after=after, position=position)


def _cursor(row: ReviewRow) -> Cursor:
    return key_cursor(KIND, row.position)


def require(context: Context, chosen: ReviewFilter) -> None:
    """Refuses a list that is not for who asks, and an inbox with other conditions beside it."""
    context.identity.require("review:read" if chosen.inbox is None else "review:decide")
    others = (chosen.statuses, chosen.job_id, chosen.claimed_by, chosen.decided_by)
    if chosen.inbox is not None and any(other is not None for other in others):
        raise ArgumentRefused(expected="nothing but previews beside inbox", name="filter", found="other conditions")


def read_filter(chosen: ReviewFilter) -> Filter:
    """A filter as the read model takes it."""
    return Filter(
        statuses=None if chosen.statuses is None else [status.value for status in chosen.statuses],
        job_id=None if chosen.job_id is None else read_id(chosen.job_id) or NOBODY,
        claimed_by=None if chosen.claimed_by is None else read_id(chosen.claimed_by) or NOBODY,
        decided_by=None if chosen.decided_by is None else read_id(chosen.decided_by) or NOBODY,
        previews=chosen.previews,
    )


def matches(context: Context, row: ReviewRow, chosen: ReviewFilter) -> bool:
    """Whether a review is in a list of this filter."""
    if row.preview != chosen.previews:
        return False
    if chosen.inbox is not None:
        identity = context.identity
        assigned = identity.member_id in row.members or not set(row.roles).isdisjoint(identity.roles)
        claimed = {
            Inbox.ALL: True,
            Inbox.CLAIMABLE: row.claimed_by in (None, identity.member_id),
            Inbox.MINE: row.claimed_by == identity.member_id,
        }
        return row.status == ReviewStatus.WAITING.value and assigned and claimed[chosen.inbox]
    wanted = read_filter(chosen)
    return (
        may_see(context, row)
        and (wanted.statuses is None or row.status in wanted.statuses)
        and wanted.job_id in (None, row.job_id)
        and wanted.claimed_by in (None, row.claimed_by)
        and wanted.decided_by in (None, row.decided_by)
    )


async def _inbox(
    context: Context, chosen: ReviewFilter, first: int, after: Cursor | None, position: Position | None
) -> Connection[Review]:
    begin = key_of(INBOX, after, parts=2)
    page = await list_inbox(
        context.api.system.views,
        context.workspace_id,
        context.identity.member_id,
        context.identity.roles,
        shows=(chosen.inbox or Inbox.ALL).value,
        previews=chosen.previews,
        first=check_first(first),
        after=(begin[0], begin[1]) if begin else None,
    )
    return connection(
        page, show_review, lambda row: key_cursor(INBOX, row.due_order, row.position), after=after, position=position
    )
