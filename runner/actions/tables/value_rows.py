"""Rows of values (JSON, Excel, Parquet, SQL) as lines of a table, checked and converted to their declared types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from domain.kinds.tables import Column
from domain.refusals import expected_but
from domain.types import NumberType, TextType, describe
from domain.values import WHOLE_NUMBER_MAX, ValueRefused, check_value, kind_of
from runner.actions.tables.bad_rows import BadRows, CellRefused
from runner.actions.tables.cells import Reading, plain, read_value

_ANY_TEXT, _ANY_NUMBER = TextType(), NumberType()
_NOTHING = type(None)


class ValueRows:
    """Makes lines of a table of rows of values. Without declared columns a row is given as it is."""

    def __init__(self, columns: Sequence[Column], reading: Reading, bad: BadRows) -> None:
        self._columns, self._reading, self._bad = columns, reading, bad

    def lines(self, rows: Sequence[Any], first: int, *, sure: bool = False, line: bool = False) -> tuple[int, bytes]:
        """How many rows are well, and these as lines. `sure`: they hold nothing but values; `line`: their number is that of their line."""
        if not rows:
            return 0, b""
        try:
            if {*map(type, rows)} == {dict} and (sure or self._columns):
                content = self._all(rows)
                if b"\\u0000" not in content:
                    return len(rows), content
        except (CellRefused, TypeError):  # What orjson cannot write is a TypeError.
            pass
        return self._each(rows, first, line=line)

    def _all(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        if not self._columns:
            return b"".join(map(_line, rows))
        names = [column.name for column in self._columns]
        columns = [self._column(column, [row.get(column.wanted) for row in rows]) for column in self._columns]
        return b"".join([_line(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)])

    def _column(self, column: Column, values: list[Any]) -> Sequence[Any]:
        kinds = {*map(type, values)}
        if _NOTHING in kinds:
            if column.required:
                raise CellRefused("nothing")
            kinds.discard(_NOTHING)
        if column.type == _ANY_TEXT and kinds <= {str}:
            return values
        if column.type == _ANY_NUMBER and kinds == {int}:
            whole = values if _NOTHING not in {*map(type, values)} else [each for each in values if each is not None]
            if min(whole) < -WHOLE_NUMBER_MAX or max(whole) > WHOLE_NUMBER_MAX:
                raise CellRefused("too large")
            return values
        read = self._read
        return [None if each is None else read(column, each) for each in values]

    def _each(self, rows: Sequence[Any], first: int, *, line: bool) -> tuple[int, bytes]:
        well: list[bytes] = []
        for number, row in enumerate(rows, first):
            try:
                well.append(_line(self._row(row)))
            except CellRefused as refused:
                self._bad.add(number, str(refused), line=number if line else None, column=refused.column)
            except TypeError:
                self._bad.add(number, "Expected Unicode text, but got a lone surrogate.", line=number if line else None)
        return len(well), b"".join(well)

    def _row(self, row: Any) -> dict[str, Any]:
        if isinstance(row, CellRefused):
            raise row
        if not isinstance(row, dict):
            raise CellRefused(f"Expected an object, but got {kind_of(row)}.")
        if not self._columns:
            made: dict[str, Any] = {}
            for name, value in row.items():
                try:
                    made[str(name)] = plain(value, self._reading)
                except CellRefused as refused:
                    raise CellRefused(str(refused), str(name)) from None
            try:
                check_value(made, path="the row")
            except ValueRefused as refused:
                raise CellRefused(expected_but(f"{refused.expected} for {refused.path}", refused.found)) from None
            return made
        return {column.name: self._cell(column, row.get(column.wanted)) for column in self._columns}

    def _cell(self, column: Column, value: Any) -> Any:
        if value is None or (value == "" and not isinstance(column.type, TextType)):
            if column.required:
                raise CellRefused(f"Expected {describe(column.type)}, but got nothing.", column.name)
            return None
        try:
            return self._read(column, value)
        except CellRefused as refused:
            raise CellRefused(str(refused), column.name) from None

    def _read(self, column: Column, value: Any) -> Any:
        return read_value(column.type, value, self._reading, column.date_format)


def _line(row: Any) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
