"""How a task, or one item of a for-each, stands."""

from __future__ import annotations

from enum import StrEnum


class TaskStatus(StrEnum):
    """How a task stands: its last run, or that it has none yet or never will."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    RETRYING = "RETRYING"
    HELD = "HELD"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
