"""How edges settle: each delivers or dies once, and tells its target what it still misses.

An edge *delivers* when its source succeeded with a value there or its route was taken, and *dies* otherwise. Of a failed
task the policy says which edges deliver: on the error route the route `error` and its code and message, on *continue* the
route `done`. A task whose inputs are settled and whose routes are satisfied becomes ready; one that can have no value, or
whose routes can no longer be satisfied, is doomed to be skipped. Cost: the edges of the task that ended.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.graph import DONE, ERROR, Path
from domain.jobs.index import NO_SLOT, WORKFLOW
from domain.jobs.run import Facts
from domain.jobs.state import BY_ROUTE, DEAD, DELIVERED, UNSETTLED, Job, TaskStatus

PENDING = TaskStatus.PENDING

ERROR_PATHS: frozenset[Path] = frozenset({(ERROR,), (ERROR, "code"), (ERROR, "message")})
"""What a task that takes the error route delivers."""


def begin(job: Job, facts: Facts) -> None:
    """Settles what the job's inputs settle, and finds the tasks that need nothing."""
    index = job.index
    for task, slot in index.doomed_at_start.items():
        _doom(job, task, slot)
    for task in index.ready_at_start:
        make_ready(job, task)
    absent = frozenset(facts.absent)
    _count(job, index.from_workflow, facts)
    for edge in index.from_workflow:
        _settle(job, edge, delivers=not _is_absent(index.edge_paths[edge], absent))


def settle_success(job: Job, task: int, facts: Facts) -> None:
    """Settles the edges of a task that succeeded."""
    index = job.index
    absent = frozenset(facts.absent)
    _count(job, index.outgoing[task], facts)
    for edge in index.outgoing[task]:
        route = index.edge_routes[edge]
        if route is not None:
            delivers = route == DONE or (route == facts.route and route != ERROR)
        else:
            delivers = edge not in index.dead_on_success and not _is_absent(index.edge_paths[edge], absent)
        _settle(job, edge, delivers=delivers)


def settle_failure(job: Job, task: int, then: str) -> None:
    """Settles the edges of a task that failed and whose policy lets the job go on."""
    index = job.index
    for edge in index.outgoing[task]:
        route = index.edge_routes[edge]
        if then == "continue":
            delivers = route == DONE
        else:
            delivers = route == ERROR if route is not None else index.edge_paths[edge] in ERROR_PATHS
        _settle(job, edge, delivers=delivers)


def settle_skip(job: Job, task: int) -> None:
    """Kills the edges of a task that was skipped."""
    for edge in job.index.outgoing[task]:
        _settle(job, edge, delivers=False)


def unsettle(job: Job, task: int) -> None:
    """Takes back how the edges of a finished task stand, before its correction settles them anew."""
    index = job.index
    doomed: dict[int, None] = {}
    for edge in index.outgoing[task]:
        before, job.edges[edge] = job.edges[edge], UNSETTLED
        job.counts.pop(edge, None)
        target, slot = index.edge_waiting[edge], index.edge_slots[edge]
        if before == UNSETTLED or target == WORKFLOW or job.statuses[target] is not PENDING:
            continue
        if slot == NO_SLOT:
            (job.orders_delivered if before == DELIVERED else job.orders_dead)[target] -= 1
        else:
            job.inputs_open[target] += not job.slots_open[slot]
            job.slots_open[slot] += 1
        queue = job.ready_heavy if index.heavy[target] else job.ready
        if target in queue and not _is_satisfied(job, target):
            queue.remove(target)
        if target in job.doomed_by:
            doomed[target] = None
    for target in doomed:
        _doom_by_the_rest(job, target)


def make_ready(job: Job, task: int) -> None:
    """Puts a task among those that may start; heavy ones wait for a slot of their own."""
    (job.ready_heavy if job.index.heavy[task] else job.ready).append(task)


