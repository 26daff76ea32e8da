"""Why a job is not moving, as a screen asks it: which task waits for what, since when, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from domain.jobs.blockers import Blocker as DomainBlocker
from domain.jobs.blockers import ItemCounts as DomainCounts
from domain.jobs.blockers import blockers
from graphql_api.context import Info
from graphql_api.describe import about, enumeration, object_type
from graphql_api.jobs.log import Log
from graphql_api.jobs.progress import Progress, run_progress, show_progress
from graphql_api.jobs.runs import Failure, ItemCounts, show_failure
from projections.engine import HeldRun, RunProgress, SlotWait, held_runs_of, slot_waits_of


@enumeration
class WaitsFor(Enum):
    """What a task waits for: the runner that performs it, a review, a time, a message, a child job, a worker, an operator, a place among the heavy tasks or a slot of a limit over jobs, that its job is resumed, other tasks, that it is cancelled because its job is ending, that what is undone before it is, or (a for-each) its items."""

    RUNNER = "runner"
    REVIEW = "review"
    TIME = "time"
    MESSAGE = "message"
    CHILD = "child"
    WORKER = "worker"
    OPERATOR = "operator"
    SLOT = "slot"
    PAUSE = "pause"
    ENDING = "ending"
    COMPENSATION = "compensation"
    TASKS = "tasks"
    ITEMS = "items"


@object_type
class HoldingWorker:
    """The worker that holds a run."""

    name: str = about("What it calls itself.")
    taken_at: datetime = about("When it took the run.")
    leased_until: datetime = about("When its lease ends unless it is kept.")


@object_type
class Blocker:
    """A task that has not ended, or the job as a whole, and what it waits for."""

    task: str | None = about("The task; null: the job as a whole.")
    run: str | None = about("Its run, once it has one.")
    waits_for: WaitsFor = about("What it waits for.")
    since: datetime = about("Since when.")
    until: datetime | None = about("Until when, at the latest.")
    review_id: strawberry.ID | None = about("The review it waits for.")
    child_id: strawberry.ID | None = about("The job it waits for.")
    message: str | None = about("The name of the message it waits for.")
    queue: str | None = about("The queue in which it waits for a worker.")
    worker: HoldingWorker | None = about("The worker that holds it; null while it waits to be taken, and in the past.")
    progress: Progress | None = about("How far it is, where whoever performs it says so; null in the past.")
    tasks: list[str] = about("The tasks whose outcome it needs, or that hold the places it needs.")
    error: Failure | None = about("Why it is held, or was to be tried again.")
    limit: str | None = about("The limit over jobs of which it needs a slot, as `kind:ai=10`.")
    items: ItemCounts | None = about(
        "How the items of a for-each stand; the first few of those under way follow as blockers of their own."
    )
    summary: str = about("The same as one sentence.")


async def read_blockers(info: Info, log: Log, version: int, *, job_id: UUID | None) -> list[Blocker]:
    """The blockers of a job after the event of a version; of the job as it is now (`job_id`) also what the runners say of slots, who holds what waits for workers, and how far each is."""
    found = blockers(await log.state(version))
    moments = await log.moments({blocker.since for blocker in found})
    said = _Said() if job_id is None else await _read_said(info, job_id, found)
    return [_blocker(info, blocker, moments[blocker.since], said) for blocker in found]


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands in no log: what runners and workers say of the runs of a job, by their text."""

    slots: Mapping[str, SlotWait] = field(default_factory=dict)
    held: Mapping[str, HeldRun] = field(default_factory=dict)
    told: Mapping[str, RunProgress] = field(default_factory=dict)


async def _read_said(info: Info, job_id: UUID, found: Sequence[DomainBlocker]) -> _Said:
    views, workspace = info.context.api.system.views, info.context.workspace_id
    performed = any(blocker.waits_for == "runner" for blocker in found)
    queued = any(blocker.queue is not None for blocker in found)
    return _Said(
        slots=await slot_waits_of(views, workspace, job_id) if performed or queued else {},
        held=await held_runs_of(views, workspace, job_id) if queued else {},
        told=await info.context.loader(run_progress).load(job_id) if performed or queued else {},
    )


