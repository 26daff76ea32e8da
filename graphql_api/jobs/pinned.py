"""Pinned outputs as they go into a preview: what a client cannot write as JSON is taken from the event it was pinned from."""

from __future__ import annotations

from typing import Any

from domain.graph import Graph
from domain.jobs.brought import brought_by
from domain.types import check
from domain.workflows.design import Design, Pinned
from graphql_api.context import Context, read_id
from graphql_api.values.given import keep

INLINE_BYTES_MAX = 2 * 1024
"""Of each pinned output, in the start of a preview; larger ones go to the blob store."""


async def pinned_outputs(context: Context, part: Design, graph: Graph) -> dict[str, dict[str, Any]]:
    """The outputs that are pinned, by task, as they are kept."""
    found: dict[str, dict[str, Any]] = {}
    for name, task in part.tasks.items():
        if task.pinned is not None:
            outputs = await _outputs(context, graph, name, task.pinned)
            found[name] = await keep(context, outputs, INLINE_BYTES_MAX)
    return found


async def _outputs(context: Context, graph: Graph, task: str, pinned: Pinned) -> dict[str, Any]:
    """A file, which JSON only tells of, is the one that the event brought."""
    outputs = dict(pinned.outputs)
    unlike = [
        one.name for one in graph.named[task].outputs if one.name in outputs and check(one.type, outputs[one.name], "")
    ]
    recorded = await _recorded(context, pinned.of) if unlike and pinned.of is not None else {}
    return {**outputs, **{name: recorded[name] for name in unlike if name in recorded}}


async def _recorded(context: Context, of: str) -> dict[str, Any]:
    """What an event of a job of the workspace brought; nothing where there is none, or who asks may not read jobs."""
    stream, _, version = of.rpartition(":")
    job_id = read_id(stream)
    if job_id is None or not version.isdecimal() or not context.identity.may("job:read"):
        return {}
    system = context.api.system
    for record in await system.reader.read_versions(job_id, [int(version)]):
        if record.workspace == context.workspace_id and record.topic.startswith("job."):
            brought = brought_by(system.mapper.event(record))
            return {} if brought is None else dict(brought[1].outputs)
    return {}
