"""CSV, read by the standard library's parser: its delimiter found where it is not said, each faulty row named."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from domain.kinds.import_data import ImportDataConfiguration
from runner.actions.tables.encoding import SAMPLE_BYTES, Utf8
from runner.actions.tables.frames import TableRefused
from runner.actions.tables.importing import BATCH_ROWS, Importing, Lines
from runner.actions.tables.text_rows import TextRows, fields_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

DELIMITERS = (",", ";", "\t", "|", ":")
SAMPLE_ROWS_MAX = 200
CELL_CHARACTERS_MAX = 8 * 1024 * 1024
LINE_BYTES_MAX = 16 * 1024 * 1024
BUFFER_BYTES = 256 * 1024


def csv_lines(text: Utf8, importing: Importing) -> Lines:
    """The rows of a CSV text."""
    config = importing.config
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    delimiter = config.delimiter or found_delimiter(text.sample(SAMPLE_BYTES), config.quote)
    importing.found["delimiter"] = delimiter
    lines = io.TextIOWrapper(
        io.BufferedReader(_BoundedLines(text), BUFFER_BYTES), "utf-8", errors="surrogateescape", newline=""
    )
    rows = csv.reader(lines, delimiter=delimiter, quotechar=config.quote, strict=True)
    header, begun = _header(rows, config)
    if header is None:
        raise TableRefused("FILE_EMPTY", "Expected a table, but the file is empty.")
    importing.found_columns(header)
    made = TextRows(fields_of(header, config.columns), len(header), importing.reading, importing.bad)
    lines._CHUNK_SIZE = BUFFER_BYTES  # type: ignore[attr-defined] # noqa: SLF001 - by 8 KiB it is a tenth slower
    number, line = 1, rows.line_num + 1
    if begun:  # Without a header the first row is data.
        line = 1
        yield made.lines([begun], number, line)
        number, line = 2, rows.line_num + 1
    while True:
        batch: list[list[str]] = []
        fault: csv.Error | None = None
        try:
            batch.extend(islice(rows, BATCH_ROWS))  # What was read before an error stays in the list.
        except csv.Error as error:
            fault = error
        ended = fault is None and len(batch) < BATCH_ROWS
        if [] in batch:
            yield from _with_blanks(made, batch, number, line)
            number += sum(1 for row in batch if row)
        else:
            yield made.lines(batch, number, line)
            number += len(batch)
        if fault is not None:
            begun_on = line + sum(map(_lines_of, batch))
            importing.bad.add(number, f"Expected a row of CSV, but {_said(fault)}.", line=begun_on)
            number += 1
        line = rows.line_num + 1
        if ended:
            return


class _BoundedLines(io.RawIOBase):
    """A text whose lines are bounded, since the parser takes each as a whole."""

    def __init__(self, text: Utf8) -> None:
        self._text = text
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        taken = self._text.readinto(buffer)
        piece = bytes(memoryview(buffer)[:taken])
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        self._size = self._size + taken if end < 0 else taken - end
        if self._size > LINE_BYTES_MAX:
            raise TableRefused("ROW_TOO_LARGE", f"Expected lines of at most {LINE_BYTES_MAX} bytes, but one is longer.")
        return taken


def found_delimiter(sample: str, quote: str = '"') -> str:
    """The delimiter by which the rows of a sample have most evenly the most fields; a comma where none parts anything."""
    whole = sample[: sample.rfind("\n") + 1] or sample
    best, score = ",", 0.0
    for delimiter in DELIMITERS:
        rows = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter, quotechar=quote)
        try:
            widths = Counter(len(row) for row in islice(rows, SAMPLE_ROWS_MAX) if row)
        except csv.Error:
            continue
        if not widths:
            continue
        (width, times) = widths.most_common(1)[0]
        if width < 2:
            continue
        even = times / widths.total()
        if even * even * min(width, 50) ** 0.25 > score * 1.001:
            best, score = delimiter, even * even * min(width, 50) ** 0.25
    return best


def _header(rows: Iterator[list[str]], config: ImportDataConfiguration) -> tuple[list[str] | None, list[str] | None]:
    """The names of the columns; and the first row where that is one of data."""
    try:
        first = next((row for row in rows if row), None)
    except csv.Error as error:
        raise TableRefused("CSV_INVALID", f"Expected a header, but {_said(error)}.") from None
    if config.header or first is None:
        return first, None
    names = [column.wanted for column in config.columns[: len(first)]]
    return [*names, *(f"column_{place}" for place in range(len(names) + 1, len(first) + 1))], first


def _with_blanks(made: TextRows, batch: Sequence[list[str]], number: int, line: int) -> Lines:
    """A batch with blank lines in it, which are no rows."""
    run: list[list[str]] = []
    begin = line
    for row in batch:
        if row:
            run.append(row)
            line += _lines_of(row)
            continue
        yield made.lines(run, number, begin)
        number += len(run)
        line += 1
        run, begin = [], line
    yield made.lines(run, number, begin)


def _lines_of(row: Sequence[str]) -> int:
    return 1 + sum(text.count("\n") for text in row)


def _said(error: csv.Error) -> str:
    """What is wrong with a row; raises TableRefused where nobody can tell where the next one begins."""
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote is not closed, so that all that follows belongs to it"
    if "expected after" in text:
        return "something stands after a closing quote"
    if "larger than field limit" in text:
        limit = f"fields of at most {CELL_CHARACTERS_MAX} characters"
        raise TableRefused("ROW_TOO_LARGE", f"Expected {limit}, but one is longer: a quote may not be closed.")
    return text