def _blocker(info: Info, found: DomainBlocker, since: datetime, said: _Said) -> Blocker:
    worker = _worker(said.held.get(found.run.text) if found.run and found.queue else None)
    # A run that workers perform is offered to them when it has its slot.
    slot = said.slots.get(found.run.text) if found.run and found.waits_for in ("runner", "worker") else None
    if slot is not None:
        return Blocker(
            task=found.task,
            run=slot.run,
            waits_for=WaitsFor.SLOT,
            since=slot.since,
            until=found.until,
            review_id=None,
            child_id=None,
            message=None,
            queue=None,
            worker=None,
            progress=None,
            tasks=[],
            error=None,
            limit=slot.limit_key,
            items=None,
            summary=f"Task {found.task} waits for a slot of the limit {slot.limit_key}.",
        )
    return Blocker(
        task=found.task,
        run=found.run.text if found.run else None,
        waits_for=WaitsFor(found.waits_for),
        since=since,
        until=found.until,
        review_id=strawberry.ID(str(found.review_id)) if found.review_id else None,
        child_id=strawberry.ID(str(found.child_id)) if found.child_id else None,
        message=found.message,
        queue=found.queue,
        worker=worker,
        progress=show_progress(said.told.get(found.run.text)) if found.run else None,
        tasks=list(found.tasks),
        error=show_failure(info, found.error),
        limit=None,
        items=_counts(found.items),
        summary=_sentence(found, worker),
    )


def _counts(items: DomainCounts | None) -> ItemCounts | None:
    if items is None:
        return None
    counted = asdict(items)
    return ItemCounts(all=sum(counted.values()), **counted)


def _worker(held: HeldRun | None) -> HoldingWorker | None:
    if held is None:
        return None
    return HoldingWorker(name=held.worker, taken_at=held.taken_at, leased_until=held.leased_until)


def _sentence(found: DomainBlocker, worker: HoldingWorker | None) -> str:
    if found.task is None:
        return "The job is paused" + (f": {found.reason}" if isinstance(found.reason, str) else ".")
    item = None if found.run is None else found.run.item
    name = found.task if item is None else f"{found.task}[{item}]"
    if worker is not None:
        return f"Task {name} is held by the worker {worker.name}, which took it from the queue {found.queue}."
    return f"Task {name} {_of_rules(found) or _of_outside(found)}"


def _of_rules(found: DomainBlocker) -> str | None:
    """What keeps a task within its job, after the words "Task x"; None where it waits for the outside."""
    named = ", ".join(found.tasks)
    match found.waits_for:
        case "pause":
            return "waits until the job is resumed."
        case "slot":
            return f"is heavy and waits until one of {named} ends."
        case "ending":
            return "is about to be cancelled, because the job is ending."
        case "compensation":
            return f"undoes what was done, after {named or 'what runs now'}."
        case "tasks":
            return f"waits for {named or 'nothing'}."
        case "items" if found.items is not None:
            counts = found.items
            left = counts.pending + counts.running + counts.waiting + counts.held + counts.retrying
            return f"runs for each of its items, of which {left} have not ended."
        case _:
            return None


def _of_outside(found: DomainBlocker) -> str:
    """What a task waits for from outside its job, after the words "Task x"."""
    match found.waits_for:
        case "runner":
            return "is being performed."
        case "operator":
            code = found.error.code if found.error else "an error"
            return f"is held because of {code}: an operator retries, corrects or gives it up."
        case "worker" if found.queue is not None:
            return f"waits in the queue {found.queue} until a worker takes it."
        case "message":
            return f"waits for the message {found.message}."
        case "child":
            return f"waits for the job {found.child_id}."
        case "time" if found.error is not None:
            return f"failed with {found.error.code} and is tried again later."
        case "time" if found.until is not None:
            return f"waits until {found.until.isoformat()}."
        case other:
            return f"waits for a {other}."
