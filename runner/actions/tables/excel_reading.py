"""Sheets of Excel and OpenDocument files, read by calamine; what they unpack to is bounded before."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from domain.values import shorten
from runner.actions.tables.frames import TableRefused
from runner.actions.tables.importing import BATCH_ROWS, Importing, Lines
from runner.actions.tables.text_rows import distinct, fields_of
from runner.actions.tables.value_rows import ValueRows

EXCEL_BYTES_MAX = 100 * 1024 * 1024
UNPACKED_BYTES_MAX = 600 * 1024 * 1024
PARTS_MAX = 10_000
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""How files of Office before 2007 begin, and those of any that ask for a password."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def excel_lines(file: BinaryIO, importing: Importing) -> Lines:
    """The rows of a sheet below its header; an empty cell is nothing, and so is an empty row."""
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - on first use

    config = importing.config
    _bounded(file)
    try:
        book = CalamineWorkbook.from_object(file)
        sheet = _sheet_of(book.sheet_names, config.sheet)
        importing.found["sheet"] = sheet
        rows = iter(book.get_sheet_by_name(sheet).iter_rows())
    except CalamineError as error:
        raise _refused(error) from None
    first = next((row for row in rows if any(cell != "" for cell in row)), None)
    if first is None:
        raise TableRefused("FILE_EMPTY", f"Expected a table in the sheet {sheet}, but it is empty.")
    if config.header:
        header, data = [_name(cell) for cell in first], rows
    else:
        names = [column.wanted for column in config.columns[: len(first)]]
        header = [*names, *(f"column_{place}" for place in range(len(names) + 1, len(first) + 1))]
        data = _before(first, rows)
    fields_of(header, config.columns)  # Refuses a missing column.
    header = distinct([name.strip() for name in header])
    importing.found_columns(header)
    made = ValueRows(config.columns, importing.reading, importing.bad)
    number, batch = 1, list[dict[str, Any]]()
    for row in data:
        cells = [None if cell == "" else _cell(cell) for cell in row]
        if all(cell is None for cell in cells):
            continue
        batch.append(dict(zip(header, cells, strict=False)))
        if len(batch) == BATCH_ROWS:
            yield made.lines(batch, number)
            number, batch = number + len(batch), []
    yield made.lines(batch, number)


def _before(first: list[Any], rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    yield first
    yield from rows


def _cell(cell: Any) -> Any:
    """A double of a sheet as the sheet shows it: with 15 digits, whole where it is."""
    if isinstance(cell, float):
        shown = float(format(cell, ".15g"))
        return int(shown) if shown.is_integer() and abs(shown) < 1e15 else shown
    return cell


def _name(cell: Any) -> str:
    value = _cell(cell)
    return value if isinstance(value, str) else str(value)


def _sheet_of(names: list[str], wanted: str | None) -> str:
    if not names:
        raise TableRefused("FILE_EMPTY", "Expected a sheet, but the file has none.")
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise TableRefused(
            "SHEET_MISSING", f"Expected a sheet {wanted}, but there are only {', '.join(map(shorten, names[:50]))}."
        )
    return wanted


def _bounded(file: BinaryIO) -> None:
    """Refuses a file that would unpack to too much; what is no archive is the library's to judge."""
    head = file.read(len(COMPOUND))
    file.seek(0)
    if head == COMPOUND and ENCRYPTED in file.read():  # The library only says that it cannot tell what this is.
        raise _encrypted()
    file.seek(0)
    if head[:2] != b"PK":
        return
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise TableRefused("FILE_BROKEN", "Expected an Excel file, but its archive is broken.") from None
    file.seek(0)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED_BYTES_MAX or len(parts) > PARTS_MAX:
        raise TableRefused(
            "TOO_LARGE", f"Expected a file that unpacks to at most {UNPACKED_BYTES_MAX} bytes, but it is larger."
        )


def _refused(error: Exception) -> TableRefused:
    said = str(error)
    if "assword" in said or "ncrypt" in said:
        return _encrypted()
    return TableRefused("FILE_BROKEN", "Expected an Excel or OpenDocument file, but it cannot be read as one.")


def _encrypted() -> TableRefused:
    return TableRefused("FILE_ENCRYPTED", "Expected a file that can be opened, but it asks for a password.")
