"""The places in which actions are under way here: at most so many, and of one workspace or job somewhat fewer.

An action that has ended gives its place up. Its outcome is then on its way to the log; as long as very many are, nothing more begins.
So another job, or another workspace, finds a place at once even while one has ten thousand long runs; the others wait their turn.
"""

from __future__ import annotations

import math
from uuid import UUID

from runner.fairness import FairQueue
from runner.performance import Performance, Stage

PART_OF_WORKSPACE = 0.9
PART_OF_JOB = 0.8
"""Which part of all places one workspace, or one job, may take."""


class Places:
    """Who has a place, and who waits for one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of_workspace = math.ceil(most * PART_OF_WORKSPACE)
        self._of_job = math.ceil(most * PART_OF_JOB)
        self._taken: dict[int, int] = {}  # by the number of a workspace's or a job's id
        self._under_way = 0
        self._reporting = 0
        self._waiting: FairQueue[Performance] = FairQueue()
        # Those whose workspace or job has all it may take, by its id: one comes back for each place that it gives up.
        self._behind: dict[UUID, FairQueue[Performance]] = {}

    def take_free(self, performance: Performance) -> bool:
        """Takes a place at once if nobody waits and one is free for it; tells whether it did."""
        is_free = (
            not self._waiting
            and self._is_one_free
            and self._taken.get(performance.job_id.int, 0) < self._of_job
            and self._taken.get(performance.workspace.int, 0) < self._of_workspace
        )
        if is_free:
            self.take(performance)
        return is_free

    def wait(self, performance: Performance) -> None:
        """Stands among those who wait; `next` says whose turn it is."""
        self._waiting.push(performance)

    def next(self) -> Performance | None:
        """Who takes a free place now; None: nobody waits, or none is free."""
        while self._waiting and self._is_one_free:
            performance = self._waiting.pop()
            if performance.stage is not Stage.QUEUED:
                self._call_back(performance)
            elif self._taken.get(performance.job_id.int, 0) >= self._of_job:
                self._behind.setdefault(performance.job_id, FairQueue()).push(performance)
            elif self._taken.get(performance.workspace.int, 0) >= self._of_workspace:
                self._behind.setdefault(performance.workspace, FairQueue()).push(performance)
            else:
                self.take(performance)
                return performance
        return None

    def take(self, performance: Performance) -> None:
        """Has a place from now on, whether one is free or not."""
        performance.has_place = True
        self._under_way += 1
        for whose in (performance.job_id.int, performance.workspace.int):
            self._taken[whose] = self._taken.get(whose, 0) + 1

    def leave(self, performance: Performance) -> None:
        """Gives its place up, if it has one."""
        if not performance.has_place:
            return
        performance.has_place = False
        self._under_way -= 1
        for whose in (performance.job_id.int, performance.workspace.int):
            left = self._taken[whose] - 1
            if left:
                self._taken[whose] = left
            else:
                del self._taken[whose]
        self._call_back(performance)

    def begin_report(self, performance: Performance) -> None:
        """Its action has ended, and its outcome is on its way to the log."""
        self.leave(performance)
        self._reporting += 1

    def end_report(self) -> None:
        """The outcome of one is in the log, or never will be."""
        self._reporting -= 1

    @property
    def _is_one_free(self) -> bool:
        return self._under_way < self._most and self._reporting < self._most

    def clear(self) -> None:
        """Nobody waits any more."""
        self._waiting.clear()
        self._behind.clear()

    def _call_back(self, performance: Performance) -> None:
        if not self._behind:
            return
        for whose in (performance.job_id, performance.workspace):
            behind = self._behind.get(whose)
            if behind is not None:
                self._waiting.push(behind.pop())
                if not behind:
                    del self._behind[whose]
