"""`decideReviews`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import strawberry

from graphql_api.answers import CommandRefused, answering
from graphql_api.commanding import Sender
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.refusals import TooManyDecisions
from graphql_api.reviews.mutations.decide_review import (
    DecideReviewInput,
    DecideReviewResult,
    DecideReviewSuccess,
    decide,
)
from graphql_api.scalars import Position

DECISIONS_MAX = 100


@input_type
class DecideReviewsInput:
    """The answers to up to 100 reviews, each for itself."""

    decisions: list[DecideReviewInput] = about("The answers; each is taken or refused on its own.")
    command_id: str | None = about(
        "Repeated with the same input, the first results are the answer; an answer may have one of its own instead.",
        default=None,
    )


@object_type
class DecideReviewsSuccess:
    """What became of each answer."""

    position: Position = about("The place of the last of what was written in the log.")
    results: list[DecideReviewResult] = about(
        "In the order of the answers: the review that was decided, or why it was not."
    )


DecideReviewsResult = Annotated[
    DecideReviewsSuccess | CommandRefused,
    strawberry.union("DecideReviewsResult", description="What became of each answer, or why none was looked at."),
]


async def decide_reviews(info: Info, input: DecideReviewsInput) -> DecideReviewsResult:  # noqa: A002 - the word of the API
    """Decides up to 100 reviews, as when several are chosen in an inbox; each is decided or refused on its own, and they share their commits."""
    context = info.context
    context.identity.require("review:decide")
    if not 1 <= len(input.decisions) <= DECISIONS_MAX:
        raise TooManyDecisions(most=DECISIONS_MAX, count=len(input.decisions))

    async def decide_one(place: int, asked: DecideReviewInput) -> DecideReviewSuccess:
        # Told as `decideReview` is, so that a command id of an answer means the same in both.
        own = asked.command_id is not None or input.command_id is None
        sender = Sender(context, "decideReview", asked, command_id=None if own else f"{input.command_id}:{place}")
        return await decide(context, sender, asked)

    decided = answering(decide_one)
    results = list(await asyncio.gather(*[decided(*one) for one in enumerate(input.decisions)]))
    last = max((result.written_at for result in results if isinstance(result, DecideReviewSuccess)), default=0)
    return DecideReviewsSuccess(position=await context.show_position(last), results=results)
