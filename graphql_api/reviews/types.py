"""Reviews as the schema shows them: what must be judged, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import strawberry

from domain.graph import GraphInput, GraphTask
from domain.jobs.run import Run
from domain.reviews.events import ReviewAccepted, ReviewRejected
from domain.types import ValueType
from graphql_api.context import Context, Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs import seeing
from graphql_api.jobs import types as job_types
from graphql_api.jobs.loaders import graph_tasks, jobs_by_id
from graphql_api.jobs.log import JobLog, job_logs
from graphql_api.jobs.run_text import read_run
from graphql_api.log.actors import Actor, show_actor, show_member
from graphql_api.log.history_field import history_of
from graphql_api.references import JobReference
from graphql_api.values.shown import Value, show_value, text
from graphql_api.workflows.loaders import workflows_by_id
from projections.reviews import ReviewRow


@enumeration
class ReviewStatus(Enum):
    """How a review stands: it waits for an answer, was accepted (perhaps with corrections), rejected, or is no longer needed."""

    WAITING = "WAITING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@object_type
class ReviewCorrection:
    """One output a reviewer changed."""

    output: str = about("The output.")
    before: Value = about("What was shown.")
    after: Value = about("What took its place.")


@object_type
class Review:
    """One piece of work waiting for a person."""

    id: strawberry.ID = about("Its id.")
    status: ReviewStatus = about("How it stands.")
    job_id: strawberry.ID = about("The job it belongs to.")
    task: str = about("The task that asked for it.")
    run: str = about("The run of that task.")
    reviewed: str | None = about("The run whose outputs are judged.")
    guidance: str | None = about("What the reviewer is told.")
    roles: list[str] = about("The roles that may decide it.")
    requested_at: datetime = about("When it was requested.")
    due_at: datetime | None = about("Until when it should be decided.")
    claimed_at: datetime | None = about("When it was claimed.")
    decided_at: datetime | None = about("When it was decided.")
    comment: str | None = about("What the reviewer said.")
    withdrawn_because: str | None = about("Why it is no longer needed.")
    preview: bool = about("Whether a preview of a draft asks it, of who tries the draft.")
    event_version: int = about("The version of its last event.")
    row: strawberry.Private[ReviewRow]

    @field
    def members(self) -> list[Actor]:
        """The people who may decide it."""
        return [show_actor(f"member:{member}") for member in self.row.members]

    @field
    def claimed_by(self) -> Actor | None:
        """Who has claimed it."""
        return show_member(self.row.claimed_by)

    @field
    def decided_by(self) -> Actor | None:
        """Who decided it."""
        return show_member(self.row.decided_by)

    @field
    def job_started_by(self) -> Actor | None:
        """Who started the job."""
        return None if self.row.job_started_by is None else show_actor(self.row.job_started_by)

    @field
    async def job(self, info: Info) -> JobReference | None:
        """The job it belongs to; needs the permission job:read."""
        info.context.identity.require("job:read")
        row = await info.context.loader(jobs_by_id).load(self.row.job_id)
        return None if row is None else job_types.show_job(row)

    @field
    async def job_title(self, info: Info) -> str | None:
        """What its job is called; null where it has no title."""
        row = await info.context.loader(jobs_by_id).load(self.row.job_id)
        return None if row is None else text(row.title)

    @field
    async def workflow_name(self, info: Info) -> str | None:
        """The name of the workflow its job is a run of."""
        job = await info.context.loader(jobs_by_id).load(self.row.job_id)
        row = None if job is None else await info.context.loader(workflows_by_id).load(job.workflow_id)
        return None if row is None else text(row.name)

    @field
    async def outputs(self, info: Info) -> list[Value]:
        """What must be judged: all outputs of the reviewed run, as they were shown."""
        if self.row.reviewed is None:
            return []
        log, types = await self._log(info), await self._types(info)
        found = await log.outputs(read_run(self.row.reviewed))
        return [show_value(name, types.get(name), await log.value(at)) for name, at in found.items()]

    @field
    async def shown(self, info: Info) -> list[Value]:
        """What is shown beside: the review's own inputs."""
        return [value for value in await self._inputs(info, self.row.run) if value.name != "reviewed"]

    @field
    async def inputs(self, info: Info) -> list[Value]:
        """What the reviewed run was given."""
        return [] if self.row.reviewed is None else await self._inputs(info, self.row.reviewed)

    @field
    async def corrections(self, info: Info) -> list[ReviewCorrection]:
        """What the reviewer changed: each output before and after."""
        if not self.row.corrections:
            return []
        system = info.context.api.system
        records = await system.reader.read_stream(self.row.review_id)
        decided = system.mapper.event(records[-1])
        if not isinstance(decided, ReviewAccepted | ReviewRejected):
            return []
        log, types = await self._log(info), await self._types(info)
        return [
            ReviewCorrection(
                output=changed.output,
                before=show_value(changed.output, types.get(changed.output), await log.value(changed.before)),
                after=show_value(changed.output, types.get(changed.output), changed.after),
            )
            for changed in decided.corrections
        ]

    history = history_of(lambda self: self.row.review_id)

    async def _log(self, info: Info) -> JobLog:
        return await info.context.loader(job_logs).load((self.row.job_id, None))

    async def _types(self, info: Info) -> dict[str, ValueType]:
        log = await self._log(info)
        tasks = await info.context.loader(graph_tasks).load(log.started.graph)
        if self.row.task not in tasks:
            return {}
        task, of_item = tasks[self.row.task], read_run(self.row.run).item is not None
        return {output.name: output.type for output in (task.outputs if of_item else task.given)}

    async def _inputs(self, info: Info, run: str) -> list[Value]:
        log = await self._log(info)
        tasks = await info.context.loader(graph_tasks).load(log.started.graph)
        started = await log.log.start(read_run(run))
        if started is None or started.run.task not in tasks:
            return []
        return [
            show_value(given.name, given.type, await log.bound(given, started.bindings.get(given.name)))
            for given in _inputs_of(tasks[started.run.task], started.run)
        ]


def show_review(row: ReviewRow) -> Review:
    """A review by its row."""
    return Review(
        id=strawberry.ID(str(row.review_id)),
        status=ReviewStatus(row.status),
        job_id=strawberry.ID(str(row.job_id)),
        task=row.task,
        run=row.run,
        reviewed=row.reviewed,
        guidance=text(row.guidance),
        roles=list(row.roles),
        requested_at=row.requested_at,
        due_at=row.due_at,
        claimed_at=row.claimed_at,
        decided_at=row.decided_at,
        comment=text(row.comment),
        withdrawn_because=text(row.reason),
        preview=row.preview,
        event_version=row.version,
        row=row,
    )


def may_see(context: Context, row: ReviewRow) -> bool:
    """Whether who asks may see a review: all of them, or those assigned to one."""
    identity = context.identity
    if row.preview and not seeing.may_see(identity, seeing.PREVIEW):
        return False
    if identity.may("review:read"):
        return True
    assigned = identity.member_id in row.members or not set(row.roles).isdisjoint(identity.roles)
    return identity.may("review:decide") and assigned


def show_review_if_allowed(context: Context, row: ReviewRow) -> Review | None:
    """A review; none for who may not see it."""
    return show_review(row) if may_see(context, row) else None


def _inputs_of(task: GraphTask, run: Run) -> Sequence[GraphInput]:
    return task.taken if run.item is None else task.inputs
