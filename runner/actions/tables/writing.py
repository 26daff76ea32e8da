"""Rows as CSV, JSON or NDJSON, batch by batch; Excel and Parquet have files of their own. The same rows give the same bytes.

CSV is as RFC 4180 has it: a header, lines ended by CR LF, texts quoted where needed; what is no text, number or boolean stands
there as JSON, nothing as an empty field.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson

from domain.kinds.export_data import ExportDataConfiguration
from runner.actions.tables.excel_writing import excel_pieces
from runner.actions.tables.frames import Incoming, TableRefused
from runner.actions.tables.ndjson_writing import ndjson_pieces
from runner.actions.tables.parquet_writing import parquet_pieces
from runner.actions.tables.row_columns import Row, batches, columns_of, picked
from runner.actions.tables.shown import cell, shown
from runner.actions.tables.sql_writing import write


def pieces(request: dict[str, Any], incoming: Incoming, ended: dict[str, Any]) -> Iterator[bytes]:
    """An export, in its process: the content of what is written, piece by piece; `ended` is filled with how many rows there were."""
    config = ExportDataConfiguration.model_validate(request["config"])
    counted = Counted(_rows_of(incoming))
    if config.target == "sql":
        write(config, request["database"], request["columns"], request["types"], counted)
        ended["rows"] = counted.count
        return
    yield from written(config, request["columns"], counted, request["types"])
    ended["rows"] = counted.count


def written(
    config: ExportDataConfiguration, declared: Sequence[str], rows: Iterable[Row], types: Mapping[str, Any]
) -> Iterator[bytes]:
    """The rows in the format of the export."""
    match config.format:
        case "csv":
            return csv_pieces(config, declared, rows)
        case "ndjson":
            return ndjson_pieces(config, rows)
        case "excel":
            return excel_pieces(config, declared, rows)
        case "parquet":
            return parquet_pieces(config, declared, rows, types)
        case _:
            return json_pieces(config, rows)


class Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def csv_pieces(config: ExportDataConfiguration, declared: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The rows as CSV."""
    columns, all_rows = columns_of(config, declared, rows)
    guard, encoding = config.formula_guard, config.encoding or "utf-8"
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=config.delimiter, lineterminator="\r\n")
    names = [column.name for column in columns]
    if config.header:
        writer.writerow([cell(column.written, guard=guard) for column in columns])
    encoder = _encoder(encoding)
    for batch in batches(all_rows):
        writer.writerows([[cell(row.get(name), guard=guard) for name in names] for row in batch])
        yield encoder(text)
    yield encoder(text)


def _encoder(encoding: str) -> Any:
    encoder = codecs.getincrementalencoder(encoding)("strict")

    def encode(text: io.StringIO) -> bytes:
        content = text.getvalue()
        text.seek(0)
        text.truncate()
        try:
            return encoder.encode(content)
        except UnicodeEncodeError as error:
            character = error.object[error.start]
            raise TableRefused(
                "ENCODING_MISFIT",
                f"Expected text that can be written in {encoding}, but it has the character U+{ord(character):04X}.",
            ) from None

    return encode


def json_pieces(config: ExportDataConfiguration, rows: Iterable[Row]) -> Iterator[bytes]:
    """The rows as a list that people can read; one row of all inputs as an object."""
    if config.rows is None:
        [row] = rows
        yield _json(shown(picked(config, row))).encode() + b"\n"
        return
    begun = False
    for batch in batches(rows):
        texts = [_json(shown(picked(config, row))).replace("\n", "\n  ") for row in batch]
        yield f"{',' if begun else '['}\n  {(',' + chr(10) + '  ').join(texts)}".encode()
        begun = True
    yield b"\n]\n" if begun else b"[]\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _rows_of(incoming: Incoming) -> Iterator[Row]:
    """The rows of a table as it comes in."""
    held = b""
    number = 0
    while piece := incoming.piece():
        end = piece.rfind(b"\n") + 1
        if not end:
            held += piece
            continue
        block, held = held + piece[:end], piece[end:]
        for line in block.split(b"\n"):
            number += 1
            if line:
                yield _row(orjson.loads, line, number)
    for line in chain([held] if held else []):
        yield _row(orjson.loads, line, number + 1)


def _row(loads: Any, line: bytes, number: int) -> Row:
    try:
        row = loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise TableRefused(
            "TABLE_INVALID", f"Expected a JSON object in line {number} of the table, but got something else."
        )
    return row
