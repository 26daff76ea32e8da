"""The limits that a declared type can set, and how each is read."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter
from pydantic_core import SchemaError

from domain.values import WHOLE_NUMBER_MAX, ValueRefused, check_value, kind_of

CHOICES_MAX = 500
PATTERN_CHARACTERS_MAX = 1_000
FIELDS_MAX = 500
FIELD_NAME_CHARACTERS_MAX = 200
DECIMAL_DIGITS_MAX = 100

_Value = TypeVar("_Value")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def read_decimal(text: str) -> Decimal | None:
    """The number that a Decimal's text holds: `-12.30`, without exponent, plus sign or leading zeros; else None."""
    if len(text) > DECIMAL_DIGITS_MAX + 2 or _DECIMAL.fullmatch(text) is None:
        return None
    return Decimal(text)


@lru_cache(maxsize=1_000)
def pattern_of(pattern: str) -> TypeAdapter[str]:
    """Tells whether a whole text is as the pattern says, in time that grows only linearly with the text."""
    TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])  # It must stand alone, before it is anchored.
    return TypeAdapter(Annotated[str, StringConstraints(pattern=rf"\A(?:{pattern})\z", strict=True)])


def _known_pattern(pattern: str) -> str:
    try:
        pattern_of(pattern)
    except SchemaError as error:
        raise ValueError(f"Expected a regular expression, but {str(error).splitlines()[-1]}.") from None
    return pattern


def _bound(number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(f"Expected a number, but {kind_of(number)}.")  # noqa: TRY004 - pydantic gathers only these
    return _checked(number)


def _decimal_text(text: str) -> str:
    if read_decimal(text) is None:
        raise ValueError('Expected a decimal as text like "12.30".')
    return text


def _plain_text(text: str) -> str:
    return _checked(text)


def _checked(value: _Value) -> _Value:
    try:
        check_value(value)
    except ValueRefused as refused:
        raise ValueError(f"Expected {refused.expected}, but {refused.found}.") from None
    return value


def _field_name(name: str) -> str:
    if name.startswith("$"):
        raise ValueError("Expected a field name that does not begin with $.")
    return _plain_text(name)


Text = Annotated[str, AfterValidator(_plain_text)]
Bound = Annotated[int | float, BeforeValidator(_bound)]
DecimalBound = Annotated[str, AfterValidator(_decimal_text)]
Count = Annotated[int, Field(strict=True, ge=0, le=WHOLE_NUMBER_MAX)]
MediaKind = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.+-]+/([a-z0-9.+-]+|\*)$", max_length=200)]
Pattern = Annotated[Text, Field(max_length=PATTERN_CHARACTERS_MAX), AfterValidator(_known_pattern)]
FieldName = Annotated[
    str, StringConstraints(min_length=1, max_length=FIELD_NAME_CHARACTERS_MAX), AfterValidator(_field_name)
]
