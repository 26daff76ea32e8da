"""A failed run that is tried again by itself: whether, when, and the start of its next attempt.

What may be tried again are the errors that the task's policy names or, where it names none, what the action called so. A delay is
jittered by a fraction that derives from job and run, so that many jobs that failed together do not come back together, and
a replay gives the same. What an action asks for at least (`Retry-After`) is not undercut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import heappop
from typing import Any
from uuid import UUID

from domain.graph import Retry
from domain.jobs.run import Failure, Run, Usage
from domain.jobs.state import Job

JITTER = 0.25
"""A delay is up to this part of it shorter or longer."""
RETRY_AFTER_SECONDS_MAX = 24 * 60 * 60.0
"""An action that asks for more is tried again after this time."""
DOUBLINGS_MAX = 30


@dataclass(frozen=True, slots=True)
class Lapse:
    """A run that ended badly, before its policy is followed: whether trying again may help, and how soon at the earliest."""

    error: Failure
    retryable: bool = False
    after_seconds: float | None = None
    evidence: Any = None
    usage: Usage | None = None


def retry_time(job: Job, job_id: UUID, lane: int, lapse: Lapse, at: datetime) -> datetime | None:
    """When a run that failed is to be tried again; None: never."""
    retry, run = job.index.declared(lane).retry, job.last_run(lane)
    if retry is None or run.attempt >= retry.attempts or not _may_help(retry, lapse):
        return None
    wished = min(max(0.0, lapse.after_seconds or 0.0), RETRY_AFTER_SECONDS_MAX)
    return at + timedelta(seconds=max(_delay(retry, job_id, run), wished))


def due_retries(job: Job, at: datetime) -> Iterable[int]:
    """The lanes whose next attempt is due and may start, each to be started before the next is asked for."""
    return _due_retries(job, at) if job.retries or job.retries_heavy else ()


def _due_retries(job: Job, at: datetime) -> Iterator[int]:
    yield from _due(job, job.retries, at)
    while job.heavy_running < job.index.heavy_at_once_max:
        lane = next(_due(job, job.retries_heavy, at), None)
        if lane is None:
            return
        yield lane


def _due(job: Job, heap: list[tuple[datetime, int]], at: datetime) -> Iterator[int]:
    while heap and heap[0][0] <= at:
        due, lane = heappop(heap)
        if job.is_to_be_retried(lane) and job.due[lane] == due:
            yield lane


def _may_help(retry: Retry, lapse: Lapse) -> bool:
    return lapse.retryable if retry.codes is None else lapse.error.code in retry.codes


def _delay(retry: Retry, job_id: UUID, run: Run) -> float:
    doublings = 0 if retry.backoff == "fixed" else min(run.attempt - 1, DOUBLINGS_MAX)
    seconds = min(retry.delay_seconds * 2.0**doublings, retry.delay_seconds_max)
    drawn = int.from_bytes(sha256(f"opus.retry.1 {job_id}:{run.text}".encode()).digest()[:8], "big") / 2**64
    return seconds * (1 - JITTER + 2 * JITTER * drawn)
