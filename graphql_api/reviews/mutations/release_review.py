"""`releaseReview`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.reviews.commands import ReleaseReview
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.reviews.mutations.answer import ReviewChanged, find_review, review_changed


@input_type
class ReleaseReviewInput:
    """A claimed review to be given back."""

    review_id: strawberry.ID = about("The review.")
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ReleaseReviewSuccess(ReviewChanged):
    """The review is free again."""


ReleaseReviewResult = Annotated[
    ReleaseReviewSuccess | CommandRefused,
    strawberry.union("ReleaseReviewResult", description="The review that was released, or why it was not."),
]


async def release_review(info: Info, input: ReleaseReviewInput) -> ReleaseReviewResult:  # noqa: A002 - the word of the API
    """Gives back a review one has claimed."""
    review_id, _ = await find_review(info.context, input.review_id)
    command = ReleaseReview(at=now(), review_id=review_id, member_id=info.context.identity.member_id)
    return await review_changed(
        ReleaseReviewSuccess, info.context, await Sender(info.context, "releaseReview", input).send(command)
    )
