"""Runs of tasks as the schema shows them: how each stands, what it was given, what it gave."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.graph import GraphTask
from domain.jobs.events import TaskFailed, TaskSucceeded
from domain.jobs.run import Failure as StoredFailure
from domain.jobs.state import TaskStatus
from graphql_api.context import Info
from graphql_api.describe import about, field, object_type
from graphql_api.jobs import types as job_types
from graphql_api.jobs.loaders import for_each_by_task, graph_tasks, jobs_by_id, reviews_by_id
from graphql_api.jobs.log import JobLog, job_logs
from graphql_api.jobs.outcomes import Usage, performed_outcomes, show_usage
from graphql_api.jobs.policies import Consequence
from graphql_api.jobs.previewed import Instead, show_instead
from graphql_api.jobs.progress import Progress, run_progress, show_progress
from graphql_api.jobs.run_text import read_run
from graphql_api.jobs.seeing import PREVIEW
from graphql_api.references import JobReference, ReviewReference
from graphql_api.reviews import types as review_types
from graphql_api.scalars import JSON
from graphql_api.values.shown import Value, show_value, shown, text
from projections.jobs import ForEachRow, JobRow, JobTaskRow

strawberry.enum(TaskStatus, description="How a run of a task stands.")


@object_type
class Failure:
    """Why a run or a job failed."""

    code: str = about("The stable code.")
    message: str | None = about("The sentence; null where it is sealed.")
    details: JSON | None = about("What the task's kind tells beside it.")


@object_type
class ItemCounts:
    """How the items of a for-each stand, each by its last run."""

    all: int = about("How many there are.")
    pending: int = about("Items that have not started, or are to be run again.")
    retrying: int = about("Items that failed and are tried again later.")
    running: int = about("Items being performed.")
    waiting: int = about("Items that wait for the outside.")
    held: int = about("Items held for an operator.")
    succeeded: int = about("Items that succeeded.")
    failed: int = about("Items that failed; what they gave is left out.")
    cancelled: int = about("Items that were cancelled.")


@object_type
class TaskRun:
    """One run of a task, a for-each as a whole, or a task that was skipped."""

    run: str = about("The run: task, item, round and attempt, as `find#1.1`; of a skipped task its name.")
    task: str = about("The name of the task.")
    item: int | None = about("Which item of a for-each.")
    round: int = about("Which round, from 1.")
    attempt: int = about("Which attempt, from 1.")
    status: TaskStatus = about("How it stands.")
    held: bool = about("Whether it waits for an operator.")
    started_at: datetime | None = about("When it started.")
    ended_at: datetime | None = about("When it ended.")
    due_at: datetime | None = about("Until when it may run or wait, or when it is tried again.")
    waits_for: str | None = about("What it waited for last: review, time, message, child or worker.")
    route: str | None = about("The route it took, of a kind that has some.")
    error: Failure | None = about("Why it failed.")
    policy: Consequence | None = about("What followed from its error.")
    reason: str | None = about("The reason an operator gave.")
    corrected: bool = about("Whether an operator gave its outputs.")
    losses: int = about("How many times its runner was lost.")
    reused_of: str | None = about("In a fork: the event of the first job, as `job:version`, whose outcome stands here.")
    skipped_because: str | None = about("Why it was skipped: route_not_taken or no_value.")
    skipped_input: str | None = about("The input that could have no value.")
    row: strawberry.Private[JobTaskRow]
    job: strawberry.Private[JobRow]
    until: strawberry.Private[int | None] = None
    whole: strawberry.Private[ForEachRow | None] = None  # of a for-each as of a version

    @field
    async def label(self, info: Info) -> str:
        """The task's label in the version the job runs on."""
        task = await self._graph_task(info)
        return task.label if task else ""

    @field
    async def kind(self, info: Info) -> str | None:
        """The task's kind."""
        task = await self._graph_task(info)
        return task.kind if task else None

    @field
    async def inputs(self, info: Info) -> list[Value]:
        """What it was given, by input."""
        log, task = await self._log(info), await self._graph_task(info)
        started = None if self.row.started_at is None else await log.log.start(read_run(self.run))
        if started is None or task is None:
            return []
        return [
            show_value(given.name, given.type, await log.bound(given, started.bindings.get(given.name)))
            for given in (task.taken if self.item is None else task.inputs)
        ]

    @field
    async def outputs(self, info: Info) -> list[Value]:
        """What it gave, by output; empty before it has succeeded."""
        if self.row.outcome_version is None:
            return []
        log, task = await self._log(info), await self._graph_task(info)
        sources = await log.outputs(read_run(self.run))
        types = {}
        if task:
            types = {each.name: each.type for each in (task.given if self.item is None else task.outputs)}
        return [show_value(name, types.get(name), await log.value(source)) for name, source in sources.items()]

    @field
    async def progress(self, info: Info) -> Progress | None:
        """How far it is, where whoever performs it says so; null once it has ended, and of a job as it was."""
        if self.status not in (TaskStatus.RUNNING, TaskStatus.WAITING) or self.until is not None:
            return None
        return show_progress((await info.context.loader(run_progress).load(self.job.job_id)).get(self.run))

    @field
    async def instead(self, info: Info) -> Instead | None:
        """In a preview: what stands for it, when it was not performed."""
        if self.job.mode != PREVIEW:
            return None
        outcome = await self._outcome(info)
        said = outcome.instead if isinstance(outcome, TaskSucceeded) else None
        return None if said is None else show_instead(said)

    @field
    async def evidence(self, info: Info) -> Value | None:
        """On what its outcome rests, as its kind recorded it: a prompt and its answer, a request and its status, a clock and a seed; null where nothing was."""
        outcome = await self._outcome(info)
        return None if outcome is None or outcome.evidence is None else show_value("evidence", None, outcome.evidence)

    @field
    async def usage(self, info: Info) -> Usage | None:
        """What it used up; null for kinds that use nothing that is counted."""
        outcome = await self._outcome(info)
        return None if outcome is None or outcome.usage is None else show_usage(outcome.usage)

    async def _outcome(self, info: Info) -> TaskSucceeded | TaskFailed | None:
        if self.row.outcome_version is None:
            return None
        return await info.context.loader(performed_outcomes).load((self.job.job_id, self.row.outcome_version))

    @field
    async def items(self, info: Info) -> ItemCounts | None:
        """How the items of a for-each stand; null for any other run. Their own runs are listed by `tasks(task: …)` of the job."""
        if self.row.items is None:
            return None
        if self.whole is not None:
            return show_items(self.whole)
        found = await info.context.loader(for_each_by_task).load((self.job.job_id, self.task))
        return None if found is None else show_items(found)

    @field
    async def review(self, info: Info) -> ReviewReference | None:
        """The review it waits or waited for."""
        if self.row.review_id is None:
            return None
        row = await info.context.loader(reviews_by_id).load(self.row.review_id)
        return None if row is None else review_types.show_review_if_allowed(info.context, row)

    @field
    async def child(self, info: Info) -> JobReference | None:
        """The job it started and waits or waited for."""
        if self.row.child_id is None:
            return None
        row = await info.context.loader(jobs_by_id).load(self.row.child_id)
        return None if row is None else job_types.show_job(row)

    async def _log(self, info: Info) -> JobLog:
        return await info.context.loader(job_logs).load((self.job.job_id, self.until))

    async def _graph_task(self, info: Info) -> GraphTask | None:
        return (await info.context.loader(graph_tasks).load(self.job.graph)).get(self.task)


