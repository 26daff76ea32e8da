"""How long something is, as it is typed: `90s`, `15m`, `1h30m`, `2d`."""

from __future__ import annotations

import re

import typer

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def read_seconds(text: str) -> int:
    """The seconds of a duration; a mere number is seconds."""
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return int(text)
    found = _DURATION.fullmatch(text.strip().lower())
    if not text.strip() or found is None:
        raise typer.BadParameter(f'Expected a duration as 90s, 15m, 1h30m or 2d, but got "{text}".')
    return sum(int(count) * size for count, size in zip(found.groups(), _SECONDS.values(), strict=True) if count)
