"""Values made up to fit a declared type: what a preview goes on with where a task is shown and not performed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectType,
    TextType,
    ValueType,
)
from domain.values import Value

FileOf = Callable[[str], Value]
"""Media type → a stored file of that type."""

SAMPLE_TEXT = "sample"
SAMPLE_DATE = "2026-01-01"
SAMPLE_LENGTH_MAX = 10_000
PLAIN_TEXT = "text/plain"


def sample_of(declared: ValueType | None, file_of: FileOf) -> Value:
    """A value of the type, as a user would give it. One that a pattern describes may not fit: who uses it has to check."""
    match declared:
        case None:
            return None
        case TextType():
            return _text(declared)
        case NumberType():
            return _within(Decimal(0), declared) or 0
        case DecimalType():
            return _within(Decimal(0), declared) or "0"
        case BooleanType():
            return False
        case DateType():
            return SAMPLE_DATE
        case ObjectType():
            return {field.name: sample_of(field.type, file_of) for field in declared.fields or ()}
        case ListType():
            return [] if declared.items is None else [sample_of(declared.items, file_of)]
        case FileType():
            return file_of(_media_type(declared))
        case FilesType():
            return [file_of(_media_type(declared))]
        case JsonTextType():
            return "{}"


def _text(declared: TextType) -> str:
    if declared.choices:
        return declared.choices[0]
    least = min(declared.length_min or 0, SAMPLE_LENGTH_MAX)
    return SAMPLE_TEXT.ljust(least, ".")[: declared.length_max]


def _within(number: Decimal, declared: NumberType | DecimalType) -> float | str | None:
    """The bound that keeps a number out, if one does."""
    if declared.minimum is not None and number < Decimal(str(declared.minimum)):
        return declared.minimum
    if declared.maximum is not None and number > Decimal(str(declared.maximum)):
        return declared.maximum
    return None


def _media_type(declared: FileType | FilesType) -> str:
    first = (declared.kinds or (PLAIN_TEXT,))[0]
    return first.replace("*", "plain" if first.startswith("text/") else "octet-stream")
