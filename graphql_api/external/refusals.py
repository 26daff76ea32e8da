"""What workers are refused."""

from __future__ import annotations

from domain.refusals import Refusal


class LeaseUnreadable(Refusal):
    """Expected a lease as takeTasks gave it, but got something else."""


class LeaseOver(Refusal):
    """Expected a lease that holds, but that of {run} does not: the run was given to another worker, has ended, or is no longer wanted. Stop working on it."""


class TaskOutputsWrong(Refusal):
    """Expected outputs that fit the task {task}, but these do not: {outputs}. The lease holds on: report again."""


class TooManyTasks(Refusal):
    """Expected 1 to {most} tasks in one call, but got {count}."""
