"""Schedules from the command line: made, listed, shown, changed, paused, resumed and removed; and their jobs start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from runner.cli.durations import read_seconds
from tests.runner.cli.test_story import ID, write
from tests.runner.up import Up, wait_for

pytestmark = pytest.mark.timeout(120)


def test_a_schedule_starts_jobs_by_itself(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "By itself"))
    said = up.fast(
        "schedule", "add", "Every second", "By itself", "--every", "1s", "-i", "amount=5", "--title", "of {date}"
    )
    (schedule,) = re.findall(rf"^schedule ({ID})\n  next \d{{4}}-", said)
    wait_for(lambda: up.fast("jobs", "--workflow", "By itself").count("COMPLETED") >= 2, "two jobs")
    assert re.search(r"of \d{4}-\d\d-\d\d", up.fast("jobs", "--workflow", "By itself"))
    assert re.search(rf"{schedule}  ACTIVE .* Every second +By itself +Every second .* started", up.fast("schedules"))
    shown = up.fast("schedule", "show", "Every second", "--first", "2")
    assert re.search(r"so far +\d+ started, 0 missed, 0 refused\n", shown)
    assert len(re.findall(r"^next  +\d|^ +\d{4}-\d\d-\d\dT", shown, re.MULTILINE)) == 2
    assert len(re.findall(rf"  started  {ID}", shown)) == 2

    assert up.fast("schedule", "pause", "Every second", "--reason", "enough") == "schedule Every second is paused\n"
    assert re.search(r"status +paused: enough\n", up.fast("schedule", "show", schedule))
    assert "  next " in up.fast("schedule", "resume", "Every second")
    assert up.fast("schedule", "remove", schedule) == "schedule Every second is removed\n"
    assert schedule not in up.fast("schedules")
    assert schedule in up.fast("schedules", "--status", "removed")
    assert "SCHEDULE_IS_REMOVED" in up.fast("schedule", "pause", schedule, code=1)


def test_what_is_not_named_in_a_change_stays(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Monthly"))
    rule = ("--cron", "30 6 L * *", "--zone", "Europe/Berlin")
    up.fast("schedule", "add", "At the end", "Monthly", *rule, "-i", "amount=5", "--missed", "all", "--missed-max", "3")
    up.fast("schedule", "change", "At the end", "--late", "1h30m", "--overlap", "skip")
    shown = up.fast("schedule", "show", "At the end")
    for line in (
        r"rule +At 06:30 on the last day of every month \(Europe/Berlin\)",
        r"inputs +amount = 5",
        r"missed +after 5400 s; of missed times: all, at most 3",
        r"overlap +skip",
    ):
        assert re.search(line, shown), shown
    assert "T06:30:00+0" in shown


def test_the_times_of_a_rule_can_be_looked_at_first(up: Up) -> None:
    said = up.fast("schedule", "times", "--cron", "0 9 * * mon", "--zone", "America/New_York", "--first", "3")
    assert len(re.findall(r"^\d{4}-\d\d-\d\dT09:00:00-0[45]:00$", said, re.MULTILINE)) == 3


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--cron", "0 9 * * mon", "--every", "1h"), 2, "got both"),
        ((), 2, "got neither"),
        (("--every", "soon"), 2, '"soon"'),
        (("--every", "1h", "--zone", "UTC"), 2, "an interval knows no time"),
        (("--cron", "0 9 * * mon", "--from", "2026-01-01T00:00:00Z"), 2, "without it"),
        (("--cron", "0 9 * * someday"), 1, "bad day-of-week"),
        (("--cron", "0 9 * * *", "--zone", "Berlin"), 1, '"Berlin"'),
    ],
)
def test_a_rule_that_is_none_is_refused(up: Up, words: tuple[str, ...], code: int, told: str) -> None:
    assert told in " ".join(up.fast("schedule", "times", *words, code=code).split())


def test_a_schedule_of_another_name_is_not_found(up: Up) -> None:
    assert 'there is no "Nothing"' in up.fast("schedule", "pause", "Nothing", code=1)


def test_a_duration_is_typed_in_units() -> None:
    assert [read_seconds(text) for text in ("90", "90s", "15m", "1h30m", "2d")] == [90, 90, 900, 5_400, 172_800]
    for wrong in ("", "1x", "-5", "1.5h", "h", "９s"):
        with pytest.raises(typer.BadParameter):
            read_seconds(wrong)
