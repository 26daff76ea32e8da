"""Versions of workflows as the schema shows them: drafts as they stand now, and what was locked."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from functools import cached_property
from uuid import UUID

import strawberry

from domain.values import unescape
from domain.workflows.checks import examine
from domain.workflows.design import Design, read_design
from domain.workflows.state import Workflow
from domain.workflows.wiring import Wiring
from graphql_api.context import Context, Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.log.actors import Actor, show_actor
from graphql_api.scalars import JSON
from graphql_api.values.shown import text
from graphql_api.workflow_files.version_fields import VersionDrawn
from graphql_api.workflows.checks import Check, Told, examine_draft, show_check
from graphql_api.workflows.design_types import (
    Note,
    Task,
    TaskEdge,
    Variable,
    show_edge,
    show_notes,
    show_tasks,
    show_variable,
)
from graphql_api.workflows.drafts import Key, design_of, drafts_told, find_design, workflow_states
from graphql_api.workflows.links import LinkProposal, show_links
from projections.workflows import WorkflowVersionRow


@enumeration
class VersionStatus(Enum):
    """How a version stands: it can be edited, runs jobs, starts no more of them, or is a draft that was put away with its workflow."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    ARCHIVED = "ARCHIVED"


@object_type
class WorkflowVersion(VersionDrawn):
    """One state of a workflow: the draft as it stands now, or what was locked when it was activated."""

    status: VersionStatus = about("How it stands.")
    graph_hash: str | None = about("The hash of the compiled graph; null for a draft.")
    activated_at: datetime | None = about("When it was activated.")
    activated_by: Actor | None = about("Who activated it.")
    note: str | None = about("What was said when it was activated, or noted since.")
    row: strawberry.Private[WorkflowVersionRow]
    open_design: strawberry.Private[Design | None]  # of a draft

    @field
    def content_hash(self) -> str:
        """The hash of the design: equal for two versions that are drawn alike."""
        return self.row.content_hash or self._design.content_hash()

    @field
    def inputs(self) -> list[Variable]:
        """The inputs a job is started with."""
        return [show_variable(variable) for variable in self._design.inputs.values()]

    @field
    def outputs(self) -> list[Variable]:
        """The outputs a job gives."""
        return [show_variable(out.variable, gather=out.gather) for out in self._design.outputs.values()]

    @field
    def tasks(self, info: Info) -> list[Task]:
        """Its tasks."""
        return show_tasks(self._wire(info.context))

    @field
    def edges(self) -> list[TaskEdge]:
        """Its edges, in edge order: of several that delivered to one input, the first wins."""
        return [show_edge(edge) for edge in self._design.edges]

    @field
    def notes(self) -> list[Note]:
        """What builders have written on the drawing."""
        return show_notes(self._design)

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
        return JSON(unescape(self.row.design if self.open_design is None else self.open_design.form()))

    @field
    async def checks(self, info: Info) -> list[Check]:
        """What its builder is told, errors first; those of severity ERROR block activation. Of a locked version without what is to be found in code."""
        return [show_check(one) for one in (await self._tell(info.context)).examined.checks]

    @field
    async def checks_pending(self, info: Info) -> int:
        """Of how many tasks the code is not looked at yet, so that `checks` may say more when asked again."""
        return 0 if self.status is not VersionStatus.DRAFT else (await self._tell(info.context)).pending

    @field
    def links(self, info: Info) -> list[LinkProposal]:
        """Links that are proposed for inputs that nothing feeds; `linkWorkflow` connects them. None of a version that is locked."""
        return show_links(self._wire(info.context)) if self.status is VersionStatus.DRAFT else []

    async def _tell(self, context: Context) -> Told:
        if self.status is VersionStatus.DRAFT:
            told: Told | None = await context.loader(drafts_told).load(self._key)
            if told is not None and told.examined.wiring.design is self._design:
                return told
            return await examine_draft(context, self._design, self.row.workflow_id)  # As it was once.
        drafts = context.api.drafts
        examined = examine(self._design, before=drafts.examined(self._key))
        drafts.keep(self._key, examined)
        return Told(examined, 0)

    def _wire(self, context: Context) -> Wiring:
        return context.api.drafts.wire(self._key, self._design)

    @property
    def _key(self) -> Key:
        return self.row.workflow_id, self.number

    def drawn(self) -> Design:
        """What is drawn."""
        return self._design

    def drawn_of(self) -> UUID:
        """The workflow it is a version of."""
        return self.row.workflow_id

    async def drawn_as(self, context: Context, number: int) -> Design | None:
        """What is drawn of another version of the workflow; None where there is none of this number."""
        if number == self.number:
            return self._design
        found = await find_design(context, self.row.workflow_id, number)
        if found is not None:
            return found
        return design_of(await context.loader(workflow_states).load(self.row.workflow_id), number)

    @cached_property
    def _design(self) -> Design:
        return read_design(self.row.design) if self.open_design is None else self.open_design


async def show_version(
    context: Context, row: WorkflowVersionRow, state: Workflow | None = None
) -> WorkflowVersion | None:
    """A version by its row, a draft as it stands; None of a draft that was discarded meanwhile."""
    if row.design is not None:
        return show_row(row)
    if state is None:
        state = await context.loader(workflow_states).load(row.workflow_id)
    design = design_of(state, row.number)
    return None if design is None else show_row(row, design)


def show_row(row: WorkflowVersionRow, open_design: Design | None = None) -> WorkflowVersion:
    """A version by its row, a draft with its design."""
    return WorkflowVersion(
        number=row.number,
        status=VersionStatus(row.status),
        graph_hash=row.graph_hash,
        activated_at=row.activated_at,
        activated_by=None if row.activated_by is None else show_actor(row.activated_by),
        note=text(row.note),
        row=row,
        open_design=open_design,
    )
