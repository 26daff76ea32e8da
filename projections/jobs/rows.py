"""The rows of the read model `jobs`: one a job, one a run of a task or of an item, one a for-each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table


@dataclass(slots=True)
class JobRow:
    """A job as lists and headers show it; its values stay in the log."""

    job_id: UUID
    workspace_id: UUID
    position: int  # of its first event: the order of lists
    version: int  # of its last event in the stream
    last_position: int
    workflow_id: UUID
    workflow_version: int
    graph: str
    rules: int
    mode: str
    source: str
    started_by: str
    started_at: datetime
    title: Json = None
    status: str = "PENDING"
    ended_at: datetime | None = None
    ending: str | None = None  # the outcome it is ending with
    error: Json = None
    failed_run: str | None = None
    reason: Json = None
    running: int = 0  # runs now
    waiting: int = 0
    held: int = 0
    succeeded: int = 0  # runs so far
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    retrying: int = 0  # runs that failed and are tried again when they are due
    due_at: datetime | None = None  # when it times out
    paused_at: datetime | None = None
    pause_reason: Json = None
    compensating: bool = False  # what was done is being undone
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # of its title, as it is found by them
    priority: str = "normal"
    business_key: str | None = None
    fork_of: UUID | None = None
    fork_task: str | None = None
    fork_item: int | None = None
    fork_version: int | None = None  # of the first job, as it stood then
    fork_reason: Json = None
    parent_job_id: UUID | None = None  # the job that started it
    parent_run: str | None = None


@dataclass(slots=True)
class JobTaskRow:
    """A run of a task, or a task that was skipped; label and kind stand in the workflow's version."""

    job_id: UUID
    run: str  # the run's text; of a skipped task its name (and item)
    position: int  # of the event that began it: the order of lists
    version: int
    task: str
    item: int | None
    round: int
    attempt: int
    status: str
    held: bool = False  # waits for an operator
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    waits_for: str | None = None
    review_id: UUID | None = None
    route: str | None = None
    outcome_version: int | None = None  # of the event in the job's stream that holds its outputs or its error
    error: Json = None
    policy: str | None = None  # what followed from its error
    reason: Json = None  # an operator's
    corrected: bool = False
    losses: int = 0
    skipped_because: str | None = None
    skipped_input: str | None = None
    items: int | None = None  # of a for-each as a whole: how many items it has
    reused_of: str | None = None  # `stream:version` of the outcome in the first job that stands in place of a run
    child_id: UUID | None = None  # the job it started


@dataclass(slots=True)
class ForEachRow:
    """How the items of a for-each stand, each by its last run."""

    job_id: UUID
    task: str
    items: int
    running: int = 0
    waiting: int = 0
    held: int = 0
    succeeded: int = 0
    failed: int = 0  # and left out
    cancelled: int = 0
    retrying: int = 0


@dataclass(slots=True)
class JobLabelRow:
    """One label that a job is found by; see `projections.jobs.labels`."""

    workspace_id: UUID
    mode: str
    label: str
    position: int  # of the job's first event
    job_id: UUID


@dataclass(slots=True)
class JobMessageRow:
    """A message that a job was sent."""

    job_id: UUID
    message_id: str
    position: int  # of the event with which it came: the order of lists
    version: int  # of that event, which holds its value
    name: str
    sent_by: str
    received_at: datetime
    taken_by: str | None = None  # the run's text
    taken_version: int | None = None
    taken_at: datetime | None = None


@dataclass(slots=True)
class CredentialUseRow:
    """That a run of a job was given a credential."""

    job_id: UUID
    version: int  # of the event that says so
    workspace_id: UUID
    credential_id: UUID
    position: int  # of that event: the order of lists
    run: str
    task: str
    revision: int
    at: datetime


_SETTLED = frozenset({"SUCCEEDED", "FAILED", "SKIPPED", "CANCELLED"})


def _is_settled(run: JobTaskRow) -> bool:
    return run.status in _SETTLED


def _has_ended(job: JobRow) -> bool:
    return job.ended_at is not None


_COUNTS = ("running", "waiting", "held", "succeeded", "failed", "skipped", "cancelled", "retrying")
_JOB_MOVING = ("version", "last_position", "status", "ended_at", "compensating", *_COUNTS)
_TASK_MOVING = (
    "status",
    "held",
    "ended_at",
    "due_at",
    "waits_for",
    "review_id",
    "child_id",
    "route",
    "outcome_version",
)
_RUN = ("job_id", "run")

JOBS_TABLE: Table[Any] = Table("jobs", JobRow, ("job_id",), is_settled=_has_ended, moving=_JOB_MOVING)
JOB_TASKS_TABLE: Table[Any] = Table("job_tasks", JobTaskRow, _RUN, is_settled=_is_settled, moving=_TASK_MOVING)
JOB_ITEMS_TABLE: Table[Any] = Table("job_items", JobTaskRow, _RUN, is_settled=_is_settled, moving=_TASK_MOVING)
"""Runs of items, apart as they may be many."""
FOR_EACH_TABLE: Table[Any] = Table("job_for_each", ForEachRow, ("job_id", "task"))
JOB_MESSAGES_TABLE: Table[Any] = Table("job_messages", JobMessageRow, ("job_id", "message_id"))
JOB_LABELS_TABLE: Table[Any] = Table(
    "job_labels", JobLabelRow, ("workspace_id", "mode", "label", "position"), once=True
)
CREDENTIAL_USES_TABLE: Table[Any] = Table("credential_uses", CredentialUseRow, ("job_id", "version"), once=True)
