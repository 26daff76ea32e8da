"""What follows when a task fails."""

from __future__ import annotations

from enum import Enum

from graphql_api.describe import enumeration


@enumeration
class ErrorPolicy(Enum):
    """What follows when a task fails: the job fails, its error route is taken, the job goes on, or it is held for an operator."""

    FAIL_JOB = "fail_job"
    ERROR_ROUTE = "error_route"
    CONTINUE = "continue"
    HOLD = "hold"
