"""The labels that jobs are found by, as they stand in the read model."""

from __future__ import annotations

from collections.abc import Iterator

from projections.jobs.rows import JobLabelRow, JobRow

KEY, TAG, WORD, PRIORITY, SOURCE, FORK, PARENT = "k:", "t:", "w:", "p:", "s:", "f:", "c:"
AFTER_ALL = "\U0010ffff"
"""Behind a beginning it comes after every label that begins so."""


def label_rows(job: JobRow) -> Iterator[JobLabelRow]:
    """A row for each label of a job."""
    for label in _labels(job):
        yield JobLabelRow(job.workspace_id, job.mode, label, job.position, job.job_id)


def _labels(job: JobRow) -> Iterator[str]:
    yield SOURCE + job.source
    yield PRIORITY + job.priority
    if job.fork_of is not None:
        yield f"{FORK}{job.fork_of}"
    if job.business_key is not None:
        yield KEY + job.business_key
    if job.parent_job_id is not None:
        yield f"{PARENT}{job.parent_job_id}"
    yield from (TAG + tag for tag in job.tags)
    yield from (WORD + word for word in job.words)
