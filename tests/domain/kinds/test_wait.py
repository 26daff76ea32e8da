"""The kind `wait`: what follows from what it waits for, and durations as they are written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.kinds import KINDS
from domain.kinds.durations import DURATION_SECONDS_MAX, read_duration
from domain.types import DateType, DecimalType, NumberType
from domain.variables import Variable

WAIT = KINDS["wait"]
MESSAGE = {"name": "message", "type": {"type": "decimal"}}


def nothing(_: str) -> None:
    return None


def findings(config: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in WAIT.findings(WAIT.read(config))]


def test_a_wait_for_a_time_has_neither_inputs_nor_outputs() -> None:
    for config in ({"duration": 60}, {"duration": "PT1M"}, {"until": "2026-12-24"}):
        read = WAIT.read(config)
        assert WAIT.inputs(read, nothing) == ()
        assert WAIT.outputs(read, nothing) == ()
        assert WAIT.takes(read) is None
        assert findings(config) == []


def test_a_time_that_an_input_gives_is_that_input() -> None:
    assert WAIT.inputs(WAIT.read({"given": "until"}), nothing) == (Variable(name="until", type=DateType()),)
    [seconds] = WAIT.inputs(WAIT.read({"given": "seconds"}), nothing)
    assert seconds.type == NumberType(minimum=0, maximum=DURATION_SECONDS_MAX)
    assert findings({"given": "until"}) == []


def test_a_wait_for_a_message_gives_its_value_as_declared() -> None:
    config = {"message": "paid", "outputs": [MESSAGE]}
    read = WAIT.read(config)
    assert WAIT.takes(read) == "paid"
    assert WAIT.outputs(read, nothing) == (Variable(name="message", type=DecimalType()),)
    assert findings(config) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, [("MISSING_CONFIGURATION", "")]),
        ({"duration": 60, "until": "2026-12-24"}, [("MISSING_CONFIGURATION", "until")]),
        ({"duration": "an hour"}, [("DURATION_MISFIT", "duration")]),
        ({"duration": "P1M"}, [("DURATION_MISFIT", "duration")]),
        ({"until": "tomorrow"}, [("DATE_MISFIT", "until")]),
        ({"until": "2026-12-24T08:00:00"}, [("DATE_MISFIT", "until")]),
        ({"message": "paid"}, [("MISSING_CONFIGURATION", "outputs")]),
        ({"duration": 60, "outputs": [MESSAGE]}, [("UNKNOWN_VARIABLE", "outputs.message")]),
        (
            {"message": "paid", "outputs": [MESSAGE, {"name": "more", "type": {"type": "str"}}]},
            [("UNKNOWN_VARIABLE", "outputs.more")],
        ),
    ],
)
def test_a_wait_that_could_not_end_is_found(config: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert findings(config) == found


@pytest.mark.parametrize(
    "config",
    [
        {"duration": -1},
        {"duration": True},
        {"duration": DURATION_SECONDS_MAX + 1},
        {"given": "other"},
        {"message": "Not a name"},
        {"for": 60},
    ],
)
def test_a_wait_that_cannot_be_read_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WAIT.read(config)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P3D", timedelta(days=3)),
        ("PT1H30M", timedelta(hours=1, minutes=30)),
        ("P1DT0.5S", timedelta(days=1, seconds=0.5)),
        ("P2W", timedelta(weeks=2)),
        ("PT0S", timedelta()),
        ("P3660D", timedelta(days=3660)),
    ],
)
def test_a_duration_is_read(text: str, duration: timedelta) -> None:
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1Y", "P1M", "P1DT", "P1W2D", "PT1S1M", "1D", "-P1D", "PT1,5S", "P3661D", "P٣D", "PT1H "]
)
def test_another_text_is_no_duration(text: str) -> None:
    assert read_duration(text) is None
