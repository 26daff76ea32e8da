"""Jobs as the schema shows them, now or as of any of their events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import strawberry

from domain.jobs.state import JobStatus, TaskStatus
from graphql_api.callbacks import types as callback_types
from graphql_api.callbacks.loaders import callbacks_of_jobs
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs.blockers import Blocker, read_blockers
from graphql_api.jobs.labels import JobPriority
from graphql_api.jobs.loaders import first_runs, graphs, job_starts, jobs_by_id, reviews_of_job
from graphql_api.jobs.log import JobLog, job_logs
from graphql_api.jobs.messages import Message, MessageExpected, messages_expected, show_message
from graphql_api.jobs.previewed import JobPreview, show_preview
from graphql_api.jobs.reviewed import review_streams
from graphql_api.jobs.runs import Failure, TaskRun, run_key, show_failure, show_run
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.actors import Actor, show_actor
from graphql_api.log.history import Integrity, check_integrity, end_of, read_history
from graphql_api.log.types import Event
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.references import (
    CallbackReference,
    JobReference,
    ReviewReference,
    WorkflowReference,
    WorkflowVersionReference,
)
from graphql_api.reviews import types as review_types
from graphql_api.scalars import Cursor
from graphql_api.values.shown import Value, show_value, text
from graphql_api.workflows import types as workflow_types
from graphql_api.workflows import versions as workflow_versions
from graphql_api.workflows.loaders import versions_by_number, workflows_by_id
from projections.jobs import (
    ForEachRow,
    JobFilter,
    JobRow,
    JobTaskRow,
    list_job_items,
    list_job_messages,
    list_job_tasks,
    list_jobs,
)
from projections.pages import Page

RUNS_DEFAULT = 100
FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMED_OUT})

strawberry.enum(
    JobStatus,
    description="How a job stands. WAITING only while nothing in it can move without the outside; COMPLETED, FAILED, CANCELLED and TIMED_OUT are final.",
)


@enumeration
class JobMode(Enum):
    """Whether it is a job, or a preview of a draft, which is never counted as one."""

    JOB = "job"
    PREVIEW = "preview"


@object_type
class TaskCounts:
    """How many runs of tasks stand how."""

    running: int = about("Runs being performed.")
    waiting: int = about("Runs that wait for the outside.")
    held: int = about("Runs held for an operator.")
    retrying: int = about("Runs that failed and are tried again later.")
    succeeded: int = about("Runs that succeeded.")
    failed: int = about("Runs that failed or whose outcome is unknown.")
    skipped: int = about("Tasks that were skipped.")
    cancelled: int = about("Runs that were cancelled.")


@object_type
class ForkOf:
    """What a fork is of: which job, as it stood after which version, from where on. Where that had a parent, the fork has none: nobody waits for it."""

    job_id: strawberry.ID = about("The first job.")
    as_of_version: int = about("The version of the first job up to which its outcomes were reused.")
    task: str = about("The task from which on everything was run again.")
    item: int | None = about("Which item of a for-each alone.")
    reason: str | None = about("Why.")
    row: strawberry.Private[JobRow]

    @field
    async def job(self, info: Info) -> Job | None:
        """The first job."""
        row = None if self.row.fork_of is None else await info.context.loader(jobs_by_id).load(self.row.fork_of)
        return None if row is None else show_job(row)


@object_type
class Job:
    """One tracked run of an exact version of a workflow."""

    id: strawberry.ID = about("Its id.")
    title: str | None = about("What it is called, if anything.")
    status: JobStatus = about("How it stands.")
    is_ending: bool = about("Whether it is ending badly: its last runs are still to be cancelled, or it is undone.")
    is_compensating: bool = about("Whether it is ending badly and what was done is being undone.")
    mode: JobMode = about("A job, or a preview.")
    tags: list[str] = about("What it was tagged with.")
    priority: JobPriority = about("How much it matters.")
    business_key: str | None = about("What it is about, by the name other systems have for it.")
    version_number: int = about("The number of the workflow's version it runs on.")
    event_version: int = about("The version of its last event: `asOf` of this state.")
    source: str = about("How it was started: api, schedule, webhook, or the name that the client gave.")
    started_by: Actor = about("Who started it.")
    created_at: datetime = about("When it was started.")
    due_at: datetime | None = about("When it times out; null: never.")
    ended_at: datetime | None = about("When it ended.")
    paused_since: datetime | None = about("Since when it is paused; null: it is not.")
    pause_reason: str | None = about("Why it is paused.")
    failed_run: str | None = about("The run because of which it fails or failed.")
    reason: str | None = about("Why it was cancelled.")
    parent_run: str | None = about("The run of the job that started it, when one did.")
    counts: TaskCounts = about("How many of its runs stand how.")
    row: strawberry.Private[JobRow]
    runs: strawberry.Private[list[JobTaskRow] | None] = None  # of a job as of a version
    wholes: strawberry.Private[Mapping[str, ForEachRow] | None] = None  # of its for-each tasks then

    @field
    async def workflow(self, info: Info) -> WorkflowReference | None:
        """The workflow it is a run of."""
        info.context.identity.require("workflow:read")
        row = await info.context.loader(workflows_by_id).load(self.row.workflow_id)
        return None if row is None else workflow_types.show_workflow(row)

    @field
    async def version(self, info: Info) -> WorkflowVersionReference | None:
        """The version of the workflow it runs on, locked for ever; null of a preview, which runs on a draft."""
        info.context.identity.require("workflow:read")
        if self.mode is JobMode.PREVIEW and self.row.parent_job_id is None:
            return None
        key = (self.row.workflow_id, self.row.workflow_version)
        row = await info.context.loader(versions_by_number).load(key)
        return None if row is None else await workflow_versions.show_version(info.context, row)

    @field
    async def preview(self, info: Info) -> JobPreview | None:
        """What it is a trial of; null of a job, and of what a preview started itself."""
        if self.mode is not JobMode.PREVIEW:
            return None
        return show_preview(await info.context.loader(job_starts).load(self.row.job_id))

    @field
    async def inputs(self, info: Info) -> list[Value]:
        """What it was started with, by input of the workflow; those that were not given are left out."""
        graph = await info.context.loader(graphs).load(self.row.graph)
        given = (await info.context.loader(job_starts).load(self.row.job_id)).inputs
        types = {declared.name: declared.type for declared in graph.inputs}
        return [show_value(name, types.get(name), value) for name, value in given.items()]

    @field
    async def outputs(self, info: Info) -> list[Value] | None:
        """What it gave, by output of the workflow; null until it has completed."""
        if self.status is not JobStatus.COMPLETED:
            return None
        log = await self._log(info)
        graph = await info.context.loader(graphs).load(self.row.graph)
        completed = await log.log.completed()
        bound = completed.outputs if completed else {}
        return [
            show_value(declared.name, declared.type, await log.bound(declared, bound.get(declared.name)))
            for declared in graph.outputs
        ]

    @field
    async def tasks(
        self,
        info: Info,
        first: int = RUNS_DEFAULT,
        after: Cursor | None = None,
        statuses: list[TaskStatus] | None = None,
        task: str | None = None,
    ) -> Connection[TaskRun]:
        """The runs of its tasks and the tasks that were skipped, in the order they began. With `task`: instead the runs of the items of that for-each."""
        page = await self._runs(info, check_first(first), after, statuses, task)
        kind = run_key(self.row.job_id)
        return connection(
            page,
            lambda row: show_run(row, self.row, info, self._until, (self.wholes or {}).get(row.task)),
            lambda row: key_cursor(kind, row.position),
            after=after,
        )

    @field
    def fork_of(self) -> ForkOf | None:
        """Which job it runs again, when it is a fork."""
        row = self.row
        if row.fork_of is None or row.fork_task is None or row.fork_version is None:
            return None
        return ForkOf(
            job_id=strawberry.ID(str(row.fork_of)),
            as_of_version=row.fork_version,
            task=row.fork_task,
            item=row.fork_item,
            reason=text(row.fork_reason),
            row=row,
        )

    @field
    async def forks(self, info: Info, first: int = RUNS_DEFAULT, after: Cursor | None = None) -> Connection[Job]:
        """The jobs that run it again, the newest first."""
        kind = f"forks of {self.row.job_id}"
        begin = key_of(kind, after)
        page = await list_jobs(
            info.context.api.system.views,
            info.context.workspace_id,
            JobFilter(fork_of=self.row.job_id, mode=self.row.mode),
            first=check_first(first),
            after=begin[0] if begin else None,
        )
        return connection(page, show_job, lambda row: key_cursor(kind, row.position), after=after)

    @field
    async def messages_expected(self, info: Info) -> list[MessageExpected]:
        """The messages its tasks wait for when they come to it, whether or not they still do."""
        return messages_expected(await info.context.loader(graphs).load(self.row.graph))

    @field
    async def messages(self, info: Info, first: int = RUNS_DEFAULT, after: Cursor | None = None) -> Connection[Message]:
        """The messages it was sent, in the order they came."""
        kind = f"messages of {self.row.job_id}"
        page = await list_job_messages(
            info.context.api.system.views,
            self.row.job_id,
            first=check_first(first),
            after=(key_of(kind, after) or (0,))[0],
            until_version=self._until,
        )
        return connection(
            page, lambda row: show_message(row, self.row), lambda row: key_cursor(kind, row.position), after=after
        )

    @field
    async def parent(self, info: Info) -> JobReference | None:
        """The job whose run started this one and waits for its end; its run is `parentRun`."""
        if self.row.parent_job_id is None:
            return None
        row = await info.context.loader(jobs_by_id).load(self.row.parent_job_id)
        return None if row is None else show_job(row)

    @field
    async def children(
        self, info: Info, first: int = PAGE_ROWS_DEFAULT, after: Cursor | None = None
    ) -> Connection[JobReference]:
        """The jobs that its runs have started, the newest first."""
        kind = f"children of {self.row.job_id}"
        begin = key_of(kind, after)
        page = await list_jobs(
            info.context.api.system.views,
            self.row.workspace_id,
            JobFilter(parent_job_id=self.row.job_id, mode=self.row.mode),
            first=check_first(first),
            after=begin[0] if begin else None,
        )
        return connection(page, show_job, lambda row: key_cursor(kind, row.position), after=after)

    @field
    async def reviews(self, info: Info) -> list[ReviewReference]:
        """Its reviews, the first hundred."""
        info.context.identity.require("review:read")
        page = await info.context.loader(reviews_of_job).load(self.row.job_id)
        return [review_types.show_review(row) for row in page.rows]

    @field
    async def callbacks(self, info: Info) -> list[CallbackReference]:
        """Whom it told of its end, or is to tell; empty until it has ended."""
        info.context.identity.require("webhook:read")
        return [
            callback_types.show_callback(row)
            for row in await info.context.loader(callbacks_of_jobs).load(self.row.job_id)
        ]

    @field
    async def blockers(self, info: Info) -> list[Blocker]:
        """Why it is not moving: every task that has not ended and what it waits for; empty once it has ended."""
        if self.status in FINAL:
            return []
        log = await self._log(info)
        # As of the row, like the status beside it: the log may have gone on since.
        return await read_blockers(
            info, log.log, self.row.version, job_id=self.row.job_id if self.runs is None else None
        )

    @field
    def error(self, info: Info) -> Failure | None:
        """Why it failed."""
        return show_failure(info, self.row.error)

    @field
    async def history(
        self,
        info: Info,
        first: int | None = None,
        after: Cursor | None = None,
        last: int | None = None,
        before: Cursor | None = None,
    ) -> Connection[Event]:
        """Everything that happened to it and to its reviews, in order: the `first` events behind `after`, or the `last` ones before `before`. The reviews' own events, with who decided what, need the permission review:read; without it they are left out."""
        context, job_id = info.context, self.row.job_id
        end = await end_of(context, job_id, self._until)
        reviews = await review_streams(context, job_id, end.version) if context.identity.may("review:read") else []
        return await read_history(
            context, job_id, end=end, first=first, after=after, last=last, before=before, woven=reviews
        )

    @field
    async def integrity(self, info: Info) -> Integrity:
        """Whether its records and those of its reviews are what was written: hashes and chains are computed anew."""
        end = await end_of(info.context, self.row.job_id, self._until)
        reviews = await review_streams(info.context, self.row.job_id, end.version)
        return await check_integrity(info.context, self.row.job_id, end=end, woven=reviews)

    @property
    def _until(self) -> int | None:
        return None if self.runs is None else self.row.version

    async def _log(self, info: Info) -> JobLog:
        return await info.context.loader(job_logs).load((self.row.job_id, self._until))

    async def _runs(
        self, info: Info, first: int, after: Cursor | None, statuses: list[TaskStatus] | None, task: str | None
    ) -> Page[JobTaskRow]:
        begin = (key_of(run_key(self.row.job_id), after) or (0,))[0]
        chosen = None if statuses is None else [status.value for status in statuses]
        if self.runs is not None:
            asked = (row for row in self.runs if (row.item is None) == (task is None) and task in (None, row.task))
            rows = [row for row in asked if row.position > begin and (chosen is None or row.status in chosen)]
            return Page(rows[:first], len(rows) > first)
        views = info.context.api.system.views
        if task is not None:
            return await list_job_items(views, self.row.job_id, task, first=first, after=begin, statuses=chosen)
        if not begin and chosen is None:
            return await info.context.loader(first_runs).load((self.row.job_id, first))
        return await list_job_tasks(views, self.row.job_id, first=first, after=begin, statuses=chosen)


def show_job(row: JobRow, runs: list[JobTaskRow] | None = None, wholes: Mapping[str, ForEachRow] | None = None) -> Job:
    """A job by its row; with its runs it is the job as of the row's version."""
    return Job(
        id=strawberry.ID(str(row.job_id)),
        title=text(row.title),
        status=JobStatus(row.status),
        is_ending=row.ending is not None and row.ended_at is None,
        is_compensating=row.compensating and row.ended_at is None,
        mode=JobMode(row.mode),
        tags=list(row.tags),
        priority=JobPriority(row.priority),
        business_key=row.business_key,
        version_number=row.workflow_version,
        event_version=row.version,
        source=row.source,
        started_by=show_actor(row.started_by),
        created_at=row.started_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        paused_since=row.paused_at,
        pause_reason=text(row.pause_reason),
        failed_run=row.failed_run,
        reason=text(row.reason),
        parent_run=row.parent_run,
        counts=TaskCounts(
            running=row.running,
            waiting=row.waiting,
            held=row.held,
            retrying=row.retrying,
            succeeded=row.succeeded,
            failed=row.failed,
            skipped=row.skipped,
            cancelled=row.cancelled,
        ),
        row=row,
        runs=runs,
        wholes=wholes,
    )
