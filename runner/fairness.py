"""Who is next: each workspace in turn; in it the priorities of jobs, each by its weight; of one priority each job in turn; in a job what came first.

So a job with ten thousand tasks, or a workspace with ten thousand jobs, delays every other by one turn only. An urgent job comes before
most others of its own workspace, but never keeps one from its turn; in another workspace its priority counts for nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from domain.jobs.events import Priority

WEIGHTS: Final[dict[Priority, int]] = {"low": 1, "normal": 2, "high": 4, "urgent": 8}
"""How many of a workspace's turns the jobs of a priority have together, for each one of those of low priority."""
USUAL_WEIGHT: Final = WEIGHTS["normal"]


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

    @property
    def weight(self) -> int:
        """That of its job's priority."""
        ...


Waiter = TypeVar("Waiter", bound=Waiting)


@dataclass(slots=True)
class _Jobs(Generic[Waiter]):
    """The jobs of one priority in a workspace, whoever is next first."""

    weight: int
    credit: int = 0  # of turns that others had meanwhile
    waiting: OrderedDict[UUID, deque[Waiter]] = field(default_factory=OrderedDict)

    def pop(self) -> Waiter:
        job_id, waiters = next(iter(self.waiting.items()))
        waiter = waiters.popleft()
        self.waiting.move_to_end(job_id)
        if not waiters:
            del self.waiting[job_id]
        return waiter


class FairQueue(Generic[Waiter]):
    """Those who wait."""

    def __init__(self) -> None:
        self._workspaces: OrderedDict[UUID, dict[int, _Jobs[Waiter]]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def push(self, waiter: Waiter) -> None:
        """Stands behind the others of its job; a job, or workspace, that is new here behind all others of its priority."""
        priorities = self._workspaces.setdefault(waiter.workspace, {})
        jobs = priorities.get(waiter.weight)
        if jobs is None:
            jobs = priorities[waiter.weight] = _Jobs(waiter.weight)
        jobs.waiting.setdefault(waiter.job_id, deque()).append(waiter)
        self._count += 1

    def pop(self) -> Waiter:
        """Takes who is next; raises LookupError when nobody waits."""
        if not self._count:
            raise LookupError("nobody waits")
        workspace, priorities = next(iter(self._workspaces.items()))
        jobs = _next(priorities)
        waiter = jobs.pop()
        self._count -= 1
        if not jobs.waiting:
            del priorities[jobs.weight]
        self._workspaces.move_to_end(workspace)
        if not priorities:
            del self._workspaces[workspace]
        return waiter

    def clear(self) -> None:
        """Nobody waits any more."""
        self._workspaces.clear()
        self._count = 0


def _next(priorities: dict[int, _Jobs[Waiter]]) -> _Jobs[Waiter]:
    """Whose turn it is; each gains its weight whenever it is asked for, and who goes pays what all gained, so that turns mix evenly."""
    if len(priorities) == 1:
        return next(iter(priorities.values()))
    for jobs in priorities.values():
        jobs.credit += jobs.weight
    chosen = max(priorities.values(), key=lambda jobs: (jobs.credit, jobs.weight))
    chosen.credit -= sum(priorities)
    return chosen
