"""Rows of texts (CSV) as lines of a table: a batch column by column where all is well, else row by row with the reasons.

Both ways give the same. What the quick one is not sure of, it leaves to the slow one.
"""

from __future__ import annotations

import collections
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from json.encoder import encode_basestring as quoted
from typing import Any

from domain.kinds.tables import Column
from domain.types import DateType, DecimalType, NumberType, TextType, ValueType, describe
from domain.values import shorten
from runner.actions.tables.bad_rows import BadRows, CellRefused
from runner.actions.tables.cells import Reading, read_text
from runner.actions.tables.frames import TableRefused

_NUMBERS = re.compile(r"(?:-?(?:0|[1-9][0-9]{0,14}+)(?:\.[0-9]{1,17}+)?+\n)*+", re.ASCII)
_DECIMALS = re.compile(r"(?:-?(?:0|[1-9][0-9]{0,48}+)(?:\.[0-9]{1,50}+)?+\n)*+", re.ASCII)
_DATES = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}\n)*+", re.ASCII)
_ANY_TEXT, _ANY_NUMBER, _ANY_DECIMAL, _ANY_DATE = TextType(), NumberType(), DecimalType(), DateType()
TEXTS_KNOWN_MAX = 20_000
COLUMNS_READ_MAX = 16_384
"""As many as a sheet has. Of those that are there; how many are declared has a limit of its own."""
NAMES_SHOWN_MAX = 50

Quick = Callable[[Sequence[str]], Sequence[str]]
"""Texts, none of them empty, as JSON, or as what stands between its quotes; raises CellRefused or ValueError where one may be wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row, and at which place of the cells it stands; None where an optional column is not there."""

    name: str
    type: ValueType
    place: int | None
    required: bool = False
    date_format: str | None = None


def fields_of(header: Sequence[str], columns: Sequence[Column]) -> list[Field]:
    """The fields of the rows below a header; raises TableRefused when a declared column is missing."""
    if len(header) > COLUMNS_READ_MAX:
        raise TableRefused("TOO_LARGE", f"Expected at most {COLUMNS_READ_MAX} columns, but there are {len(header)}.")
    names = [name.strip() for name in header]
    if not columns:
        return [Field(name, _ANY_TEXT, place) for place, name in enumerate(distinct(names))]
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    missing = [one.wanted for one in columns if one.required and one.wanted not in places]
    if missing:
        found = list(map(shorten, names[:NAMES_SHOWN_MAX]))
        raise TableRefused(
            "COLUMN_MISSING",
            f"Expected the columns {', '.join(missing)}, but there are only {', '.join(found) or 'none'}.",
            {"missing": missing[:NAMES_SHOWN_MAX], "found": found},
        )
    return [Field(one.name, one.type, places.get(one.wanted), one.required, one.date_format) for one in columns]


def distinct(names: Sequence[str]) -> list[str]:
    """Names of columns so that each is there once: a second `a` is `a_2`, a nameless third column is `column_3`."""
    taken: dict[str, None] = {}
    numbers: dict[str, int] = {}  # By name: the next number to try, so that it is not begun with 2 each time.
    for place, name in enumerate(names, 1):
        base = name or f"column_{place}"
        chosen, number = base, numbers.get(base, 2)
        while chosen in taken:
            chosen, number = f"{base}_{number}", number + 1
        taken[chosen], numbers[base] = None, number
    return list(taken)


