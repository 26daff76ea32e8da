"""What is due of a plan: the time to start now, and the times before it that were missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import assert_never

from domain.schedules.events import Plan
from domain.schedules.state import Active
from domain.schedules.times import times

MISSED_MAX = 100
"""How many missed times a plan may have started later."""
LOOKED_AT_MAX = 1_000
"""How many times are looked at in one decision; after a long absence the rest is due in the next."""
COUNTED_MAX = 20_000
"""How many times that passed are counted when someone pauses, changes or removes a schedule that was long behind."""

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What is due: times that were missed, then one to start, if any; and the time that comes next after these."""

    missed: Sequence[datetime]
    time: datetime | None
    next_at: datetime | None


def plan_times(plan: Plan, after: datetime) -> Iterator[datetime]:
    """The times of a plan after a moment, from its beginning to its end."""
    if plan.begins_at is not None:
        after = max(after, plan.begins_at - _INSTANT)
    for time in times(plan.rule, after):
        if plan.ends_at is not None and time >= plan.ends_at:
            return
        yield time


def next_time(plan: Plan, after: datetime) -> datetime | None:
    """The first time of a plan after a moment; None when there is none any more."""
    return next(plan_times(plan, after), None)


def find_due(schedule: Active, at: datetime) -> Due:
    """What is due of a schedule at a moment; nothing when its next time is still to come."""
    plan = schedule.known.plan
    pending, following = _pending(schedule, at)
    late = [time for time in pending if at - time > timedelta(seconds=plan.late_seconds)]
    if following is not None and following <= at and (missed := late[: len(pending) - MISSED_MAX]):
        # So far behind that these are not among the last, of which alone some may be started.
        return Due(missed, None, pending[len(missed)])
    missed = late[: len(late) - _caught_up(plan, len(late), len(pending))]
    to_start = pending[len(missed) :]
    if not to_start:
        return Due(missed, None, following)
    return Due(missed, to_start[0], to_start[1] if len(to_start) > 1 else following)


def _caught_up(plan: Plan, late: int, pending: int) -> int:
    """How many of the times that came too late are started nevertheless: the last of them."""
    match plan.missed:
        case "skip":
            return 0
        case "one":  # A time that can still be kept stands for all those that could not.
            return 1 if late == pending else 0
        case "all":
            return min(late, plan.missed_max)
        case _:
            assert_never(plan.missed)


def times_passed(schedule: Active, at: datetime) -> tuple[Sequence[datetime], bool]:
    """The times that have come and are not told of, and whether there are more than are counted."""
    first = schedule.next_at
    if first is None or first > at:
        return [], False
    found = [first]
    for time in islice(plan_times(schedule.known.plan, first), COUNTED_MAX):
        if time > at:
            return found, False
        found.append(time)
    return found, len(found) > COUNTED_MAX


def _pending(schedule: Active, at: datetime) -> tuple[list[datetime], datetime | None]:
    """The times that have come and are not told of, as many as are looked at, and the time after these."""
    first = schedule.next_at
    if first is None or first > at:
        return [], first
    found = [first]
    for time in plan_times(schedule.known.plan, first):
        if time > at or len(found) == LOOKED_AT_MAX:
            return found, time
        found.append(time)
    return found, None
