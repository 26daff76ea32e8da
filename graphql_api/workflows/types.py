"""Workflows and their versions as the schema shows them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from enum import Enum
from functools import cached_property

import strawberry

from domain.values import unescape
from domain.workflows.design import Design, read_design
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.actors import Actor, show_actor
from graphql_api.log.history import end_of, read_history
from graphql_api.log.types import Event
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import JSON, Cursor
from graphql_api.values.shown import text
from graphql_api.workflows.checks import Check, Told, examine_draft, show_check
from graphql_api.workflows.design_types import Task, TaskEdge, Variable, show_edge, show_tasks, show_variable
from graphql_api.workflows.links import LinkProposal, show_links
from graphql_api.workflows.loaders import versions_by_number
from projections.workflows import WorkflowRow, WorkflowVersionRow, list_versions
from projections.workflows.project import check_form


@enumeration
class WorkflowStatus(Enum):
    """How a workflow stands: never active yet, with an active version that runs jobs, taken out of service, or put away."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    ARCHIVED = "ARCHIVED"


@enumeration
class VersionStatus(Enum):
    """How a version stands: it can be edited, runs jobs, or starts no more of them."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


@object_type
class WorkflowVersion:
    """One state of a workflow: the draft as it stands now, or what was locked when it was activated."""

    number: int = about("Its number, from 1.")
    status: VersionStatus = about("How it stands.")
    content_hash: str = about("The hash of the design: equal for two versions that are drawn alike.")
    graph_hash: str | None = about("The hash of the compiled graph; null for a draft.")
    activated_at: datetime | None = about("When it was activated.")
    activated_by: Actor | None = about("Who activated it.")
    note: str | None = about("What was said when it was activated.")
    row: strawberry.Private[WorkflowVersionRow]
    told: strawberry.Private[asyncio.Future[Told] | None] = None

    @field
    def inputs(self) -> list[Variable]:
        """The inputs a job is started with."""
        return [show_variable(variable) for variable in self._design.inputs.values()]

    @field
    def outputs(self) -> list[Variable]:
        """The outputs a job gives."""
        return [show_variable(out.variable, gather=out.gather) for out in self._design.outputs.values()]

    @field
    def tasks(self) -> list[Task]:
        """Its tasks."""
        return show_tasks(self._design)

    @field
    def edges(self) -> list[TaskEdge]:
        """Its edges, in edge order: of several that delivered to one input, the first wins."""
        return [show_edge(edge) for edge in self._design.edges]

    @field
    def heavy_at_once_max(self) -> int:
        """How many heavy tasks of a job may run at once."""
        return self._design.heavy_at_once_max

    @field
    def time_limit_seconds(self) -> float | None:
        """After how long a job times out, waiting included; null: never."""
        return self._design.time_limit_seconds

    @field
    def design(self) -> JSON:
        """The whole design as one JSON document."""
        return JSON(unescape(self.row.design))

    @field
    async def checks(self, info: Info) -> list[Check]:
        """What its builder is told, errors first; those of severity ERROR block activation."""
        if self.status is not VersionStatus.DRAFT:
            return [show_check(one) for one in self.row.checks]
        return [show_check(check_form(one)) for one in (await self._tell(info)).examined.checks]

    @field
    async def checks_pending(self, info: Info) -> int:
        """Of how many tasks the code is not looked at yet, so that `checks` may say more when asked again."""
        return 0 if self.status is not VersionStatus.DRAFT else (await self._tell(info)).pending

    @field
    def links(self) -> list[LinkProposal]:
        """Links that are proposed for inputs that nothing feeds; `linkWorkflow` connects them. None of a version that is locked."""
        return show_links(self._design) if self.status is VersionStatus.DRAFT else []

    def _tell(self, info: Info) -> asyncio.Future[Told]:
        # Once, whoever asks first: both fields are of the same moment.
        if self.told is None:
            self.told = asyncio.ensure_future(examine_draft(info.context, self._design, self.row.workflow_id))
        return self.told

    @cached_property
    def _design(self) -> Design:
        return read_design(self.row.design)


@object_type
class Workflow:
    """A reusable template: tasks, edges and variables, in versions."""

    id: strawberry.ID = about("Its id.")
    name: str = about("Its name, unique in the workspace.")
    description: str | None = about("What it is for.")
    status: WorkflowStatus = about("How it stands.")
    event_version: int = about("The version of its last event: what an edit expects as `expectedVersion`.")
    created_by: Actor = about("Who created it.")
    created_at: datetime = about("When it was created.")
    changed_at: datetime = about("When it was changed last.")
    row: strawberry.Private[WorkflowRow]

    @field
    async def draft(self, info: Info) -> WorkflowVersion | None:
        """The version that can be edited: the first draft, or an open revision."""
        return await self._version(info, self.row.draft_version)

    @field
    async def active(self, info: Info) -> WorkflowVersion | None:
        """The version that jobs start on now."""
        return await self._version(info, self.row.active_version)

    @field
    async def version(self, info: Info, number: int) -> WorkflowVersion | None:
        """The version of this number."""
        return await self._version(info, number)

    @field
    async def versions(
        self, info: Info, first: int = PAGE_ROWS_DEFAULT, after: Cursor | None = None
    ) -> Connection[WorkflowVersion]:
        """All versions, the newest first."""
        kind, row = f"versions of {self.row.workflow_id}", self.row
        begin = key_of(kind, after)
        page = await list_versions(
            info.context.api.system.views,
            row.workspace_id,
            row.workflow_id,
            first=check_first(first),
            after=begin[0] if begin else None,
        )
        return connection(page, show_version, lambda version: key_cursor(kind, version.number), after=after)

    @field
    async def history(
        self,
        info: Info,
        first: int | None = None,
        after: Cursor | None = None,
        last: int | None = None,
        before: Cursor | None = None,
    ) -> Connection[Event]:
        """Every edit and every version: the `first` events behind `after`, or the `last` ones before `before`."""
        stream = self.row.workflow_id
        end = await end_of(info.context, stream, None)
        return await read_history(info.context, stream, end=end, first=first, after=after, last=last, before=before)

    async def _version(self, info: Info, number: int | None) -> WorkflowVersion | None:
        if number is None:
            return None
        row = await info.context.loader(versions_by_number).load((self.row.workflow_id, number))
        return None if row is None else show_version(row)


def show_workflow(row: WorkflowRow) -> Workflow:
    """A workflow by its row."""
    return Workflow(
        id=strawberry.ID(str(row.workflow_id)),
        name=row.name,
        description=text(row.description),
        status=WorkflowStatus(row.status),
        event_version=row.version,
        created_by=show_actor(row.created_by),
        created_at=row.created_at,
        changed_at=row.changed_at,
        row=row,
    )


def show_version(row: WorkflowVersionRow) -> WorkflowVersion:
    """A version by its row."""
    return WorkflowVersion(
        number=row.number,
        status=VersionStatus(row.status),
        content_hash=row.content_hash,
        graph_hash=row.graph_hash,
        activated_at=row.activated_at,
        activated_by=None if row.activated_by is None else show_actor(row.activated_by),
        note=text(row.note),
        row=row,
    )