class TextRows:
    """Makes lines of a table of rows of texts."""

    def __init__(self, fields: Sequence[Field], width: int, reading: Reading, bad: BadRows) -> None:
        self._fields, self._width, self._reading, self._bad = fields, width, reading, bad
        self._quick = [_quick(field, reading) for field in fields]
        keys = [json.dumps(field.name, ensure_ascii=False) for field in fields]
        self._before = [f"{',' if place else '{'}{key}:" for place, key in enumerate(keys)]

    def lines(self, rows: Sequence[Sequence[str]], first: int, first_line: int | None = None) -> tuple[int, bytes]:
        """How many rows are well, and these as lines; `first` is the number of the first row, `first_line` the line it stands on."""
        if not rows:
            return 0, b""
        try:
            if {*map(len, rows)} == {self._width}:
                content = self._all(rows)
                if b"\\u0000" not in content:
                    return len(rows), content
        except (
            CellRefused,
            ValueError,
        ):  # A lone surrogate stands for a byte that is no text, and is a ValueError too.
            pass
        return self._each(rows, first, first_line)

    def _all(self, rows: Sequence[Sequence[str]]) -> bytes:
        cells = list(zip(*rows, strict=True))
        many, after = len(rows), ""
        step = 2 * len(self._fields) + 1
        parts = [""] * (step * many)  # Of each row: what stands before a value, the value, …, and the end.
        for at, (field, (quick, bare)) in enumerate(zip(self._fields, self._quick, strict=True)):
            texts: Sequence[str] = [""] * many if field.place is None else cells[field.place]
            quote = ""
            if "" not in texts:
                texts, quote = quick(texts), '"' if bare else ""
            elif field.required:
                raise CellRefused("nothing")
            else:
                found = iter(quick([text for text in texts if text]))
                shown = (lambda text: f'"{text}"') if bare else str
                texts = [shown(next(found)) if text else "null" for text in texts]
            parts[2 * at :: step] = [f"{after}{self._before[at]}{quote}"] * many
            parts[2 * at + 1 :: step] = texts
            after = quote
        parts[step - 1 :: step] = [f"{after}}}\n"] * many
        return "".join(parts).encode()

    def _each(self, rows: Sequence[Sequence[str]], first: int, first_line: int | None) -> tuple[int, bytes]:
        well: list[bytes] = []
        line = first_line
        for number, cells in enumerate(rows, first):
            try:
                well.append(self._row(cells))
            except CellRefused as refused:
                self._bad.add(number, str(refused), line=line, column=refused.column)
            if line is not None:
                line += 1 + sum(text.count("\n") for text in cells)
        return len(well), b"".join(well)

    def _row(self, cells: Sequence[str]) -> bytes:
        if len(cells) != self._width:
            raise CellRefused(f"Expected {self._width} fields, but got {len(cells)}.")
        row: dict[str, Any] = {}
        for field in self._fields:
            text = "" if field.place is None else cells[field.place]
            if not text or (field.type.type != "str" and not text.strip()):
                if field.required:
                    raise CellRefused(f"Expected {describe(field.type)}, but got nothing.", field.name)
                row[field.name] = None
                continue
            try:
                row[field.name] = read_text(field.type, text, self._reading, field.date_format)
            except CellRefused as refused:
                raise CellRefused(str(refused), field.name) from None
        try:
            return f"{json.dumps(row, ensure_ascii=False, separators=(',', ':'))}\n".encode()
        except UnicodeEncodeError:
            raise CellRefused("Expected text in the encoding of the file, but some bytes are none.") from None


def _quick(field: Field, reading: Reading) -> tuple[Quick, bool]:
    """How texts of a field are read at once, and whether quotes are to be put around what that gives."""
    plain_marks = reading.group_mark is None and reading.decimal_mark == "."
    if field.type == _ANY_TEXT:
        return lambda texts: list(map(quoted, texts)), False
    if field.type == _ANY_NUMBER and plain_marks:
        return _plain(_NUMBERS), False
    if field.type == _ANY_DECIMAL and plain_marks:
        return _plain(_DECIMALS), True
    if field.type == _ANY_DATE and field.date_format is None:
        return _plain_dates, True
    return _by_value(field, reading), False


def _by_value(field: Field, reading: Reading) -> Quick:
    """Reads each different text once, as long as there are not too many."""
    known: dict[str, str] = {}

    def quick(texts: Sequence[str]) -> Sequence[str]:
        if len(known) > TEXTS_KNOWN_MAX:
            known.clear()
        for text in {*texts}.difference(known):
            value = read_text(field.type, text, reading, field.date_format)
            known[text] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return list(map(known.__getitem__, texts))

    return quick


def _plain(form: re.Pattern[str]) -> Quick:
    """Texts that stand in JSON as they are, when all have this form: looked at together, each with a line end."""

    def quick(texts: Sequence[str]) -> Sequence[str]:
        together = "\n".join(texts) + "\n"
        if not texts or (together.count("\n") == len(texts) and form.fullmatch(together)):
            return texts
        raise CellRefused("another form")

    return quick


def _plain_dates(texts: Sequence[str]) -> Sequence[str]:
    _plain(_DATES)(texts)
    collections.deque(map(date.fromisoformat, texts), maxlen=0)  # Raises ValueError where there is no such day.
    return texts
