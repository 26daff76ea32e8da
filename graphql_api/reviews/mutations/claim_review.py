"""`claimReview`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.reviews.commands import ClaimReview
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.reviews.mutations.answer import ReviewChanged, find_review, review_changed


@input_type
class ClaimReviewInput:
    """A review to be taken."""

    review_id: strawberry.ID = about("The review.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ClaimReviewSuccess(ReviewChanged):
    """The review is yours."""


ClaimReviewResult = Annotated[
    ClaimReviewSuccess | CommandRefused,
    strawberry.union("ClaimReviewResult", description="The review that was claimed, or why it was not."),
]


async def claim_review(info: Info, input: ClaimReviewInput) -> ClaimReviewResult:  # noqa: A002 - the word of the API
    """Takes a review to decide it; others see who has it."""
    identity = info.context.identity
    review_id, _ = await find_review(info.context, input.review_id)
    command = ClaimReview(at=now(), review_id=review_id, member_id=identity.member_id, roles=frozenset(identity.roles))
    return await review_changed(
        ClaimReviewSuccess, info.context, await Sender(info.context, "claimReview", input).send(command)
    )
