"""What a job is called and found by."""

from __future__ import annotations

from enum import Enum

from graphql_api.describe import enumeration


@enumeration
class JobPriority(Enum):
    """How much a job matters to the people who look at lists of jobs; runners do not put one before another for it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"
