"""Workflows as the schema shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from domain.workflows.history import Batch, Stacks
from domain.workflows.state import Archived, NoWorkflow, last_version, open_design
from domain.workflows.state import Workflow as State
from graphql_api.context import Context, Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.jobs import of_workflow
from graphql_api.limits import PAGE_ROWS_DEFAULT
from graphql_api.log.actors import Actor, show_actor
from graphql_api.log.batches import EditBatch, show_batch
from graphql_api.log.history import end_of, read_history
from graphql_api.log.types import Event
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.references import JobReference
from graphql_api.scalars import Cursor
from graphql_api.values.shown import text
from graphql_api.workflows.drafts import find_standing, workflow_states
from graphql_api.workflows.loaders import uses_of, versions_by_number, workflows_by_id
from graphql_api.workflows.versions import VersionStatus, WorkflowVersion, show_row, show_version
from projections.pages import Page
from projections.workflows import WorkflowRow, WorkflowVersionRow, list_versions


@enumeration
class WorkflowStatus(Enum):
    """How a workflow stands: never active yet, with an active version that runs jobs, taken out of service, or put away."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    ARCHIVED = "ARCHIVED"


@object_type
class Workflow:
    """A reusable template: tasks, edges and variables, in versions."""

    id: strawberry.ID = about("Its id.")
    name: str = about("Its name, unique in the workspace.")
    description: str | None = about("What it is for.")
    status: WorkflowStatus = about("How it stands.")
    event_version: int = about(
        "The version of its last event: what an edit expects as `expectedVersion`. Never ahead of the draft shown beside it."
    )
    created_by: Actor = about("Who created it.")
    created_at: datetime = about("When it was created.")
    changed_at: datetime = about("When it was changed last.")
    row: strawberry.Private[WorkflowRow]
    state: strawberry.Private[State | None]  # None: not read yet
    then: strawberry.Private[Mapping[int, WorkflowVersionRow] | None]  # of one as of the past: its versions

    @field
    async def draft(self, info: Info) -> WorkflowVersion | None:
        """The version that can be edited, as it stands now: the first draft, or an open revision."""
        state = await self._state(info)
        design = open_design(state)
        if design is None or isinstance(state, NoWorkflow | Archived):
            return None
        row = WorkflowVersionRow(
            workflow_id=self.row.workflow_id, number=state.number, workspace_id=self.row.workspace_id, status="DRAFT"
        )
        return show_row(row, design)

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
        kind = f"versions of {self.row.workflow_id}"
        begin, count = key_of(kind, after), check_first(first)
        page = await self._page(info, count, begin[0] if begin else None)
        shown = [(row, await self._show(info, row)) for row in page.rows]
        there = Page([one for _, one in shown if one is not None], has_more=page.has_more)
        return connection(there, lambda one: one, lambda one: key_cursor(kind, one.number), after=after)

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
        end = await end_of(info.context, stream, None if self.then is None else self.row.version)
        return await read_history(info.context, stream, end=end, first=first, after=after, last=last, before=before)

    @field
    async def preview(self, info: Info, last: int = PAGE_ROWS_DEFAULT) -> list[JobReference]:
        """The previews of its draft that were started last, the newest first; none for who does not edit workflows."""
        return [*await of_workflow.previews_of(info.context, self.row.workflow_id, last)]

    @field
    async def copied_from(self, info: Info) -> Workflow | None:
        """The workflow it was copied from."""
        if self.row.copied_from is None:
            return None
        row = await info.context.loader(workflows_by_id).load(self.row.copied_from)
        return None if row is None else show_workflow(row)

    @field
    def copied_version(self) -> int | None:
        """The version it was copied from; null where that was a draft."""
        return self.row.copied_version

    @field
    async def used_by(self, info: Info) -> list[WorkflowUse]:
        """The workflows that execute this one now, by their drafts or by their active versions; at most 1,000."""
        found = await info.context.loader(uses_of).load(self.row.workflow_id)
        rows = await info.context.loader(workflows_by_id).load_many([use.workflow_id for use in found])
        return [
            WorkflowUse(
                workflow=show_workflow(row),
                number=use.number,
                status=VersionStatus(use.status),
                tasks=[task for name, task in zip(use.uses, use.uses_tasks, strict=True) if name in self.row.names],
            )
            for use, row in zip(found, rows, strict=True)
            if row is not None
        ]

    @field
    async def undoable(self, info: Info) -> EditBatch | None:
        """Your own edits that `undoEdit` would take back; it is refused where something newer stands on them."""
        return _batch((await self._stacks(info)).undo)

    @field
    async def redoable(self, info: Info) -> EditBatch | None:
        """Your own edits, taken back by this batch, that `redoEdit` would bring back."""
        return _batch((await self._stacks(info)).redo)

    async def _stacks(self, info: Info) -> Stacks:
        state = await self._state(info)
        if isinstance(state, NoWorkflow):
            return Stacks()
        return state.known.history.stacks.get(info.context.identity.member_id, Stacks())

    async def _state(self, info: Info) -> State:
        return (
            await info.context.loader(workflow_states).load(self.row.workflow_id) if self.state is None else self.state
        )

    async def _version(self, info: Info, number: int | None) -> WorkflowVersion | None:
        if number is None:
            return None
        if self.then is not None:
            row = self.then.get(number)
        else:
            row = await info.context.loader(versions_by_number).load((self.row.workflow_id, number))
        return None if row is None else await self._show(info, row)

    async def _show(self, info: Info, row: WorkflowVersionRow) -> WorkflowVersion | None:
        return await show_version(info.context, row, self.state)

    async def _page(self, info: Info, count: int, after: int | None) -> Page[WorkflowVersionRow]:
        if self.then is None:
            views, row = info.context.api.system.views, self.row
            return await list_versions(views, row.workspace_id, row.workflow_id, first=count, after=after)
        behind = [self.then[number] for number in sorted(self.then, reverse=True) if after is None or number < after]
        return Page(behind[:count], has_more=len(behind) > count)


@object_type
class WorkflowUse:
    """That a version of another workflow executes one."""

    workflow: Workflow = about("The workflow that executes it.")
    number: int = about("The number of the version that does.")
    status: VersionStatus = about("Whether that is its draft or its active version.")
    tasks: list[str] = about("The tasks that do.")


async def read_workflow(context: Context, workflow_id: UUID) -> Workflow | None:
    """A workflow as it stands; None where the workspace has none of this id."""
    standing = await find_standing(context, workflow_id)
    return None if standing is None else show_workflow(standing.row, standing.state)


def show_workflow(
    row: WorkflowRow, state: State | None = None, then: Mapping[int, WorkflowVersionRow] | None = None
) -> Workflow:
    """A workflow by its row, and where it was read by the state of its stream; `then`: its versions in the past."""
    version, description = row.version, row.description
    if state is not None and not isinstance(state, NoWorkflow):
        version, description = state.known.version, _description(state)
    return Workflow(
        id=strawberry.ID(str(row.workflow_id)),
        name=row.name,
        description=text(description),
        status=WorkflowStatus(row.status),
        event_version=version,
        created_by=show_actor(row.created_by),
        created_at=row.created_at,
        changed_at=row.changed_at,
        row=row,
        state=state,
        then=then,
    )


def _batch(stack: Sequence[Batch]) -> EditBatch | None:
    if not stack:
        return None
    return show_batch(stack[-1].member_id, stack[-1].purpose, stack[-1].first, stack[-1].last)


def _description(state: State) -> object:
    design, version = open_design(state.last if isinstance(state, Archived) else state), last_version(state)
    if design is None and version is not None:
        design = version.design
    return None if design is None else design.description
