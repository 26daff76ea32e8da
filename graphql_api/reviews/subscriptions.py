"""The live stream of reviews: an inbox that stays current."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import about, object_type, subscription
from graphql_api.jobs.seeing import PREVIEW, to_follow
from graphql_api.refusals import WorkspaceNotFound
from graphql_api.reviews.lists import ReviewFilter, matches, require
from graphql_api.reviews.types import Review, may_see, show_review
from graphql_api.scalars import Cursor
from graphql_api.streams import cursor_at, cursor_of, follow_workspace, last_of_each
from projections.reviews import ReviewRow, find_reviews


@object_type
class ReviewListMessage:
    """A review of the list that changed, one that left it, or the mark at which live begins."""

    cursor: Cursor = about("Hand it back as `after` to go on behind this message.")
    live: bool = about("Whether all that was missed has been told: true from the mark on.")
    review_id: strawberry.ID | None = about("The review; null for the mark.")
    review: Review | None = about(
        "The review as it is now, when the filter holds for it; null when it has left the list."
    )


@strawberry.type
class ReviewSubscriptions:
    """Live streams of reviews."""

    @subscription
    async def reviews(
        self,
        info: Info,
        workspace_id: strawberry.ID,
        filter: ReviewFilter | None = None,  # noqa: A002 - the word of the API
        after: Cursor | None = None,
    ) -> AsyncGenerator[ReviewListMessage, None]:
        """The reviews of the list that change: those since `after` (without it, from now on), a mark, then live."""
        context, chosen = info.context, filter or ReviewFilter()
        require(context, chosen)
        if read_id(workspace_id) != context.workspace_id:
            raise WorkspaceNotFound(id=workspace_id)
        permission = "review:read" if chosen.inbox is None else "review:decide"
        if chosen.previews:
            permission = to_follow(context.identity, PREVIEW, permission)
        async with aclosing(follow_workspace(context, ("review.",), after, permission)) as batches:
            async for batch in batches:
                context.forget()
                last = last_of_each(batch)
                rows: dict[UUID, ReviewRow] = {}
                if last:
                    rows = await find_reviews(context.api.system.views, context.workspace_id, [r.stream for r in last])
                for record in last:
                    row = rows.get(record.stream)
                    if row is None or not may_see(context, row):
                        continue
                    yield ReviewListMessage(
                        cursor=cursor_of(context, record),
                        live=batch.live,
                        review_id=strawberry.ID(str(record.stream)),
                        review=show_review(row) if matches(context, row, chosen) else None,
                    )
                if batch.mark:
                    cursor = await cursor_at(context, batch.position)
                    yield ReviewListMessage(cursor=cursor, live=True, review_id=None, review=None)
