"""The read model `jobs`: the list of jobs, each with its runs of tasks."""

from projections.jobs.queries import (
    ALL_JOBS,
    JOB_STATUSES,
    JobFilter,
    find_job,
    find_job_task,
    find_jobs,
    list_job_tasks,
    list_jobs,
    tasks_of_jobs,
)
from projections.jobs.rows import JobRow, JobTaskRow

__all__ = [
    "ALL_JOBS",
    "JOB_STATUSES",
    "JobFilter",
    "JobRow",
    "JobTaskRow",
    "find_job",
    "find_job_task",
    "find_jobs",
    "list_job_tasks",
    "list_jobs",
    "tasks_of_jobs",
]
