"""Which jobs a list shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

JOB_STATUSES = ("PENDING", "IN_PROGRESS", "WAITING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs a list shows; what is None does not restrict."""

    statuses: Sequence[str] | None = None
    workflow_id: UUID | None = None
    workflow_version: int | None = None
    mode: str = "job"
    started_by: str | None = None
    after_position: int | None = None  # started after this position of the log (see Reader.position_at)
    up_to_position: int | None = None
    words: Sequence[str] | None = None  # each the beginning of a word of the title
    tags_all: Sequence[str] | None = None
    tags_any: Sequence[str] | None = None
    source: str | None = None
    priority: str | None = None
    business_key: str | None = None
    fork_of: UUID | None = None
    parent_job_id: UUID | None = None
    roots_only: bool = False  # those that no other job started


ALL_JOBS = JobFilter()
