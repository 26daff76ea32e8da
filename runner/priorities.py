"""How much the priority of each job weighs where its runs wait for a place or a slot."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from domain.events import Event
from domain.jobs.events import JobStarted, Priority
from domain.jobs.shard import shard
from runner.fairness import USUAL_WEIGHT, WEIGHTS


class Priorities:
    """Of the jobs that are performed here; only those of another priority than the usual take any room."""

    def __init__(self) -> None:
        self._weights: dict[UUID, int] = {}

    def weight(self, job_id: UUID) -> int:
        """What the priority of a job weighs."""
        return self._weights.get(job_id, USUAL_WEIGHT) if self._weights else USUAL_WEIGHT

    def learn(self, job_id: UUID, priority: Priority) -> None:
        """A job that is performed here has this priority."""
        if priority != "normal":
            self._weights[job_id] = WEIGHTS[priority]

    def started(self, job_id: UUID, event: Event) -> None:
        """The same by the first event of the job."""
        if isinstance(event, JobStarted) and event.priority is not None:
            self.learn(job_id, event.priority)

    def forget(self, job_id: UUID) -> None:
        """The job has ended."""
        self._weights.pop(job_id, None)

    def forget_shards(self, shards: Collection[int]) -> None:
        """Their jobs were not followed here for a while; each is learnt again when it is examined."""
        for job_id in [job_id for job_id in self._weights if shard(job_id) in shards]:
            self.forget(job_id)
