"""Rows as an Excel sheet, written row by row so that memory does not grow with them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.kinds.export_data import ExportDataConfiguration
from runner.actions.tables.frames import PIECE_BYTES, TableRefused
from runner.actions.tables.row_columns import Row, columns_of
from runner.actions.tables.shown import guarded, shown

EXCEL_ROWS_MAX = 1_048_576
EXCEL_COLUMNS_MAX = 16_384
EXCEL_CELL_CHARACTERS_MAX = 32_767
_MADE_AT = datetime(2000, 1, 1, tzinfo=UTC)  # The same rows give the same bytes.


def excel_pieces(config: ExportDataConfiguration, declared: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The content of the file."""
    import xlsxwriter  # noqa: PLC0415 - on first use

    columns, all_rows = columns_of(config, declared, rows)
    names = [column.name for column in columns]
    if len(names) > EXCEL_COLUMNS_MAX:  # The library would leave out the others.
        raise TableRefused(
            "TOO_LARGE", f"Expected at most {EXCEL_COLUMNS_MAX} columns in a sheet, but there are {len(names)}."
        )
    with tempfile.TemporaryFile() as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        }
        with xlsxwriter.Workbook(file, options) as book:
            book.set_properties({"created": _MADE_AT})
            sheet = book.add_worksheet(config.sheet or "Sheet1")
            at = 0
            if config.header:
                for place, column in enumerate(columns):
                    sheet.write_string(at, place, _text(column.written, guard=config.formula_guard))
                at += 1
            for row in all_rows:
                if at == EXCEL_ROWS_MAX:
                    raise TableRefused(
                        "TOO_LARGE", f"Expected at most {EXCEL_ROWS_MAX} rows in a sheet, but there are more."
                    )
                for place, name in enumerate(names):
                    _write(sheet, at, place, row.get(name), guard=config.formula_guard)
                at += 1
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _write(sheet: Any, row: int, place: int, value: Any, *, guard: bool) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, place, value)
        case int() | float():
            sheet.write_number(row, place, value)
        case str():
            sheet.write_string(row, place, _text(value, guard=guard))
        case _:
            text = json.dumps(shown(value), ensure_ascii=False, separators=(",", ":"))
            sheet.write_string(row, place, _text(text, guard=False))


def _text(text: str, *, guard: bool) -> str:
    written = guarded(text) if guard else text
    if len(written) > EXCEL_CELL_CHARACTERS_MAX:
        raise TableRefused(
            "TOO_LARGE",
            f"Expected texts of at most {EXCEL_CELL_CHARACTERS_MAX} characters for a sheet, but one has {len(written)}.",
        )
    return written
