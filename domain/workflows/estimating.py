"""What a job of a design will probably take and cost: from recorded runs where there are any, else as declared, else unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Literal

from domain.workflows.cycles import in_order
from domain.workflows.design import Expects
from domain.workflows.wiring import Wired, Wiring

Basis = Literal["recorded", "declared", "unknown"]

_WAITING_KINDS = frozenset({"human_decision", "human_review", "human_task", "wait"})
"""What waits for a person, a time or a message: that is no work of the system, and told apart."""


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """How long runs of a task that succeeded took; of a for-each, all items together, and how many there were (the median)."""

    runs: int
    seconds: float  # the median
    seconds_high: float  # nine of ten were no longer
    items: int | None = None


@dataclass(frozen=True, slots=True)
class TaskEstimate:
    """What one task will probably take and cost; None where nothing is known."""

    task: str
    basis: Basis
    runs: int
    seconds: float | None
    seconds_high: float | None
    waits: bool
    cost_basis: Basis
    cost: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class LongestPath:
    """The way through the design whose work takes longest. `waiting_seconds` come on top; tasks of unknown length count as nothing."""

    tasks: tuple[str, ...]
    seconds: float
    seconds_high: float
    waiting_seconds: float
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DearestPath:
    """The way that costs most in one currency, and what all tasks cost together, should all be performed."""

    currency: str
    tasks: tuple[str, ...]
    amount: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will probably take and cost."""

    tasks: tuple[TaskEstimate, ...]
    longest: LongestPath
    dearest: tuple[DearestPath, ...]


def estimate(wiring: Wiring, times: Mapping[str, TaskTimes]) -> Estimate:
    """The estimate of a design; tasks that undo others have no part in it, as they run only when a job ends badly."""
    names = [name for name in wiring.tasks if not wiring.is_compensation(name)]
    tasks = {name: _task(wiring.tasks[name], times.get(name)) for name in names}
    path = _path(wiring, names, lambda name: 0.0 if tasks[name].waits else tasks[name].seconds or 0.0)
    on_path = [tasks[name] for name in path]
    work = [one for one in on_path if not one.waits]
    longest = LongestPath(
        tasks=path,
        seconds=sum(one.seconds or 0.0 for one in work),
        seconds_high=sum(one.seconds_high or 0.0 for one in work),
        waiting_seconds=sum(one.seconds or 0.0 for one in on_path if one.waits),
        unknown=tuple(one.task for one in on_path if one.seconds is None),
    )
    currencies = dict.fromkeys(one.currency for one in tasks.values() if one.currency is not None)
    dearest = tuple(_dearest(wiring, tasks, currency) for currency in currencies)
    return Estimate(tasks=tuple(tasks.values()), longest=longest, dearest=dearest)


def _task(wired: Wired, times: TaskTimes | None) -> TaskEstimate:
    expects = wired.task.policy.expects or Expects()
    items, rounds = _items(wired, times)
    seconds = seconds_high = None if expects.seconds is None else expects.seconds * rounds
    if times is not None:
        seconds, seconds_high = times.seconds, times.seconds_high
    cost = expects.cost
    return TaskEstimate(
        task=wired.task.name,
        basis="recorded" if times is not None else "unknown" if seconds is None else "declared",
        runs=0 if times is None else times.runs,
        seconds=seconds,
        seconds_high=seconds_high,
        waits=wired.task.kind in _WAITING_KINDS,
        cost_basis="unknown" if cost is None else "declared",
        cost=None if cost is None else Decimal(cost.amount) * items,
        currency=None if cost is None else cost.currency,
    )


def _items(wired: Wired, times: TaskTimes | None) -> tuple[int, int]:
    """How many items a task runs for, and how often after each other, as so many may run at once."""
    over = wired.task.policy.for_each
    if over is None:
        return 1, 1
    items = 1 if times is None or times.items is None else times.items
    return items, ceil(items / over.at_once_max)


def _dearest(wiring: Wiring, tasks: Mapping[str, TaskEstimate], currency: str) -> DearestPath:
    costs = {
        name: one.cost if one.currency == currency and one.cost is not None else Decimal(0)
        for name, one in tasks.items()
    }
    path = _path(wiring, list(tasks), lambda name: float(costs[name]))
    return DearestPath(
        currency=currency,
        tasks=path,
        amount=sum((costs[name] for name in path), Decimal(0)),
        total=sum(costs.values(), Decimal(0)),
    )


def _path(wiring: Wiring, names: Sequence[str], weight: Callable[[str], float]) -> tuple[str, ...]:
    """The heaviest way through the tasks; of equal ones the one with more tasks, then the first."""
    counted = set(names)
    best: dict[str, tuple[float, int, str | None]] = {}
    followers = {name: [one for one in wiring.followers[name] if one in counted] for name in names}
    for name in in_order(followers):
        so_far, steps, _ = best.setdefault(name, (0.0, 0, None))
        reached = (so_far + weight(name), steps + 1, name)
        for follower in followers[name]:
            if reached[:2] > best.get(follower, (-1.0, 0, None))[:2]:
                best[follower] = reached
    last = _heaviest(best, weight)
    path: list[str] = []
    while last is not None:
        path.append(last)
        last = best[last][2]
    return tuple(reversed(path))


def _heaviest(best: Mapping[str, tuple[float, int, str | None]], weight: Callable[[str], float]) -> str | None:
    ends: Iterable[tuple[float, int, str]] = (
        (so_far + weight(name), steps, name) for name, (so_far, steps, _) in best.items()
    )
    return max(ends, key=lambda end: end[:2], default=(0.0, 0, None))[2]