def make_lane_ready(job: Job, lane: int) -> None:
    """Puts what is to be tried again among what may start: a task, or one item of a for-each."""
    task, item = job.index.item_of(lane)
    if item < 0:
        make_ready(job, task)
    else:
        job.items[task].again.append(item)
        offer_items(job, task)


def offer_items(job: Job, task: int) -> None:
    """Puts a for-each whose next item may start among what may start, once at a time, or notes that all have ended."""
    items = job.items[task]
    if items.queued or job.statuses[task] is not TaskStatus.WAITING:
        return
    if items.may_start:
        items.queued = True
        make_ready(job, task)
    elif items.are_over and task not in job.items_over:
        job.items_over.append(task)


def _count(job: Job, edges: Iterable[int], facts: Facts) -> None:
    if not facts.counts:
        return
    items = {count.path: count.items for count in facts.counts}
    for edge in edges:
        if edge in job.index.counted_edges and job.index.edge_paths[edge] in items:
            job.counts[edge] = items[job.index.edge_paths[edge]]


def _settle(job: Job, edge: int, *, delivers: bool) -> None:
    index = job.index
    job.edges[edge] = DELIVERED if delivers else DEAD
    target = index.edge_waiting[edge]
    if target == WORKFLOW or job.statuses[target] is not PENDING:
        return  # The workflow's outputs are collected at the end; a task that has started asks for nothing any more.
    slot = index.edge_slots[edge]
    if slot == NO_SLOT:
        _settle_order(job, target, delivers=delivers)
        return
    still_open = job.slots_open[slot] - 1
    job.slots_open[slot] = still_open
    if still_open:
        return
    job.inputs_open[target] -= 1
    if index.slot_fallback[slot] is None and not (delivers or _has_delivered(job, slot)):
        _doom(job, target, slot)
    elif _is_satisfied(job, target):
        make_ready(job, target)


def _has_delivered(job: Job, slot: int) -> bool:
    return any(job.edges[edge] == DELIVERED for edge in job.index.slot_edges[slot])


def _settle_order(job: Job, task: int, *, delivers: bool) -> None:
    orders, needs_any = len(job.index.order_edges[task]), job.index.needs_any[task]
    if delivers:
        job.orders_delivered[task] += 1
        # Exactly enough: of several that satisfy `any`, the first makes the task ready and later ones do nothing.
        if job.orders_delivered[task] == (1 if needs_any else orders) and _is_satisfied(job, task):
            make_ready(job, task)
    else:
        job.orders_dead[task] += 1
        if job.orders_dead[task] == (orders if needs_any else 1):
            _doom(job, task, BY_ROUTE)


def _is_satisfied(job: Job, task: int) -> bool:
    if job.inputs_open[task] or task in job.doomed_by:
        return False
    orders = len(job.index.order_edges[task])
    return not orders or job.orders_delivered[task] >= (1 if job.index.needs_any[task] else orders)


def _doom(job: Job, task: int, slot: int) -> None:
    if task not in job.doomed_by:
        job.doomed_by[task] = slot
        job.doomed.append(task)


def _doom_by_the_rest(job: Job, task: int) -> None:
    """In a paused job what is doomed is not skipped yet: it is so no longer when only what was taken back has doomed it."""
    index, orders = job.index, len(job.index.order_edges[task])
    if orders and job.orders_dead[task] >= (orders if index.needs_any[task] else 1):
        job.doomed_by[task] = BY_ROUTE
        return
    for slot in index.task_slots[task]:
        if index.slot_fallback[slot] is None and all(job.edges[edge] == DEAD for edge in index.slot_edges[slot]):
            job.doomed_by[task] = slot
            return
    del job.doomed_by[task]
    job.doomed.remove(task)


def _is_absent(path: Path, absent: frozenset[Path]) -> bool:
    # What stands inside something absent is absent too.
    return bool(absent) and any(path[:steps] in absent for steps in range(len(path), -1, -1))
