"""A value as one of another type, where what is meant is beyond doubt: `12.3` as the decimal `"12.3"`."""

from __future__ import annotations

from typing import Any

from domain.types import BooleanType, DecimalType, ListType, NumberType, TextType, ValueType, accepts, read_decimal

_TRUTHS = {"true": True, "false": False}


def converted(value: Any, declared: ValueType) -> Any | None:
    """The value as one of the type; None where there is none that says the same."""
    found = _as(value, declared)
    return found if found is not None and accepts(declared, found) else None


def _as(value: Any, declared: ValueType) -> Any | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match declared:
        case TextType() | DecimalType() if is_number:
            return str(value)
        case NumberType() if isinstance(value, str) and (number := read_decimal(value)) is not None:
            whole = int(number)
            return whole if whole == number else float(number)
        case BooleanType() if isinstance(value, str):
            return _TRUTHS.get(value)
        case ListType() if value is not None and not isinstance(value, list):
            return [value]
        case _:
            return None
