"""The state of a review: one of four shapes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from domain.jobs.run import Run, Source
from domain.reviews.events import (
    Assignment,
    ReviewAccepted,
    ReviewClaimed,
    ReviewEvent,
    ReviewRejected,
    ReviewReleased,
    ReviewRequested,
    ReviewWithdrawn,
)


@dataclass(frozen=True, slots=True)
class NoReview:
    """Nobody has asked for this review."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The review waits for an answer; perhaps a member has claimed it."""

    job_id: UUID
    run: Run
    reviewed: Run | None
    shown: dict[str, Source]
    assignment: Assignment
    claimed_by: UUID | None = None
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """The review was answered, once and for ever."""

    assignment: Assignment
    decision: Literal["accepted", "rejected"]
    member_id: UUID
    decided_at: datetime
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The review is no longer needed."""

    assignment: Assignment
    preview: bool = False


Review = NoReview | Waiting | Decided | Withdrawn


def evolve(review: Review, event: ReviewEvent) -> Review:
    """Total: every recorded event can be applied, whatever today's rules say."""
    match event:
        case ReviewRequested():
            return Waiting(
                event.job_id, event.run, event.reviewed, event.shown, event.assignment, preview=event.preview
            )
        case ReviewClaimed():
            return replace(review, claimed_by=event.member_id) if isinstance(review, Waiting) else review
        case ReviewReleased():
            return replace(review, claimed_by=None) if isinstance(review, Waiting) else review
        case ReviewAccepted():
            return _decided(review, "accepted", event)
        case ReviewRejected():
            return _decided(review, "rejected", event)
        case ReviewWithdrawn():
            return Withdrawn(_assignment(review), preview=is_preview(review))
        case _:
            assert_never(event)


def is_preview(review: Review) -> bool:
    """Whether it is asked in a preview, of who tries a draft."""
    return not isinstance(review, NoReview) and review.preview


def _decided(
    review: Review, decision: Literal["accepted", "rejected"], event: ReviewAccepted | ReviewRejected
) -> Decided:
    return Decided(_assignment(review), decision, event.member_id, event.decided_at, preview=is_preview(review))


def _assignment(review: Review) -> Assignment:
    return Assignment() if isinstance(review, NoReview) else review.assignment
