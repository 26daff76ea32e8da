"""What a version is beside its parts: its file, its picture, where its tasks are drawn, and what differs from another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from domain.values import unescape
from domain.workflows.comparing import compare
from domain.workflows.design import Design
from domain.workflows.drawn_out import BOX_HEIGHT, BOX_WIDTH, draw_mermaid, draw_svg, lay_out
from domain.workflows.portable import write_workflow
from domain.workflows.wiring import Wiring
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, object_type
from graphql_api.refusals import ArgumentRefused
from graphql_api.workflow_files.differences import VersionDifference, show_difference
from graphql_api.workflow_files.estimates import Estimate, estimate_of
from graphql_api.workflow_files.printing import write_text
from graphql_api.workflows.loaders import workflows_by_id

Drawn = TypeVar("Drawn")


@object_type
class TaskPlaced:
    """Where a task is drawn: its own place, or the one the layout gives it."""

    task: str = about("The task.")
    x: float = about("From the left, in the units of places.")
    y: float = about("From the top.")
    width: float = about("How wide the layout takes it to be.")
    height: float = about("How high the layout takes it to be.")
    placed: bool = about("Whether it has a place of its own.")


@object_type
class VersionDrawn:
    """A version as a file, as a picture, and beside another."""

    number: int = about("Its number, from 1.")

    def drawn(self) -> Design:
        """What is drawn."""
        raise NotImplementedError

    def drawn_of(self) -> UUID:
        """The workflow it is a version of."""
        raise NotImplementedError

    async def drawn_as(self, context: Context, number: int) -> Design | None:
        """What is drawn of another version of the workflow; None where there is none of this number."""
        raise NotImplementedError

    @field
    async def yaml(self, info: Info) -> str:
        """The workflow file of this version, as `importWorkflow` and `opus apply` take it."""
        row = await info.context.loader(workflows_by_id).load(self.drawn_of())
        return await asyncio.to_thread(_file_of, "" if row is None else row.name, self.drawn())

    @field
    async def mermaid(self) -> str:
        """The picture as the text of a Mermaid flowchart."""
        return await asyncio.to_thread(_of_wiring, draw_mermaid, self.drawn())

    @field
    async def svg(self) -> str:
        """The picture as one SVG that loads nothing and runs nothing."""
        return await asyncio.to_thread(_of_wiring, draw_svg, self.drawn())

    @field
    async def layout(self) -> list[TaskPlaced]:
        """Where each task is drawn: those without a place of their own beside what they are linked to, over no other."""
        design = self.drawn()
        places = await asyncio.to_thread(_of_wiring, lay_out, design)
        return [
            TaskPlaced(
                task=name,
                x=place.x,
                y=place.y,
                width=BOX_WIDTH,
                height=BOX_HEIGHT,
                placed=design.tasks[name].place is not None,
            )
            for name, place in places.items()
        ]

    @field
    async def estimate(self, info: Info) -> Estimate:
        """What a job of this version will probably take and cost: by recorded runs, else as its tasks expect, else unknown."""
        return await estimate_of(info.context, self.drawn_of(), self.drawn())

    @field
    async def compare(
        self, info: Info, with_number: Annotated[int | None, strawberry.argument(name="with")] = None
    ) -> VersionDifference:
        """What became of another version in this one; without a number of the version before, of nothing for the first."""
        if with_number is None and self.number == 1:
            return show_difference(await asyncio.to_thread(compare, Design(), self.drawn()), None, self.number)
        number = self.number - 1 if with_number is None else with_number
        before = await self.drawn_as(info.context, number)
        if before is None:
            raise ArgumentRefused(expected="the number of a version of this workflow", name="with", found=str(number))
        difference = await asyncio.to_thread(compare, before, self.drawn())
        return show_difference(difference, number, self.number)


# What costs milliseconds for each hundred tasks is done beside the loop, which others wait for.


def _file_of(name: str, design: Design) -> str:
    return write_text(unescape(write_workflow(name, design)))


def _of_wiring(draw: Callable[[Wiring], Drawn], design: Design) -> Drawn:
    return draw(Wiring(design))
