"""The times of a rule, computed from an explicit moment: strictly increasing, each once, through every change of clocks.

A cron library knows the calendar: which wall-clock times fit an expression, in a world without time zones. What a change of clocks
does to them is said here, since libraries differ, and some lose or double times:

* Where the hour is named (`30 2 * * *`), a time is one of the wall clock: one that the clocks skip comes at once after the gap, one that
  they show twice comes the first time; several that would so come together come once.
* Where every hour or every n-th is meant (`*/15 * * * *`), times follow the clocks as they go: none in a gap, and again what is shown again.
* An interval counts elapsed time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from domain.schedules.rules import MOMENT_MAX, CronRule, IntervalRule, fields_of, zone_of

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
LOOK_AHEAD_DAYS = 40
"""How far ahead a change of clocks is looked for at once."""


def times(rule: CronRule | IntervalRule, after: datetime) -> Iterator[datetime]:
    """The times of a rule after a moment, in UTC; ends where the rule has none any more."""
    return takewhile(lambda time: time < MOMENT_MAX, _times(rule, after))


def _times(rule: CronRule | IntervalRule, after: datetime) -> Iterator[datetime]:
    if isinstance(rule, IntervalRule):
        return _by_interval(rule, after)
    fields = fields_of(rule.expression)
    found = _by_the_clocks if fields.split()[1].startswith("*") else _by_the_wall
    return found(fields, zone_of(rule), after)


def _by_interval(rule: IntervalRule, after: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=rule.seconds)
    anchor = rule.anchor.astimezone(UTC)
    time = anchor if after < anchor else anchor + ((after - anchor) // step + 1) * step
    while True:
        yield time
        time += step


def _by_the_wall(fields: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Times of the wall clock, each once."""
    last = after
    for wall in CronSim(fields, _wall(after, zone)):
        time = _first_at(wall, zone)
        if time > last:
            yield time
            last = time


def _first_at(wall: datetime, zone: ZoneInfo) -> datetime:
    """When clocks first show this time, or at once after the gap that skips it."""
    while True:
        time = wall.replace(tzinfo=zone).astimezone(UTC)
        if _wall(time, zone) == wall:
            return time
        wall += _MINUTE


def _by_the_clocks(fields: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Times as the clocks show them, from one change of clocks to the next."""
    first = after.replace(microsecond=0) + _SECOND
    while first < MOMENT_MAX:
        offset = _offset(first, zone)
        end = _next_change(first, zone)
        wall = None
        # The library looks for a time after the one it is given, by whole seconds.
        for wall in CronSim(fields, _wall(first, zone) - _SECOND):
            time = (wall - offset).replace(tzinfo=UTC)
            if time >= end:
                break
            yield time
        if wall is None:
            return  # There is no such time for fifty years.
        first = end


def _next_change(first: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after `first` at which clocks change; one at which they do not, when there is no change for a while."""
    offset, before = _offset(first, zone), first
    for _ in range(LOOK_AHEAD_DAYS):
        after = before + _DAY
        if _offset(after, zone) != offset:
            while after - before > _SECOND:
                middle = before + ((after - before) // _SECOND // 2) * _SECOND
                before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
            return after
        before = after
    return before


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks show then."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
