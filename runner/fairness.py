"""Who is next: each workspace in turn, in it each job in turn, in a job what came first.

So a job with ten thousand tasks, or a workspace with ten thousand jobs, delays every other by one turn only.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from uuid import UUID


class Waiting(Protocol):
    """What waits for its turn."""

    @property
    def workspace(self) -> UUID:
        """Whose it is."""
        ...

    @property
    def job_id(self) -> UUID:
        """The job it belongs to."""
        ...


Waiter = TypeVar("Waiter", bound=Waiting)
Weight = Callable[[Waiter], int]


class FairQueue(Generic[Waiter]):
    """Those who wait. A job's weight is how many of its waiters one turn takes; 1 unless told otherwise."""

    def __init__(self, weight: Weight[Waiter] = lambda _: 1) -> None:
        self._weight = weight
        self._workspaces: OrderedDict[UUID, OrderedDict[UUID, deque[Waiter]]] = OrderedDict()
        self._count = 0
        self._taken = 0  # of the job whose turn it is

    def __len__(self) -> int:
        return self._count

    def push(self, waiter: Waiter) -> None:
        """Stands behind the others of its job; a job, or workspace, that is new here behind all others."""
        jobs = self._workspaces.setdefault(waiter.workspace, OrderedDict())
        jobs.setdefault(waiter.job_id, deque()).append(waiter)
        self._count += 1

    def pop(self) -> Waiter:
        """Takes who is next; raises LookupError when nobody waits."""
        if not self._count:
            raise LookupError("nobody waits")
        workspace, jobs = next(iter(self._workspaces.items()))
        job_id, waiters = next(iter(jobs.items()))
        waiter = waiters.popleft()
        self._count -= 1
        self._taken += 1
        if waiters and self._taken < self._weight(waiters[0]):
            return waiter
        self._taken = 0
        jobs.move_to_end(job_id)
        if not waiters:
            del jobs[job_id]
        self._workspaces.move_to_end(workspace)
        if not jobs:
            del self._workspaces[workspace]
        return waiter

    def clear(self) -> None:
        """Nobody waits any more."""
        self._workspaces.clear()
        self._count = self._taken = 0
