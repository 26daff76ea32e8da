"""What a fork takes over from its first job: inputs, and the outcomes that stand, their values read where they are and kept anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.graph import Graph
from domain.jobs.commands import Reused
from domain.jobs.events import ItemsEnded, JobStarted, TaskCorrected, TaskReused, TaskSucceeded
from domain.jobs.facts import facts
from domain.jobs.forking import Outcome
from domain.jobs.refusals import ForkTooLarge
from domain.jobs.run import Facts
from domain.values import encode
from event_store.units import Record
from graphql_api.context import Context
from graphql_api.jobs.log import JobLog, job_logs
from graphql_api.values.given import keep
from graphql_api.values.shown import opened

REUSED_MAX = 10_000
REUSED_BYTES_MAX = 16 * 1024 * 1024
"""Of values that stand in the events themselves; larger values are kept once, whoever names them."""


@dataclass(frozen=True, slots=True)
class Before:
    """The first job as it stood when the fork was asked for."""

    job_id: UUID
    version: int
    graph: Graph


async def read_start(context: Context, job_id: UUID) -> tuple[Record, JobStarted]:
    """The first event of a job that is known to have begun."""
    system = context.api.system
    [record] = await system.reader.read_stream(job_id, limit=1)
    event = system.mapper.event(record)
    if not isinstance(event, JobStarted):
        raise TypeError(f"Expected a job to begin with its start, but got {event.wire}.")
    return record, event


def facts_of(graph: Graph, started: JobStarted, given: Mapping[str, Any]) -> Facts:
    """The facts of the fork's inputs: those of the first job, but of inputs that are given anew."""
    told = facts(graph, None, given)
    absent = [path for path in started.facts.absent if path[0] not in given]
    counts = [count for count in started.facts.counts if count.path[0] not in given]
    return Facts(
        absent=(*absent, *(path for path in told.absent if path[0] in given)),
        counts=(*counts, *(count for count in told.counts if count.path[0] in given)),
    )


async def read_reused(context: Context, before: Before, outcomes: Sequence[Outcome]) -> tuple[Reused, ...]:
    """The outcomes with their values, ready to stand in the fork; refuses more than one fork may take over."""
    if len(outcomes) > REUSED_MAX:
        raise ForkTooLarge(limit=REUSED_MAX, what="outcomes", found=len(outcomes))
    system = context.api.system
    records = await system.reader.read_versions(before.job_id, [outcome.version for outcome in outcomes])
    told = {record.version: system.mapper.event(record) for record in records}
    log = await context.loader(job_logs).load((before.job_id, before.version))
    reused: list[Reused] = []
    size = 0
    for outcome in outcomes:
        event = told[outcome.version]
        if not isinstance(event, TaskSucceeded | TaskCorrected | TaskReused | ItemsEnded):
            raise TypeError(f"Expected the outcome of {outcome.was.text}, but got {event.wire}.")
        outputs = await keep(context, await _outputs(context, log, outcome, event))
        size += len(encode(outputs))
        if size > REUSED_BYTES_MAX:
            raise ForkTooLarge(limit=REUSED_BYTES_MAX, what="bytes of values", found=size)
        of = f"{before.job_id}:{outcome.version}"
        reused.append(Reused(run=outcome.run, of=of, outputs=outputs, facts=event.facts))
    return tuple(reused)


async def _outputs(
    context: Context, log: JobLog, outcome: Outcome, event: TaskSucceeded | TaskCorrected | TaskReused | ItemsEnded
) -> dict[str, Any]:
    if isinstance(event, TaskCorrected | TaskReused) or (isinstance(event, TaskSucceeded) and not event.passed):
        return event.outputs
    found = {name: await log.value(source, items_max=None) for name, source in (await log.outputs(outcome.was)).items()}
    if isinstance(event, ItemsEnded):
        # What the items gave becomes one list, whose large items stood each for itself.
        return {name: [await opened(context, item) for item in gave or ()] for name, gave in found.items()}
    return found
