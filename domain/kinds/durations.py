"""Durations as ISO 8601 writes them: `P3D`, `PT1H30M`, `P2W`."""

from __future__ import annotations

import re
from datetime import timedelta

DURATION_SECONDS_MAX = 10 * 366 * 24 * 3600

_DURATION = re.compile(
    r"P(?=[0-9T])(?:(?P<weeks>[0-9]{1,9})W|(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9}(?:\.[0-9]{1,6})?)S)?)?)"
)


def read_duration(text: str) -> timedelta | None:
    """The duration that a text holds; None for another text, for years and months (which are not always as long), and for over ten years."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    parts = {name: float(number) for name, number in found.groupdict().items() if number is not None}
    duration = timedelta(**parts)
    return duration if duration.total_seconds() <= DURATION_SECONDS_MAX else None
