"""`Retry-After`: seconds, a date, or nothing that can be read, whatever another system writes there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runner.retry_after import retry_after


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    now = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
    assert retry_after("120") == 120
    assert retry_after(" 0 ") == 0
    assert retry_after("Sat, 28 Nov 2026 12:01:00 GMT", now) == 60
    assert retry_after("Sat, 28 Nov 2026 11:00:00 GMT", now) == 0
    assert retry_after("999999999999") == 24 * 3600
    assert retry_after("soon") is None
    assert retry_after("-1") is None
    assert retry_after(None) is None


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2024 99999999999999:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 +9999",
        "²",
        "nan",
    ],
)
def test_what_cannot_be_a_moment_asks_for_nothing(written: str) -> None:
    assert retry_after(written) is None
