"""The check that a job does not ask for many heavy tasks at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.workflows.checks.check import Check
from domain.workflows.checks.whole import Whole
from domain.workflows.wiring import Wiring

HEAVY_AT_ONCE_GOOD = 3
HEAVY_EXAMINED_MAX = 300


def check(whole: Whole) -> Iterator[Check]:
    """Warning: more than three heavy tasks of which none waits for another."""
    wiring = whole.wiring
    heavy = [name for name, wired in wiring.tasks.items() if wired.is_heavy and not wiring.is_compensation(name)]
    if not HEAVY_AT_ONCE_GOOD < len(heavy) <= HEAVY_EXAMINED_MAX:
        return
    count = len(heavy) - _pairs(_heavy_before(wiring, heavy))
    if count > HEAVY_AT_ONCE_GOOD:
        expected = f"at most {HEAVY_AT_ONCE_GOOD} heavy tasks that can run at once"
        yield Check("HEAVY_AT_ONCE", "warning", "tasks", expected, f"{count} of {', '.join(heavy[:10])}")


def _heavy_before(wiring: Wiring, heavy: Sequence[str]) -> list[list[int]]:
    # For each heavy task, those heavy tasks that always come before it, found by passing sets of bits along the edges.
    number = {name: index for index, name in enumerate(heavy)}
    passed = dict.fromkeys(wiring.followers, 0)
    for name in wiring.ways.order:
        onward = passed[name] | (1 << number[name] if name in number else 0)
        for follower in wiring.followers[name]:
            passed[follower] |= onward
    return [[index for index in range(len(heavy)) if passed[name] >> index & 1] for name in heavy]


def _pairs(before: Sequence[Sequence[int]]) -> int:
    # Dilworth: the most tasks that can run at once are all less a largest matching of tasks with forerunners.
    follower_of: dict[int, int] = {}

    def matched(task: int, seen: set[int]) -> bool:
        for forerunner in before[task]:
            if forerunner in seen:
                continue
            seen.add(forerunner)
            if forerunner not in follower_of or matched(follower_of[forerunner], seen):
                follower_of[forerunner] = task
                return True
        return False

    return sum(matched(task, set()) for task in range(len(before)))
