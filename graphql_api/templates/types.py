"""Templates as the schema shows them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from enum import Enum

import strawberry

from domain.templates.head import HEAD
from domain.values import unescape
from domain.workflows.design import Design
from domain.workflows.drawn_out import draw_mermaid, draw_svg
from domain.workflows.portable import write_workflow
from domain.workflows.wiring import Wiring
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, field, object_type
from graphql_api.log.actors import Actor, show_actor
from graphql_api.scalars import JSON
from graphql_api.templates.loaders import designs_by_hash
from graphql_api.values.shown import text
from graphql_api.workflow_files.estimates import Estimate, estimate_declared
from graphql_api.workflow_files.printing import write_text
from graphql_api.workflows.design_types import Task, TaskEdge, Variable, show_edge, show_tasks, show_variable
from projections.templates import TemplateRow

_BEFORE = ("format", "name", "description")


@enumeration
class TemplateStatus(Enum):
    """Whether a template is in the library, or was taken out of it."""

    PUBLISHED = "PUBLISHED"
    UNPUBLISHED = "UNPUBLISHED"


@object_type
class TemplateSource:
    """What a template was made of."""

    workflow_id: strawberry.ID = about("The workflow.")
    number: int = about("The number of its version.")


@object_type
class Template:
    """A ready workflow of the organization's library, to begin one's own from."""

    id: strawberry.ID = about("Its id.")
    slug: str = about("Its name in addresses and files, unique in the library.")
    version: int = about("The version that is offered, from 1: what a revision expects as `expectedVersion`.")
    status: TemplateStatus = about("Whether it is in the library.")
    name: str = about("What it is called.")
    description: str | None = about("What it is for.")
    industries: list[str] = about("Who would use it, as `banking`.")
    purposes: list[str] = about("What for, as `approval`.")
    tags: list[str] = about("What else it is listed under.")
    words: list[str] = about("Words by which it is found as well.")
    language: str = about("The language of its texts, as BCP 47 has it.")
    author: str | None = about("Who wrote it.")
    task_count: int = about("How many tasks it has.")
    uses: int = about("How many workflows were begun from it.")
    published_by: Actor = about("Who published it first; without a name where that was in another workspace.")
    published_at: datetime = about("When it was published first.")
    changed_at: datetime = about("When it was published, revised or taken out last.")
    reason: str | None = about("Why it was taken out.")
    row: strawberry.Private[TemplateRow]

    @field
    def revisable(self, info: Info) -> bool:
        """Whether this workspace published it: no other revises it or takes it out."""
        return self.row.workspace_id == info.context.workspace_id

    @field
    def source(self, info: Info) -> TemplateSource | None:
        """The workflow it was made of; null where it came from a file, and for other workspaces."""
        row = self.row
        if row.source_workflow_id is None or row.source_number is None or row.workspace_id != info.context.workspace_id:
            return None
        return TemplateSource(workflow_id=strawberry.ID(str(row.source_workflow_id)), number=row.source_number)

    @field
    async def inputs(self, info: Info) -> list[Variable]:
        """The inputs a job of it is started with."""
        return [show_variable(variable) for variable in (await self._design(info)).inputs.values()]

    @field
    async def outputs(self, info: Info) -> list[Variable]:
        """The outputs a job of it gives."""
        return [show_variable(out.variable, gather=out.gather) for out in (await self._design(info)).outputs.values()]

    @field
    async def tasks(self, info: Info) -> list[Task]:
        """Its tasks."""
        return show_tasks(Wiring(await self._design(info)))

    @field
    async def edges(self, info: Info) -> list[TaskEdge]:
        """Its edges, in edge order."""
        return [show_edge(edge) for edge in (await self._design(info)).edges]

    @field
    async def design(self, info: Info) -> JSON:
        """The whole design as one JSON document."""
        return JSON(unescape((await self._design(info)).form()))

    @field
    async def yaml(self, info: Info) -> str:
        """The workflow file with its head, as `importTemplates` and `opus apply` take it."""
        return await asyncio.to_thread(_file_of, self.row, await self._design(info))

    @field
    async def mermaid(self, info: Info) -> str:
        """The picture as the text of a Mermaid flowchart."""
        return await asyncio.to_thread(draw_mermaid, Wiring(await self._design(info)))

    @field
    async def svg(self, info: Info) -> str:
        """The picture as one SVG that loads nothing and runs nothing."""
        return await asyncio.to_thread(draw_svg, Wiring(await self._design(info)))

    @field
    async def estimate(self, info: Info) -> Estimate:
        """What a job of it will probably take and cost, as far as its tasks say what they expect."""
        return estimate_declared(await self._design(info))

    async def _design(self, info: Info) -> Design:
        return await info.context.loader(designs_by_hash).load((self.row.workspace_id, self.row.design))


def _file_of(row: TemplateRow, design: Design) -> str:
    head = {
        "slug": row.slug,
        "industries": row.industries,
        "purposes": row.purposes,
        "tags": row.tags,
        "words": row.words,
        "language": row.language,
        "author": text(row.author),
    }
    written = unescape(write_workflow(row.name, replace(design, description=row.description)))
    said = {HEAD: {name: list(value) if isinstance(value, tuple) else value for name, value in head.items() if value}}
    return write_text({name: written[name] for name in _BEFORE if name in written} | said | written)


def show_template(row: TemplateRow) -> Template:
    """A template by its row."""
    return Template(
        id=strawberry.ID(str(row.template_id)),
        slug=row.slug,
        version=row.number,
        status=TemplateStatus(row.status),
        name=row.name,
        description=text(row.description),
        industries=list(row.industries),
        purposes=list(row.purposes),
        tags=list(row.tags),
        words=list(row.words),
        language=row.language,
        author=text(row.author),
        task_count=row.tasks,
        uses=row.uses,
        published_by=show_actor(row.published_by),
        published_at=row.published_at,
        changed_at=row.changed_at,
        reason=text(row.reason),
        row=row,
    )
