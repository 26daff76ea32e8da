"""What a job of a version will probably take and cost, as the schema shows it."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from uuid import UUID

from domain.workflows.design import Design
from domain.workflows.estimating import Estimate as DomainEstimate
from domain.workflows.estimating import TaskTimes, estimate
from domain.workflows.wiring import Wiring
from graphql_api.context import Context
from graphql_api.describe import about, enumeration, object_type
from projections.jobs.task_times import list_task_times


@enumeration
class EstimateBasis(Enum):
    """Where a figure comes from: recorded runs, what the task's policy expects, or nowhere."""

    RECORDED = "recorded"
    DECLARED = "declared"
    UNKNOWN = "unknown"


@object_type
class TaskEstimate:
    """What one task will probably take and cost."""

    task: str = about("The task.")
    basis: EstimateBasis = about("Where its time comes from.")
    runs: int = about("How many recorded runs say so, of the jobs that completed last.")
    seconds: float | None = about("How long it takes, of recorded runs the median; null where that is unknown.")
    seconds_high: float | None = about("What nine of ten recorded runs kept to; null where that is unknown.")
    waits: bool = about("Whether it waits for a person, a time or a message: that is told apart from work.")
    cost_basis: EstimateBasis = about("Where its cost comes from.")
    cost: str | None = about(
        "What it costs, as an exact decimal, for all items of a for-each; null where that is unknown."
    )
    currency: str | None = about("The currency of the cost.")


@object_type
class LongestPath:
    """The way through the workflow whose work takes longest."""

    tasks: list[str] = about("Its tasks, in order.")
    seconds: float = about("How long its work takes.")
    seconds_high: float = about("The same when each task takes as long as nine of ten runs kept to.")
    waiting_seconds: float = about("How long it waits for people, times and messages on top of that.")
    unknown: list[str] = about("Those of its tasks of which nothing is known; they count as nothing.")


@object_type
class DearestPath:
    """The way through the workflow that costs most in one currency."""

    currency: str = about("The currency.")
    tasks: list[str] = about("Its tasks, in order.")
    amount: str = about("What it costs, as an exact decimal.")
    total: str = about("What all tasks cost together, should all be performed.")


@object_type
class Estimate:
    """What a job of this version will probably take and cost. Previews count for nothing in it."""

    tasks: list[TaskEstimate] = about("Each task; those that undo others have no part in it.")
    longest: LongestPath = about("The way whose work takes longest.")
    dearest: list[DearestPath] = about("The dearest way in each currency that tasks cost something in.")


async def estimate_of(context: Context, workflow_id: UUID, design: Design) -> Estimate:
    """The estimate of a design of a workflow, by the runs of all its versions."""
    rows = await list_task_times(context.api.system.views, context.workspace_id, workflow_id, len(design.tasks))
    times = {
        name: TaskTimes(row.runs, max(row.seconds, 0.0), max(row.seconds_high, 0.0), row.items)
        for name, row in rows.items()
    }
    return _shown(estimate(Wiring(design), times))


def estimate_declared(design: Design) -> Estimate:
    """The estimate of a design that was never run, as far as its tasks say what they expect."""
    return _shown(estimate(Wiring(design), {}))


def _shown(found: DomainEstimate) -> Estimate:
    tasks = [
        TaskEstimate(
            task=one.task,
            basis=EstimateBasis(one.basis),
            runs=one.runs,
            seconds=one.seconds,
            seconds_high=one.seconds_high,
            waits=one.waits,
            cost_basis=EstimateBasis(one.cost_basis),
            cost=None if one.cost is None else _exact(one.cost),
            currency=one.currency,
        )
        for one in found.tasks
    ]
    longest = LongestPath(
        tasks=list(found.longest.tasks),
        seconds=found.longest.seconds,
        seconds_high=found.longest.seconds_high,
        waiting_seconds=found.longest.waiting_seconds,
        unknown=list(found.longest.unknown),
    )
    dearest = [
        DearestPath(currency=one.currency, tasks=list(one.tasks), amount=_exact(one.amount), total=_exact(one.total))
        for one in found.dearest
    ]
    return Estimate(tasks=tasks, longest=longest, dearest=dearest)


def _exact(amount: Decimal) -> str:
    return f"{amount:f}"
