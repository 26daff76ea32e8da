"""What becomes of the times that come: each is told once, and by the plan it is started, missed or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import Event
from domain.ids import derive
from domain.jobs.commands import StartJob
from domain.jobs.run import Failure
from domain.schedules.decide import decide, job_of
from domain.schedules.due import LOOKED_AT_MAX, MISSED_MAX, plan_times
from domain.schedules.events import Plan, ScheduleStartRefused, ScheduleTimeCame, ScheduleTimesMissed
from domain.schedules.state import Active, Schedule
from domain.schedules.subject import SCHEDULES
from domain.schedules.titles import inputs_at
from tests.domain.schedules.plans import (
    AT,
    HOUR,
    SCHEDULE,
    START,
    WORKFLOW,
    change,
    created,
    every,
    fold,
    keep,
    of_kind,
    plan,
    told,
    work_off,
)

NINE = datetime(2026, 2, 2, 9, tzinfo=UTC)
LATE = timedelta(seconds=60)
JOB = job_of(SCHEDULE, NINE - HOUR)


def started(events: list[Event]) -> list[datetime]:
    """The times whose jobs were started."""
    return [event.time for event in of_kind(events, ScheduleTimeCame)]


def test_a_time_starts_its_job_and_says_which() -> None:
    events, schedule = told(fold(created()), keep(fold(created()), NINE))
    assert events == [
        ScheduleTimeCame(
            time=NINE,
            job_id=derive(SCHEDULE, "scheduled", "2026-02-02T09:00:00+00:00"),
            workflow_id=WORKFLOW,
            workflow_version=3,
            graph=START.graph,
            inputs=START.inputs,
            facts=START.facts,
            next_at=NINE + HOUR,
        )
    ]
    assert isinstance(schedule, Active)
    assert schedule.known.last_job == job_of(SCHEDULE, NINE)


def test_the_job_of_a_time_starts_in_the_same_unit() -> None:
    (event,) = decide(keep(fold(created()), NINE), fold(created()))
    (start,) = SCHEDULES.reactions(SCHEDULE, event, AT, fold(created(), event))
    assert isinstance(start, StartJob)
    assert (start.job_id, start.source, start.workflow_version) == (job_of(SCHEDULE, NINE), "schedule", 3)
    assert start.on_behalf_of == f"member:{created().member_id}"
    assert not list(SCHEDULES.reactions(SCHEDULE, created(), AT, fold(created())))


def test_before_its_time_nothing_is_due() -> None:
    schedule = fold(created())
    assert decide(keep(schedule, NINE - timedelta(microseconds=1)), schedule) == []


def test_a_time_is_kept_once_whoever_asks() -> None:
    schedule = fold(created())
    asked = keep(schedule, NINE)
    _, after = told(schedule, asked)
    assert decide(asked, after) == []


def test_another_time_than_the_one_made_ready_is_not_started() -> None:
    schedule = fold(created())
    assert decide(keep(schedule, NINE + HOUR, time=NINE), schedule) == []


def test_what_was_made_ready_by_another_plan_is_not_started() -> None:
    """Someone changed the schedule while its time came, by a clock that goes a little slower."""
    schedule = fold(created())
    ready = keep(schedule, NINE)
    _, changed = told(schedule, change(plan(title="other"), NINE - timedelta(milliseconds=1)))
    assert isinstance(changed, Active)
    assert changed.next_at == NINE
    assert decide(ready, changed) == []
    assert started(decide(keep(changed, NINE), changed)) == [NINE]


def test_a_refused_start_is_told_and_the_schedule_goes_on() -> None:
    schedule, refused = fold(created()), Failure(code="WORKFLOW_NOT_ACTIVE", message="…")
    events, after = told(schedule, keep(schedule, NINE, start=refused))
    assert events == [ScheduleStartRefused(time=NINE, error=refused, next_at=NINE + HOUR)]
    assert started(decide(keep(after, NINE + HOUR), after)) == [NINE + HOUR]


def test_a_time_does_not_overlap_the_job_before_where_the_plan_forbids_it() -> None:
    schedule = fold(created(plan(overlap="skip")))
    assert decide(keep(schedule, NINE, still_running=JOB), schedule) == [
        ScheduleTimesMissed(first=NINE, last=NINE, count=1, because="still_running", job_id=JOB, next_at=NINE + HOUR)
    ]
    assert started(decide(keep(schedule, NINE), schedule)) == [NINE]
    allowing = fold(created(plan(overlap="allow")))
    assert started(decide(keep(allowing, NINE, still_running=JOB), allowing)) == [NINE]


def test_a_little_late_is_not_missed() -> None:
    schedule = fold(created())
    assert started(decide(keep(schedule, NINE + LATE), schedule)) == [NINE]
    events = decide(keep(schedule, NINE + LATE + timedelta(microseconds=1), start=None), schedule)
    assert events == [ScheduleTimesMissed(first=NINE, last=NINE, count=1, because="late", next_at=NINE + HOUR)]


@pytest.mark.parametrize(
    ("others", "minutes_after", "kept"),
    [
        ({"missed": "skip"}, 30, []),
        ({"missed": "skip"}, 0, [4]),
        ({"missed": "one"}, 30, [4]),
        ({"missed": "one"}, 0, [4]),
        ({"missed": "all"}, 30, [0, 1, 2, 3, 4]),
        ({"missed": "all", "missed_max": 2}, 30, [3, 4]),
        ({"missed": "all", "missed_max": 2}, 0, [2, 3, 4]),  # The last one is in time, and counts for itself.
    ],
)
def test_after_an_absence_the_plan_says_which_times_are_started(
    others: dict[str, Any], minutes_after: int, kept: list[int]
) -> None:
    at = NINE + 4 * HOUR + timedelta(minutes=minutes_after)
    events, schedule = work_off(fold(created(plan(**others))), at)
    assert started(events) == [NINE + hours * HOUR for hours in kept]
    assert sum(event.count for event in of_kind(events, ScheduleTimesMissed)) == 5 - len(kept)
    assert isinstance(schedule, Active)
    assert schedule.next_at == NINE + 5 * HOUR


@pytest.mark.parametrize(("missed", "count"), [("skip", 1), ("one", 1), ("all", MISSED_MAX + 1)])
def test_a_very_long_absence_is_worked_off_in_steps(missed: str, count: int) -> None:
    schedule = fold(created(plan(rule=every(60), missed=missed, missed_max=MISSED_MAX)))
    came = 3 * LOOKED_AT_MAX + 1
    at = AT + timedelta(minutes=came, seconds=30)  # The last one is in time.
    events, after = work_off(schedule, at)
    missed_times = of_kind(events, ScheduleTimesMissed)
    assert max(event.count for event in missed_times) <= LOOKED_AT_MAX
    assert len(started(events)) == count
    assert sum(event.count for event in missed_times) + count == came
    assert isinstance(after, Active)
    assert after.next_at == AT + timedelta(minutes=came + 1)


def test_many_times_that_are_in_time_are_all_started() -> None:
    schedule = fold(created(plan(rule=every(1), late_seconds=3_600)))
    events, _ = work_off(schedule, AT + timedelta(seconds=1_200), asked_max=1_300)
    assert len(started(events)) == 1_200


def test_the_title_and_an_input_can_hold_the_time() -> None:
    chosen = plan(title="Report of {date}, {time} {other}", time_input="day")
    schedule = fold(created(chosen))
    (event,) = decide(keep(schedule, NINE), schedule)
    assert isinstance(event, ScheduleTimeCame)
    assert event.title == "Report of 2026-02-02, 10:00 {other}"
    assert inputs_at(chosen, NINE) == {"amount": "12.30", "day": "2026-02-02T10:00:00+01:00"}
    assert inputs_at(plan(), NINE) == {"amount": "12.30"}


@settings(deadline=None)
@given(
    st.sampled_from(["skip", "one", "all"]),
    st.integers(1, 5),
    st.integers(0, 300),
    st.lists(st.tuples(st.integers(-120, 900), st.booleans()), max_size=12),
    st.sampled_from(["allow", "skip"]),
)
def test_each_time_is_told_exactly_once_whenever_and_however_often_runners_ask(
    missed: Any, most: int, late: int, asked: list[tuple[int, bool]], overlap: Any
) -> None:
    chosen = plan(rule=every(60), missed=missed, missed_max=most, late_seconds=late, overlap=overlap)
    schedule: Schedule = fold(created(chosen))
    at, told_of = AT, list[Event]()
    for seconds, is_running in asked:
        at += timedelta(seconds=seconds)  # Also backwards, as clocks may go.
        command = keep(schedule, at, still_running=JOB if is_running else None)
        before = schedule
        events, schedule = told(schedule, command)
        told_of += events
        assert not decide(command, schedule) or command.time is None, "the same was asked by another runner"
        assert before == schedule or events
    assert_told_in_order(chosen, told_of)


def assert_told_in_order(chosen: Plan, events: list[Event]) -> None:
    """The times told of are the first times of the plan, in order, each in one event."""
    spans: list[tuple[datetime, datetime, int]] = []
    for event in events:
        if isinstance(event, ScheduleTimesMissed):
            assert event.count is not None
            spans.append((event.first, event.last, event.count))
        else:
            assert isinstance(event, ScheduleTimeCame | ScheduleStartRefused)
            spans.append((event.time, event.time, 1))
    assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))
    times = list(islice(plan_times(chosen, AT), sum(count for *_, count in spans)))
    for first, last, count in spans:
        assert (times[0], times[count - 1]) == (first, last)
        times = times[count:]
