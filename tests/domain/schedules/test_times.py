"""The times of a rule: through every change of clocks each time comes once, and as whoever wrote the rule would expect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.refusals import Refusal
from domain.schedules.rules import (
    INTERVAL_SECONDS_MAX,
    CronRefused,
    CronRule,
    IntervalRefused,
    IntervalRule,
    MomentRefused,
    TimeZoneRefused,
    check_rule,
)
from domain.schedules.times import times
from domain.schedules.words import in_words

MINUTE = timedelta(minutes=1)
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
CHANGES = {
    BERLIN: ("2026-03-29T01:00", "2026-10-25T01:00", "2027-03-28T01:00"),
    NEW_YORK: ("2026-03-08T07:00", "2026-11-01T06:00"),
    LORD_HOWE: ("2026-04-04T15:00", "2026-10-03T15:30"),
    "America/Havana": ("2026-03-08T05:00", "2026-11-01T05:00"),  # At midnight: 00:00 does not exist, or exists twice.
    "Pacific/Apia": ("2011-12-30T10:00",),  # A whole day was left out.
    "Asia/Kathmandu": ("2026-06-01T00:00",),  # None at all, 5:45 from UTC.
}
"""Time zone → moments (UTC) around which its clocks are changed."""


def shown(expression: str, zone: str, after: str, count: int) -> list[str]:
    """The next times as clocks show them."""
    rule, place = CronRule(expression=expression, zone=zone), ZoneInfo(zone)
    begin = datetime.fromisoformat(after).replace(tzinfo=place).astimezone(UTC)
    return [time.astimezone(place).isoformat(timespec="minutes") for time in islice(times(rule, begin), count)]


@pytest.mark.parametrize(
    ("expression", "zone", "after", "found"),
    [
        ("30 2 * * *", BERLIN, "2026-03-28T12:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        ("30 2 * * *", NEW_YORK, "2026-03-07T12:00", ["2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"]),
        ("15 2 * * *", LORD_HOWE, "2026-10-03T12:00", ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"]),
    ],
)
def test_a_time_that_clocks_skip_comes_at_once_after_the_gap(
    expression: str, zone: str, after: str, found: list[str]
) -> None:
    assert shown(expression, zone, after, len(found)) == found


@pytest.mark.parametrize(
    ("expression", "zone", "after", "found"),
    [
        ("30 2 * * *", BERLIN, "2026-10-24T12:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00", ["2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"]),
        ("45 1 * * *", LORD_HOWE, "2026-04-04T12:00", ["2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30"]),
    ],
)
def test_a_time_that_clocks_show_twice_comes_the_first_time(
    expression: str, zone: str, after: str, found: list[str]
) -> None:
    assert shown(expression, zone, after, len(found)) == found


def test_in_the_second_pass_of_an_hour_its_times_are_over() -> None:
    second_pass = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    rule = CronRule(expression="30 2,3 * * *", zone=BERLIN)
    assert next(times(rule, second_pass)) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)


def test_times_that_would_come_together_after_a_gap_come_once() -> None:
    found = ["2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00", "2026-03-30T02:00+02:00"]
    assert shown("0,30 2,3 * * *", BERLIN, "2026-03-28T12:00", 3) == found


def test_every_so_many_minutes_follows_the_clocks_as_they_go() -> None:
    assert shown("*/30 * * * *", BERLIN, "2026-03-29T01:10", 3) == [
        "2026-03-29T01:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-29T03:30+02:00",
    ]
    assert shown("30 * * * *", BERLIN, "2026-10-25T01:40", 3) == [
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:30+01:00",
        "2026-10-25T03:30+01:00",
    ]
    # Where half an hour is skipped, libraries that go on from hour to hour miss 03:15.
    assert shown("15 */3 * * *", LORD_HOWE, "2026-10-03T23:00", 2) == [
        "2026-10-04T00:15+10:30",
        "2026-10-04T03:15+11:00",
    ]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("0 9 L * *", ["2026-01-31T09:00+00:00", "2026-02-28T09:00+00:00"]),
        ("0 9 LW * *", ["2026-01-30T09:00+00:00", "2026-02-27T09:00+00:00"]),
        ("0 9 * * FRI#2", ["2026-01-09T09:00+00:00", "2026-02-13T09:00+00:00"]),
        ("0 9 * * 5L", ["2026-01-30T09:00+00:00", "2026-02-27T09:00+00:00"]),
        ("0 9 1-7 jan,jul Mon-Fri/2", ["2026-01-02T09:00+00:00", "2026-01-03T09:00+00:00"]),
        ("0 0 29 2 *", ["2028-02-29T00:00+00:00", "2032-02-29T00:00+00:00"]),
        ("59 23 31 12 *", ["2026-12-31T23:59+00:00", "2027-12-31T23:59+00:00"]),
        ("@weekly", ["2026-01-04T00:00+00:00", "2026-01-11T00:00+00:00"]),
        ("@Daily", ["2026-01-02T00:00+00:00", "2026-01-03T00:00+00:00"]),
    ],
)
def test_the_calendar(expression: str, found: list[str]) -> None:
    assert shown(expression, "UTC", "2026-01-01T09:00", len(found)) == found


def test_an_interval_counts_elapsed_time_from_its_anchor() -> None:
    anchor = datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    daily = IntervalRule(seconds=86_400, anchor=anchor)
    assert list(islice(times(daily, anchor - MINUTE), 2)) == [anchor, anchor + timedelta(days=1)]
    assert next(times(daily, anchor)).astimezone(ZoneInfo(BERLIN)).hour == 13  # The clocks went forward that night.
    assert next(times(daily, anchor + timedelta(days=400, seconds=1))) == anchor + timedelta(days=401)


@pytest.mark.parametrize(
    "zone", ["", "Europe", "../etc/passwd", "/etc/localtime", "posix/UTC", "Mars/Crater", "a\0b", "Zürich"]
)
def test_what_names_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(TimeZoneRefused):
        check_rule(CronRule(expression="0 0 * * *", zone=zone))


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "0 0 * * * *",
        "61 * * * *",
        "0 24 * * *",
        "0 0 30 2 *",
        "@reboot",
        "* * * * MON#6",
        "٣ * * * *",
        "9" * 999,
    ],
)
def test_what_is_no_cron_expression_is_refused(expression: str) -> None:
    with pytest.raises(CronRefused):
        check_rule(CronRule(expression=expression, zone="UTC"))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (CronRule(expression="30 6 * * 1-5", zone=BERLIN), "At 06:30 on Monday through Friday (Europe/Berlin)"),
        (CronRule(expression="@daily", zone="UTC"), "At 00:00 every day (UTC)"),
        (IntervalRule(seconds=3_600, anchor=datetime(2026, 1, 1, tzinfo=UTC)), "Every hour"),
        (IntervalRule(seconds=5_400, anchor=datetime(2026, 1, 1, tzinfo=UTC)), "Every 90 minutes"),
    ],
)
def test_a_rule_can_be_said_in_words(rule: CronRule | IntervalRule, words: str) -> None:
    assert in_words(rule) == words


@pytest.mark.parametrize("seconds", [-1, 0, INTERVAL_SECONDS_MAX + 1])
def test_an_interval_has_bounds(seconds: int) -> None:
    with pytest.raises(IntervalRefused):
        check_rule(IntervalRule(seconds=seconds, anchor=datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(MomentRefused):
        check_rule(IntervalRule(seconds=60, anchor=datetime(9999, 1, 1, tzinfo=UTC)))


@settings(deadline=None)
@given(st.text(alphabet="0123456789*/-,#LW MONat@٣\0", max_size=40))
def test_any_text_is_refused_or_has_times_that_rise(expression: str) -> None:
    rule = CronRule(expression=expression, zone=LORD_HOWE)
    try:
        check_rule(rule)
    except Refusal:
        return
    assert in_words(rule)
    begin = datetime(2026, 10, 1, tzinfo=UTC)
    found = [begin, *islice(times(rule, begin), 5)]
    assert all(earlier < later for earlier, later in pairwise(found))


@dataclass(frozen=True)
class Fields:
    """A cron expression by the numbers it stands for, so that it can be told without any library."""

    minutes: frozenset[int]
    hours: frozenset[int] | int  # a number: every n-th hour
    days: frozenset[int] | None

    @property
    def expression(self) -> str:
        """As it is written."""
        hours = f"*/{self.hours}" if isinstance(self.hours, int) else _listed(self.hours)
        return f"{_listed(self.minutes)} {hours} {'*' if self.days is None else _listed(self.days)} * *"

    def fits(self, wall: datetime) -> bool:
        """Whether clocks that show this time fit."""
        hour = wall.hour % self.hours == 0 if isinstance(self.hours, int) else wall.hour in self.hours
        return wall.minute in self.minutes and hour and (self.days is None or wall.day in self.days)


def _listed(numbers: frozenset[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def looked_up(fields: Fields, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """The same times by looking at every minute."""
    day = timedelta(days=1)
    minutes = [after - day + n * MINUTE for n in range((until - after + 2 * day) // MINUTE)]
    walls = [minute.astimezone(zone).replace(tzinfo=None) for minute in minutes]
    found: set[datetime] = set()
    if isinstance(fields.hours, int):
        found = {minute for minute, wall in zip(minutes, walls, strict=True) if fields.fits(wall)}
    else:
        shown_at: dict[datetime, datetime] = {}
        for minute, wall in zip(minutes, walls, strict=True):
            shown_at.setdefault(wall, minute)
        wall = walls[0]
        while wall < walls[-1]:
            if fields.fits(wall):
                found.add(
                    shown_at[wall]
                    if wall in shown_at
                    else min(at for at_wall, at in shown_at.items() if at_wall > wall)
                )
            wall += MINUTE
    return iter(sorted(time for time in found if after < time <= until))


def numbers(most: int, count: int) -> st.SearchStrategy[frozenset[int]]:
    """Up to `count` numbers from 0."""
    return st.frozensets(st.integers(0, most), min_size=1, max_size=count)


@settings(deadline=None)
@given(
    st.builds(
        Fields,
        minutes=numbers(59, 4),
        hours=st.one_of(st.sampled_from([1, 2, 3, 5]), numbers(23, 6)),
        days=st.one_of(st.none(), st.just(frozenset(range(1, 32, 2)))),
    ),
    st.sampled_from([(zone, change) for zone, changes in CHANGES.items() for change in changes]),
    st.integers(-36 * 60, 120),
)
def test_the_times_are_those_found_by_looking_at_every_minute(
    fields: Fields, change: tuple[str, str], begins: int
) -> None:
    name, moment = change
    zone = ZoneInfo(name)
    after = datetime.fromisoformat(moment).replace(tzinfo=UTC) + begins * MINUTE
    until = after + timedelta(days=2)
    found = []
    for time in times(CronRule(expression=fields.expression, zone=name), after):
        if time > until:
            break
        found.append(time)
    assert found == list(looked_up(fields, zone, after, until))


@settings(deadline=None)
@given(st.sampled_from(list(CHANGES)), st.integers(0, 3 * 366 * 24 * 60), st.integers(1, 200))
def test_to_go_on_from_any_time_gives_the_same_times(zone: str, begins: int, count: int) -> None:
    """The next time is computed anew from the last one each time, so it must not matter where one begins."""
    rule = CronRule(expression="*/20 2,1 * * *", zone=zone)
    begin = datetime(2024, 1, 1, tzinfo=UTC) + begins * MINUTE
    at_once = list(islice(times(rule, begin), count % 20 + 1))
    step, one_by_one = begin, []
    for _ in at_once:
        step = next(times(rule, step))
        one_by_one.append(step)
    assert one_by_one == at_once
