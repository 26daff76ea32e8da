"""Expressions: typed by the declared inputs, with numbers as people write them."""

from typing import Any

import pytest

from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    ListType,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
)
from runner.actions.expressions import ExpressionWrong, Operand, compile_expression

PRICED = ObjectType(fields=(ObjectField(name="price", type=DecimalType()),))
OPERANDS = (
    Operand("number", NumberType(), required=True),
    Operand("total", DecimalType(), required=True),
    Operand("text", TextType(), required=True),
    Operand("flag", BooleanType(), required=True),
    Operand("day", DateType(), required=True),
    Operand("numbers", ListType(items=NumberType()), required=True),
    Operand("things", ListType(), required=True),
    Operand("thing", PRICED, required=True),
    Operand("perhaps", NumberType(), required=False),
)
INPUTS: dict[str, Any] = {
    "number": 3,
    "total": "12.30",
    "text": "abc",
    "flag": True,
    "day": "2026-02-01",
    "numbers": [1, 2, 3.5],
    "things": ["a", {"deep": [7]}],
    "thing": {"price": "0.10"},
    "perhaps": None,
}


@pytest.mark.parametrize(
    "source",
    [
        "number > 1",
        "number == 3 && number + 1 == 4",
        "total >= 12.30 && total < 13",
        "size(text) == 3 && text.size() == 3",
        "text.substring(1, 2) == 'b'",
        "text.startsWith('a') && text.matches('^[a-c]+$')",
        "!flag || flag",
        "day > timestamp('2026-01-31T23:00:00Z')",
        "numbers[2] > 3 && numbers.all(n, n > 0)",
        "number in [1, 2, 3]",
        "things[1].deep[0] == 7",
        "thing.price < 1",
        "perhaps == null || perhaps > 10",
        "'2 // no comment' == '2 // no comment' // a comment with 1",
        "true",
    ],
)
def test_it_is_true(source: str) -> None:
    assert compile_expression(source, OPERANDS).is_true(INPUTS)


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("number +\n unknown > 1", 2, 2),
        ("number > 1 && size(text) > text", 1, 26),
        ("number ==", 1, 10),
        ("text > 1", 1, 6),
    ],
)
def test_what_does_not_fit_the_declared_types_is_refused_with_its_place(source: str, line: int, column: int) -> None:
    with pytest.raises(ExpressionWrong) as wrong:
        compile_expression(source, OPERANDS)
    assert (wrong.value.line, wrong.value.column) == (line, column)


def test_what_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(ExpressionWrong, match="true or false, but it gives a number"):
        compile_expression("number + 1", OPERANDS)


@pytest.mark.parametrize("source", ["perhaps > 1", "things[5] == 'x'", "things[0].missing == 1"])
def test_what_has_no_value_says_so(source: str) -> None:
    with pytest.raises(ExpressionWrong):
        compile_expression(source, OPERANDS).is_true(INPUTS)


def test_an_expression_cannot_run_for_ever() -> None:
    source = "numbers.all(a, numbers.all(b, numbers.all(c, numbers.all(d, a + b + c + d > 0))))"
    with pytest.raises(ExpressionWrong, match="budget"):
        compile_expression(source, OPERANDS).is_true(INPUTS | {"numbers": [1] * 100})


def test_the_same_expression_is_compiled_once() -> None:
    declared: ValueType = NumberType()
    first = compile_expression("n > 1", (Operand("n", declared, required=True),))
    assert compile_expression("n > 1", (Operand("n", NumberType(), required=True),)) is first


@pytest.mark.parametrize(("day", "expected"), [(None, True), ("2025-01-01", True), ("2026-02-01", False)])
def test_a_date_may_be_missing_or_there(day: str | None, expected: bool) -> None:  # noqa: FBT001
    source = "day == null || day < timestamp('2026-01-01T00:00:00Z')"
    compiled = compile_expression(source, (Operand("day", DateType(), required=False),))
    assert compiled.is_true({"day": day}) is expected
