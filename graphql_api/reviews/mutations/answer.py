"""How mutations of reviews answer when they succeed."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

import strawberry

from domain.reviews.refusals import ReviewNotFound
from domain.reviews.state import NoReview, Review, Waiting, is_preview
from event_store.requests import Receipt
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, interface_type
from graphql_api.jobs.seeing import PREVIEW, may_see
from graphql_api.reviews import types as review_types
from graphql_api.reviews.queries import read_review
from graphql_api.scalars import Position


@interface_type
class ReviewChanged:
    """The review was changed, or stands as asked already."""

    review_id: strawberry.ID = about("The review.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def review(self, info: Info) -> review_types.Review | None:
        """The review with the change; null only when the read models lag beyond the bound."""
        if not await info.context.seen(self.written_at):
            return None
        return await read_review(info.context, UUID(self.review_id))


Success = TypeVar("Success", bound=ReviewChanged)


async def review_changed(success: type[Success], context: Context, receipt: Receipt) -> Success:
    """The answer for a receipt, as the success of one mutation."""
    return success(
        review_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
    )


async def find_review(context: Context, text: strawberry.ID) -> tuple[UUID, Review]:
    """A review as the log has it; one that waits for others is as good as none for who may not see it."""
    context.identity.require("review:decide")
    review_id = read_id(text)
    if review_id is None:
        raise ReviewNotFound
    review: Review
    review, _ = await context.api.system.dispatch.load("review", review_id, context.workspace_id)
    if isinstance(review, NoReview) or (is_preview(review) and not may_see(context.identity, PREVIEW)):
        raise ReviewNotFound
    identity = context.identity
    if isinstance(review, Waiting) and not identity.may("review:read"):
        assigned = review.assignment
        if identity.member_id not in assigned.members and set(assigned.roles).isdisjoint(identity.roles):
            raise ReviewNotFound
    return review_id, review
