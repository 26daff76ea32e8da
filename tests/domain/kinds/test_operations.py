"""Operations of a decision: exactly when each holds, null and empty included, and which suit which type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kinds.operations import ALONE, OPERATIONS, Operation, compared_with, holds, operations_for
from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
)

TEXT, NUMBER, DECIMAL, DATE, BOOLEAN = TextType(), NumberType(), DecimalType(), DateType(), BooleanType()
TEXTS = ListType(items=TEXT)
MONEYS = ListType(items=DECIMAL)
LINE = ObjectType(fields=(ObjectField(name="total", type=DECIMAL), ObjectField(name="note", type=TEXT, required=False)))

HOLDS: list[tuple[Operation, ValueType | None, Any, Any]] = [
    ("equals", TEXT, "a", "a"),
    ("equals", NUMBER, 1, 1.0),
    ("equals", DECIMAL, "12.30", "12.3"),
    ("equals", BOOLEAN, True, True),
    ("equals", DATE, "2026-01-01T12:00Z", "2026-01-01T13:00+01:00"),
    ("equals", DATE, "2026-01-01", "2026-01-01T23:00+05:00"),
    ("equals", LINE, {"total": "1.0"}, {"total": "1", "note": None}),
    ("equals", MONEYS, ["1.0", "2"], ["1", "2.00"]),
    ("equals", ObjectType(), {"a": [1]}, {"a": [1.0]}),
    ("equals", TEXT, None, None),
    ("not_equals", TEXT, "a", "A"),
    ("not_equals", TEXT, None, "a"),
    ("not_equals", None, 1, True),
    ("not_equals", ObjectType(), {"a": 1}, {"a": True}),
    ("contains", TEXT, "invoice", "voice"),
    ("contains", TEXT, "invoice", ""),
    ("contains", MONEYS, ["1.50"], "1.5"),
    ("not_contains", TEXT, "invoice", "x"),
    ("not_contains", TEXT, None, "x"),
    ("not_contains", TEXTS, [], "x"),
    ("starts_with", TEXT, "RE-17", "RE"),
    ("ends_with", TEXT, "a.pdf", ".pdf"),
    ("is_empty", TEXT, "", None),
    ("is_empty", TEXT, None, None),
    ("is_empty", TEXTS, [], None),
    ("is_empty", ObjectType(), {}, None),
    ("is_not_empty", TEXT, " ", None),
    ("is_not_empty", NUMBER, 0, None),
    ("is_not_empty", DECIMAL, "0.00", None),
    ("is_null", TEXT, None, None),
    ("is_not_null", TEXT, "", None),
    ("greater", NUMBER, 2, 1.5),
    ("greater", DECIMAL, "0.10000000000000000000000000000001", "0.1"),
    ("greater_or_equal", NUMBER, 0.8, 0.8),
    ("less", DECIMAL, "9.99", "10"),
    ("less_or_equal", DECIMAL, "1000.00", "1000"),
    ("before", DATE, "2026-01-01", "2026-01-02"),
    ("before", DATE, "2026-01-01T12:30+01:00", "2026-01-01T12:00Z"),
    ("after", DATE, "2026-01-02T00:00Z", "2026-01-01"),
    ("is_true", BOOLEAN, True, None),
    ("is_false", BOOLEAN, False, None),
    ("in", TEXT, "EUR", ["USD", "EUR"]),
    ("in", DECIMAL, "1.0", ["1"]),
    ("not_in", TEXT, "eur", ["EUR"]),
    ("not_in", TEXT, None, ["EUR"]),
]
FAILS: list[tuple[Operation, ValueType | None, Any, Any]] = [
    ("equals", TEXT, None, ""),
    ("equals", NUMBER, 1, None),
    ("equals", MONEYS, ["1"], ["1", "1"]),
    ("equals", LINE, {"total": "1", "note": "a"}, {"total": "1"}),
    ("equals", None, True, 1),
    ("contains", TEXT, None, ""),
    ("contains", None, [True], 1),
    ("starts_with", TEXT, None, ""),
    ("ends_with", TEXT, "a", None),
    ("is_empty", TEXT, " ", None),
    ("is_empty", None, False, None),
    ("is_null", TEXTS, [], None),
    ("greater", NUMBER, 1, 1),
    ("greater", NUMBER, None, 1),
    ("greater", NUMBER, 1, None),
    ("less", NUMBER, None, 1),
    ("less_or_equal", DECIMAL, None, "1000"),
    ("less", None, "1", 2),
    ("before", DATE, "2026-01-01", "2026-01-01T10:00Z"),
    ("after", DATE, "2026-01-01T10:00Z", "2026-01-01"),
    ("before", DATE, None, "2026-01-01"),
    ("is_true", None, 1, None),
    ("is_true", BOOLEAN, None, None),
    ("is_false", BOOLEAN, None, None),
    ("in", TEXT, None, ["EUR"]),
    ("in", TEXT, "EUR", None),
    ("not_in", DECIMAL, "1.0", ["1.00"]),
]
CONTRARIES: list[tuple[Operation, Operation]] = [
    ("equals", "not_equals"),
    ("contains", "not_contains"),
    ("is_empty", "is_not_empty"),
    ("is_null", "is_not_null"),
    ("in", "not_in"),
]
ALL_TYPES: list[ValueType] = [
    TEXT,
    NUMBER,
    DECIMAL,
    BOOLEAN,
    DATE,
    LINE,
    TEXTS,
    FileType(),
    FilesType(),
    JsonTextType(),
]


@pytest.mark.parametrize(("operation", "declared", "value", "other"), HOLDS)
def test_it_holds(operation: Operation, declared: ValueType | None, value: Any, other: Any) -> None:
    assert holds(operation, declared, value, other) is True


@pytest.mark.parametrize(("operation", "declared", "value", "other"), FAILS)
def test_it_does_not_hold(operation: Operation, declared: ValueType | None, value: Any, other: Any) -> None:
    assert holds(operation, declared, value, other) is False


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "1.0", "2026-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["total", "b"]), inner, max_size=2),
    max_leaves=6,
)


@given(st.sampled_from(CONTRARIES), st.sampled_from([None, *ALL_TYPES]), json_values, json_values)
def test_not_is_always_the_exact_contrary(
    pair: tuple[Operation, Operation], declared: ValueType | None, value: Any, other: Any
) -> None:
    assert holds(pair[0], declared, value, other) is not holds(pair[1], declared, value, other)


@given(st.sampled_from(OPERATIONS), st.sampled_from([None, *ALL_TYPES]), json_values, json_values)
def test_no_values_make_an_operation_fail(
    operation: Operation, declared: ValueType | None, value: Any, other: Any
) -> None:
    assert holds(operation, declared, value, other) in (True, False)


def test_only_those_that_suit_a_type_are_offered() -> None:
    assert "greater" not in operations_for(TEXT)
    assert "contains" in operations_for(TEXTS)
    assert "before" in operations_for(DATE)
    assert operations_for(FileType()) == ("is_null", "is_not_null")
    assert set(operations_for(None)) == set(OPERATIONS)
    assert all(set(operations_for(declared)) <= set(OPERATIONS) for declared in ALL_TYPES)


def test_what_a_value_is_compared_with_has_the_type_without_its_limits() -> None:
    assert compared_with(TextType(length_max=3), "starts_with") == TEXT
    assert compared_with(TextType(choices=("a",)), "in") == TEXTS
    assert compared_with(MONEYS, "contains") == DECIMAL
    assert compared_with(NumberType(maximum=1), "greater") == NUMBER
    assert {"is_empty", "is_true"} <= ALONE
