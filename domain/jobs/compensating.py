"""What undoes a job that is ending badly: which compensations run, in which order, and whether they have what they need.

The compensation of a task runs if that task has succeeded, after all runs have been cancelled and before the end is written: one after
another, in reverse order of success. One that fails is recorded and the next goes on; with the policy *hold* an operator
decides. What was cancelled, failed or is of unknown outcome is not undone: it is for a person to look at. Nor is what a fork reused: that
is for the job that did it.
"""

from __future__ import annotations

from domain.jobs.state import DELIVERED, Job, TaskStatus


def to_compensate(job: Job) -> list[int]:
    """The compensations of the tasks that have succeeded, that of the last success first."""
    done = [
        (job.where[job.last_run(task)], compensation)
        for task, compensation in job.index.compensations.items()
        if job.statuses[task] is TaskStatus.SUCCEEDED and task not in job.reused
    ]
    return [compensation for _, compensation in sorted(done, reverse=True)]


def first_without_value(job: Job, task: int) -> str | None:
    """The first input of a task that can have no value, as its edges stand now; None when all can."""
    index = job.index
    for slot in index.task_slots[task]:
        delivered = any(job.edges[edge] == DELIVERED for edge in index.slot_edges[slot])
        if not delivered and index.slot_fallback[slot] is None:
            return index.slot_inputs[slot].name
    return None
