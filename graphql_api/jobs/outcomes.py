"""How runs ended, as the events say that tell it: on what an outcome rests, and what it used up."""

from __future__ import annotations

from uuid import UUID

from domain.events import Event
from domain.jobs.events import TaskFailed, TaskSucceeded
from domain.jobs.run import Usage as StoredUsage
from graphql_api.context import Context
from graphql_api.describe import about, object_type
from graphql_api.values.money import Cost, show_cost


@object_type
class Usage:
    """What a run used up: requests of a model and their tokens."""

    provider: str = about("Who was asked.")
    model: str = about("The model, as its provider names it.")
    requests: int = about("How many requests were made.")
    input_tokens: int = about("Tokens given.")
    output_tokens: int = about("Tokens received.")
    cost: Cost | None = about("What it cost; null where that is not known.")


def show_usage(usage: StoredUsage) -> Usage:
    """What a run used up."""
    return Usage(
        provider=usage.provider,
        model=usage.model,
        requests=usage.requests,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost=show_cost(usage.cost),
    )


async def performed_outcomes(
    context: Context, outcomes: list[tuple[UUID, int]]
) -> list[TaskSucceeded | TaskFailed | None]:
    """The events by which runs ended, by job and version; None where another event stands there."""
    system = context.api.system
    versions: dict[UUID, list[int]] = {}
    for job_id, version in outcomes:
        versions.setdefault(job_id, []).append(version)
    found: dict[tuple[UUID, int], Event] = {}
    for job_id, wanted in versions.items():
        for record in await system.reader.read_versions(job_id, wanted):
            found[job_id, record.version] = system.mapper.event(record)
    told = [found.get(outcome) for outcome in outcomes]
    return [event if isinstance(event, TaskSucceeded | TaskFailed) else None for event in told]
