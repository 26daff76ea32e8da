"""What a preview needs before it can be decided: the draft as it stood, cut to what is asked for, and its inputs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from domain.graph import ERROR, Graph
from domain.jobs.commands import StartJob
from domain.jobs.facts import facts
from domain.jobs.inputs import misfits
from domain.jobs.run import Preview
from domain.workflows.checks import Facts, examine
from domain.workflows.compile import graph_bytes
from domain.workflows.design import Design, Edge, Pinned
from domain.workflows.previewing import (
    TIME_LIMIT_SECONDS_USUAL,
    OutputsNotKnown,
    compile_preview,
    cut,
    refuse_errors,
    samples,
    stand_ins,
)
from domain.workflows.refusals import NothingToEdit, WorkflowIsArchived, WorkflowNotFound
from domain.workflows.state import Archived, InUse, NoWorkflow, Workflow, open_design
from domain.workflows.subject import WORKFLOWS
from domain.workflows.wiring import Wiring
from graphql_api.context import VIEWS_SECONDS_MAX, Context
from graphql_api.jobs.earlier import Earlier
from graphql_api.jobs.pinned import pinned_outputs
from graphql_api.refusals import ArgumentRefused, PositionNotReached
from graphql_api.values.given import NamedValue, keep, take
from graphql_api.workflows.credentials import find_named_credentials
from graphql_api.workflows.sub_workflows import find_sub_workflows
from projections.jobs import count_open_previews

_starting: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a draft is to be previewed, and how."""

    workflow_id: UUID
    draft_version: int | None
    inputs: Sequence[NamedValue]
    until: str | None
    alone: str | None
    fresh: bool
    effects: bool
    time_limit_seconds: float | None


def one_at_a_time(workspace: UUID) -> asyncio.Lock:
    """Held from counting the previews of a workspace until one more is recorded: of each process at most one is not counted."""
    return _starting.setdefault(workspace, asyncio.Lock())


async def make_preview(context: Context, asked: Asked, job_id: UUID, at: datetime) -> StartJob:
    """The command. What is wrong with the draft refuses it here; what is wrong with the inputs goes along with it."""
    used, version = await _draft_at(context, asked)
    design = open_design(used)
    if design is None:
        raise NothingToEdit(number=used.number - 1)
    part = cut(design, until=asked.until, alone=asked.alone)
    values, details = await take(context, asked.inputs, "input")
    if asked.alone is not None:
        part, earlier = await _as_before(context, asked, design, part, values)
        values = {**earlier, **values}
    graph, content_hash = await _compiled(context, asked, part)
    if asked.until is not None:
        # What the draft asks for and this part of it does not is no mistake of who fills in all that is asked.
        values = {name: value for name, value in values.items() if name in part.inputs or name not in design.inputs}
    values |= samples(part.inputs, values)
    details += misfits(graph.inputs, values, "input")
    if asked.fresh and not details:
        await context.api.system.kept_outputs.clear(context.workspace_id, asked.workflow_id)
    return StartJob(
        at=at,
        job_id=job_id,
        workflow_id=asked.workflow_id,
        workflow_version=used.number,
        graph=content_hash,
        mode="preview",
        preview=Preview(
            draft_version=version,
            until=asked.until,
            alone=asked.alone,
            fresh=asked.fresh,
            effects=asked.effects,
            pinned=await pinned_outputs(context, part, graph),
        ),
        previews_open=await _open_previews(context),
        inputs=values if details else await keep(context, values),
        facts=facts(graph, None, values),
        findings=tuple(details),
        time_limit_seconds=_time_limit(asked, graph),
    )


async def _draft_at(context: Context, asked: Asked) -> tuple[InUse, int]:
    """The workflow as it stood at the version asked for, which may lie before its last event."""
    workflow: Workflow
    workflow, last = await context.api.system.dispatch.load("workflow", asked.workflow_id, context.workspace_id)
    version = last if asked.draft_version is None else asked.draft_version
    if isinstance(workflow, NoWorkflow):
        raise WorkflowNotFound(workflow_id=asked.workflow_id)
    if not 1 <= version <= last:
        raise ArgumentRefused(expected=f"1 to {last}", name="draftVersion", found=str(version))
    if version < last:
        system = context.api.system
        workflow = WORKFLOWS.initial(None)
        for record in await system.reader.read_stream(asked.workflow_id, until=version):
            workflow = WORKFLOWS.evolve(workflow, system.mapper.event(record))
    if isinstance(workflow, Archived):
        raise WorkflowIsArchived(name=workflow.known.name)
    if isinstance(workflow, NoWorkflow):
        raise WorkflowNotFound(workflow_id=asked.workflow_id)
    return workflow, version


async def _compiled(context: Context, asked: Asked, part: Design) -> tuple[Graph, str]:
    """The graph of what is previewed, and where it is stored; refuses errors in it."""
    found = await context.api.findings(part, None)
    subs = await find_sub_workflows(context, part, asked.workflow_id)
    credentials = await find_named_credentials(context, part)
    refuse_errors(examine(part, Facts(found.findings, subs, credentials)).checks, part)
    graph = compile_preview(part, subs, is_cut=asked.until is not None or asked.alone is not None)
    ref = await context.api.system.blobs.put(context.workspace_id, graph_bytes(graph), "application/json")
    return graph, ref.hash


async def _as_before(
    context: Context, asked: Asked, design: Design, part: Design, given: Mapping[str, Any]
) -> tuple[Design, dict[str, Any]]:
    """A part with one task alone: what it judges pinned to what it gave last, and inputs as earlier previews brought them."""
    task = asked.alone or ""
    earlier = await Earlier.of(context, asked.workflow_id)
    judged = [name for name in stand_ins(part, task) if part.tasks[name].pinned is None]
    unknown = []
    for name in judged:
        outputs = await earlier.outputs(name)
        if outputs:
            part = part.with_task(part.tasks[name].model_copy(update={"pinned": Pinned(outputs=outputs)}))
        else:
            unknown.append(name)
    if unknown:
        raise OutputsNotKnown(tasks=", ".join(unknown), task=task)
    wiring, values = Wiring(design), {}
    for name in part.inputs:
        edges = wiring.feeding.get((task, name), ())
        if name not in given and edges:
            value = await earlier.brought(_sources(edges), gather=wiring.gathers(edges[0]))
            if value is not None:
                values[name] = value
    return part, values


def _sources(edges: Sequence[Edge]) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(edge.source, edge.path) for edge in edges if edge.path is not None and edge.path[0] != ERROR]


async def _open_previews(context: Context) -> int:
    # One that was started a moment ago is counted: the read models are waited for.
    if not await context.seen(await context.api.system.reader.last_position()):
        raise PositionNotReached(seconds=VIEWS_SECONDS_MAX)
    return await count_open_previews(context.api.system.views, context.workspace_id)


def _time_limit(asked: Asked, graph: Graph) -> float | None:
    if asked.time_limit_seconds is not None or graph.time_limit_seconds is not None:
        return asked.time_limit_seconds
    return float(TIME_LIMIT_SECONDS_USUAL)
