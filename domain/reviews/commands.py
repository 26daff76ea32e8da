"""What can be asked of a review. Who asks, and in which roles, arrives as facts; whether they may is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.jobs.run import Facts, Run, Source
from domain.refusals import Detail
from domain.reviews.events import Assignment
from domain.subject import Command, command


@command
class ReviewCommand(Command):
    """A command addressed to one review."""

    subject: ClassVar[str] = "review"
    review_id: UUID

    @property
    def stream(self) -> UUID:
        """The review's own stream."""
        return self.review_id


@command
class RequestReview(ReviewCommand):
    """Have a person judge what stands at `shown`; the run waits for the answer from the same unit on."""

    job_id: UUID
    run: Run
    kind: Literal["human_review", "human_task", "human_decision"] = "human_review"
    reviewed: Run | None
    shown: dict[str, Source]
    guidance: Any = None
    assignment: Assignment
    job_started_by: str | None = None
    due_at: datetime | None = None
    preview: bool = False

    @property
    def begins(self) -> bool:
        """A review's id is made for its request; one that was requested before is found when its first version is taken."""
        return True

    @property
    def root(self) -> UUID:
        """A review belongs to its job."""
        return self.job_id

    @property
    def touches(self) -> tuple[tuple[str, UUID], ...]:
        """The job waits from the same unit on."""
        return (("job", self.job_id),)


@command
class ClaimReview(ReviewCommand):
    """Take the review to decide it."""

    member_id: UUID
    roles: frozenset[str] = frozenset()


@command
class ReleaseReview(ReviewCommand):
    """Give a claimed review back."""

    member_id: UUID


@command
class DecideReview(ReviewCommand):
    """What accepting and rejecting have in common."""

    job_id: UUID | None = None  # the review's job, where the caller knows it
    member_id: UUID
    roles: frozenset[str] = frozenset()
    corrections: Mapping[str, Any] = field(default_factory=dict)  # output → the whole value that takes its place
    facts: Facts  # of all the outputs as corrected; the route is set by the decider
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the corrected values; any refuses the decision
    comment: Any = None

    @property
    def touches(self) -> tuple[tuple[str, UUID], ...]:
        """The job goes on in the same unit."""
        return (("job", self.job_id),) if self.job_id else ()


@command
class AcceptReview(DecideReview):
    """Accept what was shown, with or without corrections."""


@command
class RejectReview(DecideReview):
    """Reject what was shown, with or without corrections; a comment that says why is required."""


@command
class WithdrawReview(ReviewCommand):
    """The review is no longer needed."""

    reason: Any = None


AnyReviewCommand = RequestReview | ClaimReview | ReleaseReview | AcceptReview | RejectReview | WithdrawReview
