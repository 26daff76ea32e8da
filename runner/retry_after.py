"""How long another system asks to wait: the header `Retry-After` (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRY_AFTER_SECONDS_MAX = 24 * 3600.0
DIGITS_MAX = 9


def retry_after(written: str | None, now: datetime | None = None) -> float | None:
    """The seconds that it asks for: a number of them, or a date; None when it says nothing that can be read."""
    if written is None:
        return None
    text = written.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:DIGITS_MAX]), RETRY_AFTER_SECONDS_MAX)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_SECONDS_MAX)
