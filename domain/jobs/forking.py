"""Running a job again from one of its tasks, as a fork: what of the first job stands, and how it comes to stand in the fork.

What stands is the outcome of each task that succeeded, that does not follow the chosen one or a changed input, and whose
forerunners stand too or are skipped again. A fork of one item of a for-each also keeps the other items that succeeded.

What a reused outcome did belongs to the job that did it: a fork that ends badly never undoes it, for the first job may have
completed on it. So an outcome is reused only where it is final. One that was undone does not stand; one that its
job may still undo, or of which it is not known whether it was undone, is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from domain.events import Event
from domain.jobs.binding import bindings
from domain.jobs.commands import Fork, Reused
from domain.jobs.events import TaskReused
from domain.jobs.index import NONE, WORKFLOW, GraphIndex
from domain.jobs.refusals import (
    ForkItemUndoable,
    ForkItemUnknown,
    ForkListUnsettled,
    ForkOutcomeDoubtful,
    ForkOutcomeNotFinal,
    ForkTaskUndoes,
    ForkTaskUnknown,
)
from domain.jobs.run import Run
from domain.jobs.scheduling import begin_items, emit, skip
from domain.jobs.standing import refuse_without_reason
from domain.jobs.state import Job, TaskStatus

STANDING = (TaskStatus.SUCCEEDED, TaskStatus.SKIPPED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome that a fork reuses: which run it will be of, which run had it, and the version of the event that says so."""

    run: Run
    was: Run
    version: int


def reusable(job: Job, task: str, item: int | None, changed: Collection[str] = ()) -> list[Outcome]:
    """The outcomes that a fork from this task (or item of it) reuses, when these inputs of the job are changed."""
    index = job.index
    chosen = index.numbers.get(task)
    if chosen is None:
        raise ForkTaskUnknown(task=task)
    if index.compensated[chosen] != NONE:
        raise ForkTaskUndoes(task=task, compensates=index.names[index.compensated[chosen]])
    again = [chosen, *_fed_by(index, changed), *_undone(job)]
    stands = _standing(job, _followers(index, again))
    _refuse_unless_final(job, stands)
    found = [
        Outcome(index.first_run(number), job.last_run(number), job.where[job.last_run(number)])
        for number in range(len(index.tasks))
        if stands[number] and job.statuses[number] is TaskStatus.SUCCEEDED and index.compensated[number] == NONE
    ]
    return found if item is None else found + _items(job, chosen, item, stands, changed)


def reuse(fork: Fork, job: Job, written: list[Event]) -> None:
    """Writes what a fork reuses where it would have started: each as soon as all before it stands."""
    index = job.index
    waiting = {index.numbers[each.run.task]: each for each in fork.reused if each.run.item is None}
    has_moved = True
    while has_moved:
        has_moved = False
        while job.doomed:
            skip(job, job.doomed[0], written)
        for task in [*job.ready, *job.ready_heavy]:
            if (found := waiting.pop(task, None)) is not None:
                emit(job, written, _reused(index.first_run(task), found))
                has_moved = True
    items = [each for each in fork.reused if each.run.item not in (None, fork.of.item)]
    if items:
        _reuse_items(index.numbers[fork.of.task], items, job, written)


def refuse_wrong(fork: Fork, index: GraphIndex) -> None:
    """A fork begins at a task of the workflow, with a reason."""
    if fork.of.task not in index.numbers:
        raise ForkTaskUnknown(task=fork.of.task)
    refuse_without_reason(fork.of.reason)


def _reuse_items(task: int, reused: Iterable[Reused], job: Job, written: list[Event]) -> None:
    if task not in job.ready and task not in job.ready_heavy:
        return  # What leads to it came out otherwise, or has still to run.
    begin_items(job, task, job.index.first_run(task), bindings(job, job.index.task_slots[task]), written)
    for each in reused:
        if not job.fatal and each.run.item is not None and each.run.item < len(job.items[task]):
            emit(job, written, _reused(each.run, each))


def _reused(run: Run, found: Reused) -> TaskReused:
    return TaskReused(run=run, of=found.of, outputs=found.outputs, facts=found.facts)


def _items(job: Job, task: int, item: int, stands: list[bool], changed: Collection[str]) -> list[Outcome]:
    name, items = job.index.names[task], job.items.get(task)
    if items is None or not items.has_begun(item):
        raise ForkItemUnknown(task=name, item=item)
    forerunners = (edge for edge in _incoming(job.index, task) if job.index.edge_sources[edge] != WORKFLOW)
    fed = task in _fed_by(job.index, changed)
    if task in job.index.compensations:
        raise ForkItemUndoable(task=name, compensation=job.index.names[job.index.compensations[task]])
    if fed or not all(stands[job.index.edge_sources[edge]] for edge in forerunners):
        raise ForkListUnsettled(task=name)
    return [
        Outcome(Run(task=name, item=each), items.last_run(name, each), version)
        for each, version in items.outcomes()
        if each != item
    ]


def _undone(job: Job) -> list[int]:
    """The tasks that are as if they had not been done."""
    undoing = job.index.compensations.items()
    return [task for task, compensation in undoing if job.statuses[compensation] is TaskStatus.SUCCEEDED]


def _refuse_unless_final(job: Job, stands: list[bool]) -> None:
    for task, compensation in job.index.compensations.items():
        if not stands[task] or job.statuses[task] is not TaskStatus.SUCCEEDED or task in job.reused:
            continue
        names: dict[str, Any] = {"task": job.index.names[task], "compensation": job.index.names[compensation]}
        if job.ended is None:
            raise ForkOutcomeNotFinal(**names)
        if (status := job.statuses[compensation]) not in (TaskStatus.PENDING, TaskStatus.SKIPPED):
            raise ForkOutcomeDoubtful(status=status, **names)


def _standing(job: Job, again: Collection[int]) -> list[bool]:
    """Whether the outcome of each task stands, asked in the order in which tasks follow each other."""
    index = job.index
    stands = [number not in again and status in STANDING for number, status in enumerate(job.statuses)]
    open_ = [
        sum(1 for edge in _incoming(index, number) if index.edge_sources[edge] != WORKFLOW)
        for number in range(len(index.tasks))
    ]
    settled = deque(number for number, count in enumerate(open_) if not count)
    while settled:
        number = settled.popleft()
        for edge in index.outgoing[number]:
            target = index.edge_targets[edge]
            if target == WORKFLOW:
                continue
            stands[target] = stands[target] and stands[number]
            open_[target] -= 1
            if not open_[target]:
                settled.append(target)
    return stands


def _followers(index: GraphIndex, tasks: Iterable[int]) -> set[int]:
    """These tasks and all that follow them."""
    found: set[int] = set()
    pending = list(tasks)
    while pending:
        number = pending.pop()
        if number not in found:
            found.add(number)
            targets = (index.edge_targets[edge] for edge in index.outgoing[number])
            pending.extend(target for target in targets if target != WORKFLOW)
    return found


def _fed_by(index: GraphIndex, inputs: Collection[str]) -> set[int]:
    """The tasks that these inputs of the job lead to directly."""
    edges = (edge for edge in index.from_workflow if not index.edge_paths[edge] or index.edge_paths[edge][0] in inputs)
    return {index.edge_targets[edge] for edge in edges if index.edge_targets[edge] != WORKFLOW} if inputs else set()


def _incoming(index: GraphIndex, task: int) -> Iterator[int]:
    for slot in index.task_slots[task]:
        yield from index.slot_edges[slot]
    yield from index.order_edges[task]
