"""The scalars of the schema and how they are read and written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.values import ValueRefused, check_value, kind_of, shorten

JSON = NewType("JSON", object)
Cursor = NewType("Cursor", str)
Position = NewType("Position", str)

CURSOR_CHARACTERS_MAX = 400


def _json(value: Any) -> Any:
    check_value(value)
    return value


def _opaque(value: Any) -> str:
    if not isinstance(value, str) or len(value) > CURSOR_CHARACTERS_MAX:
        raise ValueRefused("the cursor", "one that this API gave", kind_of(value))
    return value


def _moment(value: Any) -> datetime:
    expected = "a date and time with offset, as 2026-11-22T13:30:00Z"
    if not isinstance(value, str):
        raise ValueRefused("the moment", expected, kind_of(value))
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueRefused("the moment", expected, shorten(value)) from None
    if moment.tzinfo is None:
        raise ValueRefused("the moment", expected, "one without offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueRefused("the moment", expected, shorten(value)) from None


def show_moment(moment: datetime) -> str:
    """A moment as the API shows it: ISO 8601 in UTC with microseconds and `Z`."""
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


SCALARS: Mapping[object, ScalarDefinition] = {
    JSON: strawberry.scalar(
        name="JSON",
        description=(
            "Any JSON value: text without U+0000 and lone surrogates, finite numbers, whole numbers within ±(2^53-1), "
            "lists and objects at most 64 levels deep. Exact decimals are text."
        ),
        serialize=lambda value: value,
        parse_value=_json,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="An opaque place in a list or a stream; hand it back as `after` to go on behind it.",
        serialize=str,
        parse_value=_opaque,
    ),
    Position: strawberry.scalar(
        name="Position",
        description="An opaque place in the log: writes answer with it, reads wait for it, streams go on after it.",
        serialize=str,
        parse_value=_opaque,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, as ISO 8601 with microseconds and `Z`.",
        serialize=show_moment,
        parse_value=_moment,
    ),
}
