"""The rows of the read model `reviews`: one a review, and one for each who may decide it while it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table

NEVER_DUE = 2**63 - 1


@dataclass(slots=True)
class ReviewRow:
    """A review as inboxes and lists show it; the values shown to the reviewer stay in the log."""

    review_id: UUID
    workspace_id: UUID
    position: int  # of its first event: the order of lists
    version: int  # of its last event in the stream
    last_position: int
    job_id: UUID
    run: str
    task: str
    kind: str
    reviewed: str | None  # the run whose outputs are judged
    shown: Json  # name → where the value stands in the job
    guidance: Json
    members: tuple[UUID, ...]
    roles: tuple[str, ...]
    job_started_by: str | None
    requested_at: datetime
    due_at: datetime | None
    due_order: int  # microseconds since 1970, or NEVER_DUE: the order of the inbox
    status: str = "WAITING"
    claimed_by: UUID | None = None
    claimed_at: datetime | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    comment: Json = None
    corrections: int = 0
    ended_at: datetime | None = None
    reason: Json = None  # why it was withdrawn
    preview: bool = False  # asked by a preview, of who tries the draft


@dataclass(slots=True)
class ReviewAssigneeRow:
    """Who may decide a review that waits: `member:<id>` or `role:<name>`; removed when it no longer waits."""

    review_id: UUID
    assignee: str
    workspace_id: UUID
    due_order: int
    position: int


def _is_settled(review: ReviewRow) -> bool:
    return review.status != "WAITING"


_MOVING = (
    "version",
    "last_position",
    "status",
    "claimed_by",
    "claimed_at",
    "decided_by",
    "decided_at",
    "comment",
    "corrections",
    "ended_at",
    "reason",
)
REVIEWS_TABLE: Table[Any] = Table("reviews", ReviewRow, ("review_id",), is_settled=_is_settled, moving=_MOVING)
REVIEW_ASSIGNEES_TABLE: Table[Any] = Table("review_assignees", ReviewAssigneeRow, ("review_id", "assignee"))


def assignees(members: tuple[UUID, ...], roles: tuple[str, ...]) -> list[str]:
    """Members and roles as the assignees they are."""
    return [*(f"member:{member}" for member in members), *(f"role:{role}" for role in roles)]
