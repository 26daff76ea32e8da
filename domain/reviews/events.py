"""What can happen to a review."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from domain.events import Event, Recorded, added
from domain.jobs.run import Facts, Run, Source


class Assignment(Recorded):
    """Who may decide: people and roles by name. Empty means nobody: closed by default."""

    members: tuple[UUID, ...] = ()
    roles: tuple[str, ...] = ()


class Correction(Recorded):
    """One output a reviewer changed: where it stood before, and the whole value after."""

    output: str
    before: Source
    after: Any


class ReviewRequested(Event):
    """A run asks a person to judge what stands at `shown`."""

    wire: ClassVar[str] = "review.requested.v1"
    job_id: UUID
    run: Run
    kind: Literal["human_review", "human_task", "human_decision"]
    reviewed: Run | None
    shown: dict[str, Source]  # what the reviewer must judge, by where it is in the job
    guidance: Any = None
    assignment: Assignment
    job_started_by: str | None = None
    due_at: datetime | None = None
    preview: bool = added(False)  # asked of who tries a draft, in no inbox


class ReviewClaimed(Event):
    """A member took the review to decide it; others see who has it."""

    wire: ClassVar[str] = "review.claimed.v1"
    member_id: UUID


class ReviewReleased(Event):
    """The member who had claimed the review gave it back."""

    wire: ClassVar[str] = "review.released.v1"
    member_id: UUID


class ReviewAccepted(Event):
    """A member accepted what was shown, with these corrections."""

    wire: ClassVar[str] = "review.accepted.v1"
    job_id: UUID
    run: Run
    member_id: UUID
    decided_at: datetime  # when the answer was given, which a second answer is told
    corrections: tuple[Correction, ...] = ()
    comment: Any = None
    facts: Facts


class ReviewRejected(Event):
    """A member rejected what was shown, and said why; corrections may stand beside it."""

    wire: ClassVar[str] = "review.rejected.v1"
    job_id: UUID
    run: Run
    member_id: UUID
    decided_at: datetime  # when the answer was given, which a second answer is told
    corrections: tuple[Correction, ...] = ()
    comment: Any
    facts: Facts


class ReviewWithdrawn(Event):
    """The review is no longer needed: its job is ending, or the run that asked for it ended without it."""

    wire: ClassVar[str] = "review.withdrawn.v1"
    reason: Any = None


ReviewEvent = ReviewRequested | ReviewClaimed | ReviewReleased | ReviewAccepted | ReviewRejected | ReviewWithdrawn
