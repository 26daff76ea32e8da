"""The operations of a decision: which suit a type, what they are compared with, and exactly when each holds.

Null (also an input that has no value) equals only null. `not_…` is always the exact contrary of its operation, so of null too.
Empty are null, text without characters, a list without items and an object without fields; nothing else. Whatever compares
sizes or moments does not hold where one side is null.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from domain.types import (
    DateType,
    DecimalType,
    FilesType,
    FileType,
    ListType,
    NumberType,
    ObjectType,
    TextType,
    ValueType,
)
from domain.types.accepts import read_date
from domain.types.limits import read_decimal

Operation = Literal[
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "is_empty",
    "is_not_empty",
    "is_null",
    "is_not_null",
    "greater",
    "greater_or_equal",
    "less",
    "less_or_equal",
    "before",
    "after",
    "is_true",
    "is_false",
    "in",
    "not_in",
]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
ALONE: frozenset[Operation] = frozenset(
    {"is_empty", "is_not_empty", "is_null", "is_not_null", "is_true", "is_false"},
)
"""Those that are compared with nothing."""

_NULL: tuple[Operation, ...] = ("is_null", "is_not_null")
_EMPTY: tuple[Operation, ...] = ("is_empty", "is_not_empty")
_EQUAL: tuple[Operation, ...] = ("equals", "not_equals")
_IN: tuple[Operation, ...] = ("in", "not_in")
_CONTAIN: tuple[Operation, ...] = ("contains", "not_contains")
_SIZE: tuple[Operation, ...] = ("greater", "greater_or_equal", "less", "less_or_equal")

_SUITABLE: dict[str, tuple[Operation, ...]] = {
    "str": (*_EQUAL, *_CONTAIN, "starts_with", "ends_with", *_EMPTY, *_NULL, *_IN),
    "float": (*_EQUAL, *_SIZE, *_EMPTY, *_NULL, *_IN),
    "decimal": (*_EQUAL, *_SIZE, *_EMPTY, *_NULL, *_IN),
    "bool": (*_EQUAL, "is_true", "is_false", *_NULL),
    "date": (*_EQUAL, "before", "after", *_EMPTY, *_NULL, *_IN),
    "object": (*_EQUAL, *_EMPTY, *_NULL),
    "array": (*_EQUAL, *_CONTAIN, *_EMPTY, *_NULL),
    "file": _NULL,
    "array_files": (*_EMPTY, *_NULL),
    "json_string": (*_EQUAL, *_EMPTY, *_NULL),
}


SUITABLE_BY_TYPE: dict[str, Any] = {wire: list(operations) for wire, operations in _SUITABLE.items()}
"""Wire name of a type → the operations that suit it, as data."""


def operations_for(declared: ValueType | None) -> tuple[Operation, ...]:
    """The operations that suit a type; all of them where anything may stand."""
    return OPERATIONS if declared is None else _SUITABLE[declared.type]


def compared_with(declared: ValueType | None, operation: Operation) -> ValueType | None:
    """The type of what a value of this type is compared with, without its limits; None: anything."""
    if declared is None:
        return None
    if operation in _IN:
        return ListType(items=_unlimited(declared))
    if operation in _CONTAIN and isinstance(declared, ListType):
        return None if declared.items is None else _unlimited(declared.items)
    return _unlimited(declared)


def holds(operation: Operation, declared: ValueType | None, value: Any, other: Any = None) -> bool:
    """Whether the operation holds of a value of the declared type and what it is compared with."""
    return _HOLDS[operation](declared, value, other)


def _unlimited(declared: ValueType) -> ValueType:
    match declared:
        case TextType() | NumberType() | DecimalType() | FileType() | FilesType():
            return type(declared)()
        case _:
            return declared


def _equals(declared: ValueType | None, value: Any, other: Any) -> bool:
    if value is None or other is None:
        return value is other
    match declared:
        case DecimalType():
            return _measure(declared, value) == _measure(declared, other)
        case DateType():
            one, another = _moments(value, other)
            return one == another
        case ObjectType():
            return _equal_objects(declared, value, other)
        case ListType() if isinstance(value, list) and isinstance(other, list):
            return len(value) == len(other) and all(map(_equals, [declared.items] * len(value), value, other))
        case _:
            return _same(value, other)


def _equal_objects(declared: ObjectType, value: Any, other: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(other, dict):
        return False
    if declared.fields is None:
        return _same(value, other)
    return all(_equals(field.type, value.get(field.name), other.get(field.name)) for field in declared.fields)


def _same(value: Any, other: Any) -> bool:
    # Python takes true for 1; here a boolean equals no number. A whole number equals the same double.
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(_same(item, other[key]) for key, item in value.items())
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_same, value, other))
    return bool(value == other)


def _contains(declared: ValueType | None, value: Any, other: Any) -> bool:
    if isinstance(value, list):
        items = declared.items if isinstance(declared, ListType) else None
        return any(_equals(items, item, other) for item in value)
    return isinstance(value, str) and isinstance(other, str) and other in value


def _is_in(declared: ValueType | None, value: Any, other: Any) -> bool:
    return isinstance(other, list) and any(_equals(declared, value, item) for item in other)


def _is_empty(_: ValueType | None, value: Any, __: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _compared(test: Callable[[Any, Any], bool]) -> Callable[[ValueType | None, Any, Any], bool]:
    def holds_of(declared: ValueType | None, value: Any, other: Any) -> bool:
        one, another = _measure(declared, value), _measure(declared, other)
        return one is not None and another is not None and test(one, another)

    return holds_of


def _measure(declared: ValueType | None, value: Any) -> Decimal | float | None:
    if isinstance(declared, DecimalType):
        return read_decimal(value) if isinstance(value, str) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _dated(test: Callable[[Any, Any], bool]) -> Callable[[ValueType | None, Any, Any], bool]:
    def holds_of(_: ValueType | None, value: Any, other: Any) -> bool:
        one, another = _moments(value, other)
        return one is not None and another is not None and test(one, another)

    return holds_of


def _moments(value: Any, other: Any) -> tuple[date | None, date | None]:
    # Two date-times are compared as moments. Beside a plain date only the day of a date-time counts, in its own offset.
    one = read_date(value) if isinstance(value, str) else None
    another = read_date(other) if isinstance(other, str) else None
    if isinstance(one, datetime) and isinstance(another, datetime):
        return one.astimezone(UTC), another.astimezone(UTC)
    return _day(one), _day(another)


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _not(holds_of: Callable[[ValueType | None, Any, Any], bool]) -> Callable[[ValueType | None, Any, Any], bool]:
    return lambda declared, value, other: not holds_of(declared, value, other)


def _both_text(test: Callable[[str, str], bool]) -> Callable[[ValueType | None, Any, Any], bool]:
    return lambda _, value, other: isinstance(value, str) and isinstance(other, str) and test(value, other)


_HOLDS: dict[Operation, Callable[[ValueType | None, Any, Any], bool]] = {
    "equals": _equals,
    "not_equals": _not(_equals),
    "contains": _contains,
    "not_contains": _not(_contains),
    "starts_with": _both_text(str.startswith),
    "ends_with": _both_text(str.endswith),
    "is_empty": _is_empty,
    "is_not_empty": _not(_is_empty),
    "is_null": lambda _, value, __: value is None,
    "is_not_null": lambda _, value, __: value is not None,
    "greater": _compared(lambda one, other: one > other),
    "greater_or_equal": _compared(lambda one, other: one >= other),
    "less": _compared(lambda one, other: one < other),
    "less_or_equal": _compared(lambda one, other: one <= other),
    "before": _dated(lambda one, other: one < other),
    "after": _dated(lambda one, other: one > other),
    "is_true": lambda _, value, __: value is True,
    "is_false": lambda _, value, __: value is False,
    "in": _is_in,
    "not_in": _not(_is_in),
}
