"""Expressions of decisions: Google's CEL, checked against declared types before anything is evaluated.

A Number is a double in CEL. So that nobody has to write `total > 1000.0`, whole literals are read as doubles, and `size()` gives
a double; where CEL wants a whole number (an index, the arguments of `substring` and its like) a literal stays whole. A Decimal
takes part as the nearest double, a Date as a timestamp, an optional input as a value that may be null.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]
from cel_expr_python.ext import ext_strings  # type: ignore[import-untyped]

from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    ListType,
    NumberType,
    ObjectType,
    ValueType,
)
from domain.variables import Variable

EXPRESSION_CHARACTERS_MAX = 10_000
COMPILED_KEPT_MAX = 1_000

_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*)
  | (?P<text>[rRbB]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>0[xX][0-9A-Fa-f]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?)
  | (?P<space>\s+)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLACE = re.compile(r"<input>:(\d+):(\d+): ")
_WANT_WHOLE = frozenset({"[", "substring", "charAt", "indexOf", "lastIndexOf", "replace", "split", "int", "uint"})
_COUNT = "count_items"

_TEXT_TO_ANY = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)


class ExpressionWrong(Exception):
    """An expression does not parse, does not fit the declared types, or has no value for these inputs; says where and why."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason, self.line, self.column = reason, line, column
        place = "" if line is None else f" (line {line}, column {column})"
        self.message = f"{reason}{place}"
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Operand:
    """An input that an expression may name: one that is not required may be null."""

    name: str
    type: ValueType | None
    required: bool


def operands_of(variables: Iterable[Variable]) -> tuple[Operand, ...]:
    """The declared variables as an expression may name them."""
    return tuple(Operand(variable.name, variable.type, variable.required) for variable in variables)


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression that fits its operands and may be evaluated many times."""

    source: str
    expression: Any
    operands: tuple[Operand, ...]

    def is_true(self, inputs: Mapping[str, Any]) -> bool:
        """The answer for these inputs; raises ExpressionWrong when there is none (a missing key, null compared …)."""
        # The library takes a timestamp only where one is declared, so a Date that may be null is declared once it is there.
        there = tuple(
            replace(operand, required=True)
            if _holds_date(operand.type) and inputs.get(operand.name) is not None
            else operand
            for operand in self.operands
        )
        if there != self.operands:
            return compile_expression(self.source, there).is_true(inputs)
        data = {operand.name: _given(operand.type, inputs.get(operand.name)) for operand in self.operands}
        try:
            found = self.expression.eval(data=data).value()
        except Exception as error:  # noqa: BLE001 - the library has no class of its own for what goes wrong
            raise ExpressionWrong(_reason(str(error))) from None
        if not isinstance(found, bool):
            raise ExpressionWrong(_reason(str(found)))
        return found


@functools.lru_cache(maxsize=COMPILED_KEPT_MAX)
def compile_expression(source: str, operands: tuple[Operand, ...]) -> Compiled:
    """Parses an expression and checks it against its operands' types; raises ExpressionWrong, naming line and column."""
    if len(source) > EXPRESSION_CHARACTERS_MAX:
        raise ExpressionWrong(f"Expected at most {EXPRESSION_CHARACTERS_MAX} characters, but got {len(source)}.")
    variables = {operand.name: _cel_type(operand.type if operand.required else None) for operand in operands}
    environment = cel.NewEnv(variables=variables, extensions=[ext_strings.ExtStrings()], functions=[_counting()])
    rewritten = _with_doubles(source)
    try:
        expression = environment.compile(rewritten.text)
    except Exception as error:  # noqa: BLE001 - the library has no class of its own for what goes wrong
        raise _located(str(error), source, rewritten) from None
    if expression.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        found = _reason(expression.return_type().name().lower())
        raise ExpressionWrong(f"Expected an expression that is true or false, but it gives a {found}.")
    return Compiled(source, expression, operands)


