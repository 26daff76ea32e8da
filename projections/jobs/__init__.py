"""The read model `jobs`: the list of jobs, each with its runs of tasks."""

from projections.jobs.filter import ALL_JOBS, JOB_STATUSES, JobFilter
from projections.jobs.lists import list_jobs, matches
from projections.jobs.queries import (
    count_open_previews,
    find_for_each,
    find_job,
    find_job_task,
    find_jobs,
    list_job_items,
    list_job_messages,
    list_job_tasks,
    tasks_of_jobs,
)
from projections.jobs.rows import ForEachRow, JobMessageRow, JobRow, JobTaskRow

__all__ = [
    "ALL_JOBS",
    "JOB_STATUSES",
    "ForEachRow",
    "JobFilter",
    "JobMessageRow",
    "JobRow",
    "JobTaskRow",
    "count_open_previews",
    "find_for_each",
    "find_job",
    "find_job_task",
    "find_jobs",
    "list_job_items",
    "list_job_messages",
    "list_job_tasks",
    "list_jobs",
    "matches",
    "tasks_of_jobs",
]
