"""What workers report: each report accepted or refused on its own, kept in one statement, and answered when runners have recorded it.

A report that was accepted before is accepted again: its answer may have been lost on the way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from domain.graph import Graph, GraphTask
from domain.jobs.events import TaskFailed, TaskSucceeded
from domain.jobs.state import Job as JobState
from domain.refusals import Refusal
from graphql_api.answers import CommandRefused, refused
from graphql_api.commanding import check_key
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, object_type
from graphql_api.external.desk import Looked, Reported
from graphql_api.external.leases import HeldLease, read_lease
from graphql_api.external.mutations.take_tasks import TASKS_MAX
from graphql_api.external.refusals import LeaseOver, TooManyTasks
from graphql_api.scalars import Position


@object_type
class TaskReported:
    """The report is kept, and what follows from it in its job happens."""

    lease: str = about("The lease, which is over.")
    job_id: strawberry.ID = about("The job.")
    written_at: strawberry.Private[int | None]

    @field
    async def position(self, info: Info) -> Position | None:
        """The place of the outcome in the log; null while no runner has recorded it, as when none is there: it is kept until one does."""
        return None if self.written_at is None else await info.context.show_position(self.written_at)


@object_type
class ReportRefused:
    """A report that was refused."""

    lease: str = about("The lease.")
    refusal: CommandRefused = about("Why.")


@dataclass(frozen=True, slots=True)
class Report:
    """One report: the lease as it was given, and what makes the content that is kept from the task it speaks of; that may refuse."""

    lease: str
    make: Callable[[Graph, GraphTask, HeldLease], Awaitable[Reported]]


Result = TaskReported | CommandRefused


async def report_all(context: Context, reports: Sequence[Report], command_id: str | None) -> list[Result]:
    """What became of each, in their order; a lease that is named twice is reported once."""
    if not 1 <= len(reports) <= TASKS_MAX:
        raise TooManyTasks(most=TASKS_MAX, count=len(reports))
    if command_id is not None:
        check_key("commandId", command_id)
    results: dict[str, Result] = {}
    leases: dict[str, HeldLease] = {}
    for report in reports:
        try:
            leases[report.lease] = read_lease(report.lease)
        except Refusal as refusal:
            results[report.lease] = refused(refusal)
    found = await _look(context, leases)
    positions = await _until_recorded(
        context, {leases[text].number: text for text, task in found.items() if task.is_told}
    )
    first = {report.lease: report for report in reversed(reports)}
    contents: dict[str, Reported] = {}
    for text, task in found.items():
        if not task.is_told:
            try:
                contents[text] = await _content(context, task, first[text], leases[text])
            except Refusal as refusal:
                results[text] = refused(refusal)
    if contents:
        positions |= await _tell(context, {text: leases[text] for text in contents}, contents, command_id)
    for text, lease in leases.items():
        if text not in results:
            results[text] = await _result(context, text, lease, positions)
    return [results[report.lease] for report in reports]


async def _look(context: Context, leases: Mapping[str, HeldLease]) -> dict[str, Looked]:
    """What is known of the runs of leases, by their texts; without those that say another run than they are of."""
    keys = [lease.key for lease in leases.values()]
    looked = await context.api.system.external_tasks.look(context.workspace_id, keys) if keys else {}
    known = ((text, lease, looked.get(lease.key)) for text, lease in leases.items())
    return {text: task for text, lease, task in known if task is not None and lease.is_of(task)}


async def _tell(
    context: Context, leases: Mapping[str, HeldLease], contents: Mapping[str, Reported], command_id: str | None
) -> dict[str, int | None]:
    """Where the reports stand that were kept now, or by another call at the same moment, as of who gave up waiting for its answer."""
    told = await context.api.system.external_tasks.tell(
        [leases[text].key for text in contents], list(contents.values()), context.origin(command_id)
    )
    positions = {text: told[lease.number] for text, lease in leases.items() if lease.number in told}
    others = {text: lease for text, lease in leases.items() if text not in positions}
    there = await _look(context, others)
    return positions | await _until_recorded(context, {leases[text].number: text for text in there})


async def _until_recorded(context: Context, numbers: Mapping[int, str]) -> dict[str, int | None]:
    """Where reports stand that were kept before: of runs by their numbers, by the texts of their leases."""
    positions = await context.api.system.external_tasks.until_recorded(numbers) if numbers else {}
    return {numbers[number]: position for number, position in positions.items()}


async def _content(context: Context, task: Looked, report: Report, lease: HeldLease) -> Reported:
    graph = await context.api.system.graph(context.workspace_id, task.graph)
    return await report.make(graph, graph.named[task.task], lease)


async def _result(context: Context, text: str, lease: HeldLease, positions: Mapping[str, int | None]) -> Result:
    position = positions.get(text, 0)
    if position == 0:  # It is over, or stands in the log already: a runner that was lost may have recorded it.
        position = await _recorded_before(context, lease)
    if position == 0:
        return refused(LeaseOver(run=lease.run.text))
    return TaskReported(lease=text, job_id=strawberry.ID(str(lease.job_id)), written_at=position)


async def _recorded_before(context: Context, lease: HeldLease) -> int:
    """Where the outcome stands that was reported by this very lease; 0 where there is none."""
    job: JobState
    job, version = await context.api.system.dispatch.load("job", lease.job_id, context.workspace_id)
    outcome = job.outcome(lease.run) if version and lease.run.task in job.index.numbers else None
    if outcome is None:
        return 0
    for record in await context.api.system.reader.read_versions(lease.job_id, [outcome]):
        event = context.api.system.mapper.event(record)
        if isinstance(event, TaskSucceeded | TaskFailed) and _mark(event.evidence) == lease.mark:
            return record.position
    return 0


def _mark(evidence: Any) -> Any:
    worker = evidence.get("worker") if isinstance(evidence, dict) else None
    return worker.get("lease") if isinstance(worker, dict) else None


def refused_of(asked: Iterable[str], results: Sequence[Result]) -> list[ReportRefused]:
    """Those that were refused, each with the lease it speaks of."""
    pairs = zip(asked, results, strict=True)
    return [ReportRefused(lease=lease, refusal=result) for lease, result in pairs if isinstance(result, CommandRefused)]


def last_of(results: Sequence[Result]) -> int:
    """The last position of those that were recorded; 0 where none was."""
    return max((result.written_at or 0 for result in results if isinstance(result, TaskReported)), default=0)
