"""What can be asked of reviews."""

from __future__ import annotations

from uuid import UUID

import strawberry

from graphql_api.context import Context, Info, read_id
from graphql_api.describe import field
from graphql_api.jobs.loaders import reviews_by_id
from graphql_api.refusals import PermissionMissing
from graphql_api.reviews.types import Review, show_review_if_allowed
from graphql_api.scalars import Position


@strawberry.type
class ReviewQueries:
    """What can be asked of reviews."""

    @field
    async def review(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the word of the API
        at_least_position: Position | None = None,
    ) -> Review | None:
        """A review of the workspace that who asks may see: with all that must be judged. Null where there is none."""
        identity = info.context.identity
        if not identity.may("review:read") and not identity.may("review:decide"):
            raise PermissionMissing(permission="review:read", roles=", ".join(identity.roles))
        await info.context.at_least(at_least_position)
        review_id = read_id(id)
        return None if review_id is None else await read_review(info.context, review_id)


async def read_review(context: Context, review_id: UUID) -> Review | None:
    """The review as the read models have it, if who asks may see it."""
    row = await context.loader(reviews_by_id).load(review_id)
    return None if row is None else show_review_if_allowed(context, row)
