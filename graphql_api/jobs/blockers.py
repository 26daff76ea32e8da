"""Why a job is not moving, as a screen asks it: which task waits for what, since when, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import strawberry

from domain.jobs.blockers import Blocker as DomainBlocker
from domain.jobs.blockers import blockers
from domain.jobs.state import Job as DomainJob
from domain.jobs.subject import JOBS
from event_store.envelope import read_envelope
from event_store.units import Record
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, object_type
from graphql_api.jobs.runs import Failure, show_failure


@enumeration
class WaitsFor(Enum):
    """What a task waits for: the runner that performs it, a review, a time, a message, a child job, a worker, an operator, a place among the heavy tasks, or other tasks."""

    RUNNER = "runner"
    REVIEW = "review"
    TIME = "time"
    MESSAGE = "message"
    CHILD = "child"
    WORKER = "worker"
    OPERATOR = "operator"
    SLOT = "slot"
    TASKS = "tasks"


@object_type
class Blocker:
    """A task that has not ended, and what it waits for."""

    task: str = about("The task.")
    run: str | None = about("Its run, once it has one.")
    waits_for: WaitsFor = about("What it waits for.")
    since: datetime = about("Since when.")
    until: datetime | None = about("Until when, at the latest.")
    review_id: strawberry.ID | None = about("The review it waits for.")
    tasks: list[str] = about("The tasks whose outcome it needs, or that hold the places it needs.")
    error: Failure | None = about("Why it is held.")
    summary: str = about("The same as one sentence.")


async def read_blockers(info: Info, graph_hash: str, records: Sequence[Record]) -> list[Blocker]:
    """The blockers of a job after some records."""
    system = info.context.api.system
    job: DomainJob = JOBS.initial(await system.graph(info.context.workspace_id, graph_hash))
    for record in records:
        job = JOBS.evolve(job, system.mapper.event(record))
    return [_blocker(info, found, records) for found in blockers(job)]


def _blocker(info: Info, found: DomainBlocker, records: Sequence[Record]) -> Blocker:
    return Blocker(
        task=found.task,
        run=found.run.text if found.run else None,
        waits_for=WaitsFor(found.waits_for),
        since=read_envelope(records[found.since - 1].state).time,
        until=found.until,
        review_id=strawberry.ID(str(found.review_id)) if found.review_id else None,
        tasks=list(found.tasks),
        error=show_failure(info, found.error),
        summary=_sentence(found),
    )


def _sentence(found: DomainBlocker) -> str:
    named = ", ".join(found.tasks)
    match found.waits_for:
        case "runner":
            return f"Task {found.task} is being performed."
        case "operator":
            code = found.error.code if found.error else "an error"
            return f"Task {found.task} is held because of {code}: an operator retries, corrects or gives it up."
        case "slot":
            return f"Task {found.task} is heavy and waits until one of {named} ends."
        case "tasks":
            return f"Task {found.task} waits for {named or 'nothing'}."
        case other:
            return f"Task {found.task} waits for a {other}."