def show_items(row: ForEachRow) -> ItemCounts:
    """The counts of a for-each by its row."""
    counted = {
        "retrying": row.retrying,
        "running": row.running,
        "waiting": row.waiting,
        "held": row.held,
        "succeeded": row.succeeded,
        "failed": row.failed,
        "cancelled": row.cancelled,
    }
    return ItemCounts(all=row.items, pending=row.items - sum(counted.values()), **counted)


def show_run(row: JobTaskRow, job: JobRow, info: Info, until: int | None, whole: ForEachRow | None = None) -> TaskRun:
    """A run by its row; of a job as of a version, values are those of then."""
    return TaskRun(
        run=row.run,
        task=row.task,
        item=row.item,
        round=row.round,
        attempt=row.attempt,
        status=TaskStatus(row.status),
        held=row.held,
        started_at=row.started_at,
        ended_at=row.ended_at,
        due_at=row.due_at,
        waits_for=row.waits_for,
        route=row.route,
        error=show_failure(info, row.error),
        policy=None if row.policy is None else Consequence(row.policy),
        reason=text(row.reason),
        corrected=row.corrected,
        losses=row.losses,
        reused_of=row.reused_of,
        skipped_because=row.skipped_because,
        skipped_input=row.skipped_input,
        row=row,
        job=job,
        until=until,
        whole=whole,
    )


def show_failure(info: Info, failure: Any) -> Failure | None:
    """A failure by its JSON."""
    if failure is None:
        return None
    if isinstance(failure, StoredFailure):
        failure = failure.model_dump(mode="json")
    details = failure.get("details")
    return Failure(
        code=failure["code"],
        message=text(failure["message"]),
        details=None if details is None else JSON(shown(info.context, details)),
    )


def run_key(job_id: UUID) -> str:
    """The kind of cursor of a job's list of runs."""
    return f"runs of {job_id}"
