"""What people may do to a schedule, and what a schedule refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from domain.refusals import Detail, Refusal
from domain.schedules.commands import AnyScheduleCommand, PauseSchedule, RemoveSchedule, ResumeSchedule
from domain.schedules.decide import decide
from domain.schedules.events import (
    ScheduleChanged,
    ScheduleCreated,
    ScheduleEvent,
    SchedulePaused,
    ScheduleRemoved,
    ScheduleResumed,
    ScheduleTimesMissed,
)
from domain.schedules.refusals import (
    ScheduleAlreadyCreated,
    ScheduleHasNoTimes,
    ScheduleInputsWrong,
    ScheduleIsRemoved,
    ScheduleLimitsWrong,
    ScheduleMoved,
    ScheduleNameRefused,
    ScheduleNotFound,
)
from domain.schedules.rules import CronRefused, CronRule, MomentRefused
from domain.schedules.state import INITIAL, Active, NoSchedule, Paused, evolve
from tests.domain.schedules.plans import (
    ANN,
    AT,
    BOB,
    HOUR,
    SCHEDULE,
    change,
    create,
    created,
    every,
    fold,
    keep,
    plan,
    told,
    work_off,
)

NINE = datetime(2026, 2, 2, 9, tzinfo=UTC)
PAUSE = PauseSchedule(at=AT, schedule_id=SCHEDULE, reason="holidays")
RESUME = ResumeSchedule(at=AT, schedule_id=SCHEDULE)
REMOVE = RemoveSchedule(at=AT, schedule_id=SCHEDULE, reason="replaced")


def test_a_schedule_begins_and_says_when_its_first_time_comes() -> None:
    assert decide(create(plan()), INITIAL) == [ScheduleCreated(name="Report", plan=plan(), member_id=ANN, next_at=NINE)]


def test_a_schedule_is_created_once() -> None:
    with pytest.raises(ScheduleAlreadyCreated) as refused:
        decide(create(plan()), fold(created()))
    assert refused.value.facts["name"] == "Report"


@pytest.mark.parametrize(
    ("others", "refusal"),
    [
        ({"rule": CronRule(expression="every day", zone="UTC")}, CronRefused),
        ({"ends_at": NINE}, ScheduleHasNoTimes),
        ({"begins_at": NINE, "ends_at": NINE}, ScheduleLimitsWrong),
        ({"begins_at": datetime(1999, 1, 1, tzinfo=UTC)}, MomentRefused),
        ({"late_seconds": -1}, ScheduleLimitsWrong),
        ({"late_seconds": 86_401}, ScheduleLimitsWrong),
        ({"missed_max": 0}, ScheduleLimitsWrong),
        ({"missed_max": 101}, ScheduleLimitsWrong),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(others: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(create(plan(**others)), INITIAL)
    with pytest.raises(refusal):
        decide(change(plan(**others)), fold(created()))


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines"])
def test_a_name_is_one_line(name: str) -> None:
    with pytest.raises(ScheduleNameRefused):
        decide(create(plan(), name=name), INITIAL)


def test_wrong_inputs_are_refused_together() -> None:
    findings = (Detail("input amount", "a decimal", "a list"), Detail("input day", "a date", "nothing"))
    with pytest.raises(ScheduleInputsWrong) as refused:
        decide(create(plan(), findings=findings), INITIAL)
    assert refused.value.message == "Expected inputs that fit the workflow, but these do not: input amount, input day."
    assert refused.value.details == findings


def test_a_plan_begins_and_ends() -> None:
    begins, ends = NINE + HOUR, NINE + 3 * HOUR
    _, schedule = told(INITIAL, create(plan(begins_at=begins, ends_at=ends)))
    assert isinstance(schedule, Active)
    assert schedule.next_at == begins
    for time in (begins, begins + HOUR):
        events, schedule = told(schedule, keep(schedule, time))
        assert len(events) == 1
    assert isinstance(schedule, Active)
    assert schedule.next_at is None
    assert decide(keep(schedule, ends), schedule) == []


def test_a_change_gives_another_plan_from_now_on_and_another_who_answers_for_it() -> None:
    other = plan(rule=every(60))
    changed = ScheduleChanged(plan=other, member_id=BOB, next_at=AT + timedelta(minutes=1))
    events, schedule = told(fold(created()), change(other, member_id=BOB))
    assert events == [changed]
    assert isinstance(schedule, Active)
    assert (schedule.known.plan, schedule.known.member_id, schedule.known.edition) == (other, BOB, 2)


def test_a_change_that_changes_nothing_is_none() -> None:
    assert decide(change(plan()), fold(created())) == []


def test_a_change_of_what_others_have_changed_is_refused() -> None:
    schedule = fold(created())
    _, schedule = told(schedule, keep(schedule, NINE))  # Times that come change nothing for who edits.
    assert decide(change(plan(late_seconds=5), NINE, expected_edition=1), schedule)
    with pytest.raises(ScheduleMoved):
        decide(change(plan(late_seconds=5), NINE, expected_edition=2), schedule)


def test_a_paused_schedule_has_no_times_and_goes_on_after_the_pause() -> None:
    events, paused = told(fold(created()), PAUSE)
    assert events == [SchedulePaused(reason="holidays")]
    assert decide(keep(paused, NINE + HOUR), paused) == []
    assert decide(PAUSE, paused) == []
    resume = ResumeSchedule(at=NINE + 5 * HOUR + timedelta(seconds=1), schedule_id=SCHEDULE)
    assert decide(resume, paused) == [ScheduleResumed(next_at=NINE + 6 * HOUR)]


def test_resuming_what_is_not_paused_changes_nothing() -> None:
    assert decide(RESUME, fold(created())) == []


def test_a_paused_schedule_can_be_changed_and_stays_paused() -> None:
    _, paused = told(fold(created()), PAUSE)
    events, changed = told(paused, change(plan(rule=every(60))))
    assert events == [ScheduleChanged(plan=plan(rule=every(60)), member_id=ANN, next_at=None)]
    assert isinstance(changed, Paused)


def test_a_removed_schedule_has_ended_for_ever() -> None:
    events, removed = told(fold(created()), REMOVE)
    assert events == [ScheduleRemoved(reason="replaced")]
    assert decide(REMOVE, removed) == []
    assert decide(keep(removed, NINE), removed) == []
    for command in (PAUSE, RESUME, change(plan(late_seconds=5))):
        with pytest.raises(ScheduleIsRemoved):
            decide(command, removed)


@pytest.mark.parametrize("command", [PAUSE, RESUME, REMOVE, change(plan())])
def test_what_was_never_created_is_not_found(command: AnyScheduleCommand) -> None:
    with pytest.raises(ScheduleNotFound):
        decide(command, INITIAL)


@pytest.mark.parametrize(
    ("command", "because"), [(PauseSchedule, "paused"), (RemoveSchedule, "removed"), (None, "changed")]
)
def test_times_that_had_come_before_someone_interrupted_are_told_as_missed(command: Any, because: Any) -> None:
    at = NINE + 2 * HOUR + timedelta(minutes=1)
    asked = change(plan(late_seconds=5), at) if command is None else command(at=at, schedule_id=SCHEDULE)
    first, _ = decide(asked, fold(created()))
    assert first == ScheduleTimesMissed(
        first=NINE, last=NINE + 2 * HOUR, count=3, because=because, next_at=NINE + 3 * HOUR
    )


def test_more_times_than_are_counted_are_told_up_to_the_interruption() -> None:
    at = AT + timedelta(days=30)
    missed, _ = decide(PauseSchedule(at=at, schedule_id=SCHEDULE), fold(created(plan(rule=every(60)))))
    assert isinstance(missed, ScheduleTimesMissed)
    assert (missed.count, missed.last, missed.next_at) == (None, at, at + timedelta(seconds=60))


def test_nothing_is_repeated_by_a_clock_that_goes_backwards() -> None:
    _, schedule = work_off(fold(created()), NINE + 3 * HOUR)
    _, paused = told(schedule, PauseSchedule(at=NINE + 3 * HOUR, schedule_id=SCHEDULE))
    resumed = decide(ResumeSchedule(at=NINE, schedule_id=SCHEDULE), paused)
    assert resumed == [ScheduleResumed(next_at=NINE + 4 * HOUR)]
    changed = decide(change(plan(late_seconds=5), NINE), schedule)
    assert changed == [ScheduleChanged(plan=plan(late_seconds=5), member_id=ANN, next_at=NINE + 4 * HOUR)]


@pytest.mark.parametrize(
    "begin", [INITIAL, fold(created()), fold(created(), SchedulePaused()), fold(created(), ScheduleRemoved())]
)
def test_every_event_can_be_applied_to_every_shape(begin: Any) -> None:
    events, _ = work_off(fold(created(plan(missed="all"))), NINE + 30 * HOUR)
    for event in [
        *events,
        created(),
        ScheduleChanged(plan=plan(), member_id=BOB, next_at=NINE),
        SchedulePaused(),
        ScheduleResumed(next_at=None),
        ScheduleRemoved(),
    ]:
        assert isinstance(event, get_args(ScheduleEvent))
        after = evolve(begin, event)
        assert isinstance(after, NoSchedule) == (begin == INITIAL and not isinstance(event, ScheduleCreated))
