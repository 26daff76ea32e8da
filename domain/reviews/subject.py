"""What reviews offer to the dispatch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.events import Event
from domain.jobs.commands import RecordReviewDecided, RecordTaskWaiting
from domain.reviews.decide import decide
from domain.reviews.events import ReviewAccepted, ReviewRejected, ReviewRequested
from domain.reviews.state import NoReview, Review, evolve
from domain.subject import Command, Subject


def reactions(review_id: UUID, event: Event, at: datetime, _review: Review) -> Iterable[Command]:
    """The run that asks for a review waits from the request on, and goes on with the answer: in the same unit."""
    match event:
        case ReviewRequested():
            return (
                RecordTaskWaiting(
                    at=at,
                    job_id=event.job_id,
                    run=event.run,
                    waits_for="review",
                    review_id=review_id,
                    due_at=event.due_at,
                ),
            )
        case ReviewAccepted() | ReviewRejected():
            return (
                RecordReviewDecided(
                    at=at,
                    job_id=event.job_id,
                    run=event.run,
                    review_id=review_id,
                    outputs={correction.output: correction.after for correction in event.corrections},
                    facts=event.facts,
                ),
            )
        case _:
            return ()


REVIEWS = Subject(
    name="review",
    initial=lambda _: NoReview(),
    decide=decide,
    evolve=evolve,
    reactions=reactions,
)
"""Reviews, as the dispatch uses them."""
