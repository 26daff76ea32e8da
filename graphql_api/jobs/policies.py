"""What follows when a task fails."""

from __future__ import annotations

from enum import Enum

from domain.graph import Retry as StoredRetry
from graphql_api.describe import about, enumeration, object_type


@enumeration
class ErrorPolicy(Enum):
    """What follows when a task fails: the job fails, its error route is taken, the job goes on, or it is held for an operator."""

    FAIL_JOB = "fail_job"
    ERROR_ROUTE = "error_route"
    CONTINUE = "continue"
    HOLD = "hold"


@enumeration
class Consequence(Enum):
    """What followed from the error of a run: what the policy of its task says, another attempt, or of an item that its task failed or went on without it."""

    FAIL_JOB = "fail_job"
    ERROR_ROUTE = "error_route"
    CONTINUE = "continue"
    HOLD = "hold"
    RETRY = "retry"
    FAIL_TASK = "fail_task"
    LEAVE_OUT = "leave_out"


@enumeration
class Backoff(Enum):
    """How the delays before further attempts grow: not at all, or each to twice the one before."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"


@object_type
class Retry:
    """How often, how soon and after which errors a failed task is tried again by itself."""

    attempts: int = about("How many attempts it has in all, the first included.")
    delay_seconds: float = about("How long it waits before the second attempt; each delay is jittered by a quarter.")
    backoff: Backoff = about("How the delays grow.")
    delay_seconds_max: float = about("The longest delay.")
    codes: list[str] | None = about("The errors after which it is tried again; null: those its action calls so.")


def show_retry(retry: StoredRetry | None) -> Retry | None:
    """The retries of a policy."""
    if retry is None:
        return None
    return Retry(
        attempts=retry.attempts,
        delay_seconds=retry.delay_seconds,
        backoff=Backoff(retry.backoff),
        delay_seconds_max=retry.delay_seconds_max,
        codes=None if retry.codes is None else list(retry.codes),
    )