def _cel_type(declared: ValueType | None) -> Any:
    match declared:
        case None:
            return cel.Type.DYN
        case NumberType() | DecimalType():
            return cel.Type.DOUBLE
        case BooleanType():
            return cel.Type.BOOL
        case DateType():
            return cel.Type.TIMESTAMP
        case ListType():
            return cel.Type.List(_cel_type(declared.items))
        case FilesType():
            return cel.Type.List(_TEXT_TO_ANY)
        case ObjectType() | FileType():
            return _TEXT_TO_ANY
        case _:
            return cel.Type.STRING


def _holds_date(declared: ValueType | None) -> bool:
    match declared:
        case DateType():
            return True
        case ListType():
            return _holds_date(declared.items)
        case ObjectType():
            return any(_holds_date(field.type) for field in declared.fields or ())
        case _:
            return False


def _given(declared: ValueType | None, value: Any) -> Any:
    """A value as its declared type stands in CEL: numbers and Decimals as doubles, Dates as timestamps."""
    if value is None:
        return None
    match declared:
        case DecimalType():
            return float(value)
        case DateType():
            return _timestamp(value)
        case ListType():
            return [_given(declared.items, item) for item in value]
        case ObjectType():
            fields = {field.name: field.type for field in declared.fields or ()}
            return {key: _given(fields.get(key), item) for key, item in value.items()}
        case _:
            return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _timestamp(text: str) -> datetime:
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def _counting() -> Any:
    kinds = (cel.Type.STRING, cel.Type.LIST, cel.Type.MAP)
    overloads = [
        cel.Overload(
            id=f"{_COUNT}_{place}_{member}",
            return_type=cel.Type.DOUBLE,
            parameters=[kind],
            is_member=member,
            impl=lambda value: float(len(value)),
        )
        for place, kind in enumerate(kinds)
        for member in (True, False)
    ]
    return cel.FunctionDecl(_COUNT, overloads)


@dataclass(frozen=True, slots=True)
class _Rewritten:
    text: str
    added: list[tuple[int, int]]  # (where in `text` an addition ends, its characters)

    def original_offset(self, offset: int) -> int:
        """Where a place of the rewritten text stands in the source."""
        return offset - sum(characters for end, characters in self.added if end <= offset)


def _with_doubles(source: str) -> _Rewritten:
    """The source with whole literals as doubles and `size` as our count."""
    written: list[str] = []
    added: list[tuple[int, int]] = []
    length, before = 0, ""
    inside: list[str] = []  # for each open bracket: the function whose arguments it holds, "[" for an index, else ""
    for token in _TOKEN.finditer(source):
        text, kind = token.group(), token.lastgroup
        new = text
        if kind == "name" and text == "size" and source[token.end() :].lstrip().startswith("("):
            new = _COUNT
        elif kind == "number" and text.isdigit() and not (inside and inside[-1] in _WANT_WHOLE):
            new = f"{text}.0"
        elif kind == "mark":
            _follow(inside, text, before)
        length += len(new)
        if len(new) != len(text):
            added.append((length, len(new) - len(text)))
        if kind not in ("space", "comment"):
            before = text
        written.append(new)
    return _Rewritten("".join(written), added)


def _follow(inside: list[str], mark: str, before: str) -> None:
    if mark == "(":
        inside.append(before)
    elif mark == "[":
        inside.append("[" if (before.isidentifier() and before != "in") or before in (")", "]") else "")
    elif mark == "{":
        inside.append("")
    elif mark in (")", "]", "}") and inside:
        inside.pop()


def _located(message: str, source: str, rewritten: _Rewritten) -> ExpressionWrong:
    found = _PLACE.search(message)
    if found is None:
        return ExpressionWrong(_reason(message))
    line, column = int(found.group(1)), int(found.group(2))
    begins = sum(len(text) for text in rewritten.text.splitlines(keepends=True)[: line - 1])
    before = source[: rewritten.original_offset(begins + column - 1)]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return ExpressionWrong(_reason(message[found.end() :]), line, column)


def _reason(message: str) -> str:
    """The library's sentence without its codes and our names."""
    sentence = re.sub(r"^(?:[A-Z_]+: )+|\s*\[[A-Z_]+\]\s*$| \(in container ''\)", "", message.split("\n", 1)[0])
    return sentence.replace(_COUNT, "size").replace("double", "number")
