"""Rows as Parquet, written by DuckDB: declared columns by their declared types, others by what the rows hold."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from domain.kinds.export_data import ExportDataConfiguration
from runner.actions.tables.duck import connected, path_of
from runner.actions.tables.frames import PIECE_BYTES
from runner.actions.tables.ndjson_writing import ndjson_pieces
from runner.actions.tables.row_columns import Row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DECIMAL_DIGITS_MAX = 38
DATE = "TEXT"
"""Another name for VARCHAR: dates are read as texts first."""
_TYPES = {"str": "VARCHAR", "float": "DOUBLE", "bool": "BOOLEAN", "json_string": "VARCHAR", "date": DATE}


def parquet_pieces(
    config: ExportDataConfiguration, declared: Sequence[str], rows: Iterable[Row], types: Mapping[str, Any]
) -> Iterator[bytes]:
    """The content of the file."""
    with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as made:
        for piece in ndjson_pieces(config, rows):
            lines.write(piece)
        lines.flush()
        with connected(lines, made) as duck:
            _write(duck, lines, made, _columns(config, declared, types))
        made.seek(0)
        while piece := made.read(PIECE_BYTES):
            yield piece


def _columns(config: ExportDataConfiguration, declared: Sequence[str], types: Mapping[str, Any]) -> dict[str, str]:
    """The columns whose types are declared, under their names in the file, as DuckDB calls their types."""
    named = {column.name: column.written for column in config.columns} or {name: name for name in declared}
    found: dict[str, str] = {}
    for name, written in named.items():
        wire = types.get(name, {})
        if wire.get("type") == "decimal" and wire.get("scale") is not None and wire["scale"] < DECIMAL_DIGITS_MAX:
            found[written] = f"DECIMAL({DECIMAL_DIGITS_MAX}, {wire['scale']})"
        elif wire.get("type") == "decimal":
            found[written] = "VARCHAR"
        elif wire.get("type") in _TYPES:
            found[written] = _TYPES[wire["type"]]
        elif wire:
            found[written] = "JSON"
        else:
            return {}
    return found


def _write(duck: DuckDBPyConnection, lines: BinaryIO, made: BinaryIO, columns: Mapping[str, str]) -> None:
    read = "read_json(?, format = 'newline_delimited', sample_size = -1, maximum_object_size = 16777216"
    read += ", records = true, map_inference_threshold = -1"  # Fields are columns, however many there are.
    if columns:
        struct = ", ".join(f"{_quoted(name)}: {_text(kind)}" for name, kind in columns.items())
        read += f", columns = {{{struct}}}"
    dates = [name for name, kind in columns.items() if kind == DATE]
    moments = _moments(duck, lines, f"{read})", dates)
    selected = ", ".join(_selected(name, kind, moments) for name, kind in columns.items()) or "*"
    target = path_of(made)
    duck.execute(
        f"copy (select {selected} from {read})) to '{target}' (format parquet, compression zstd, use_tmp_file false)",  # noqa: S608 - quoted names and our own path
        [path_of(lines)],
    )


def _moments(duck: DuckDBPyConnection, lines: BinaryIO, read: str, dates: Sequence[str]) -> dict[str, str]:
    """What declared dates become: dates where none has a time, moments where all have one, else they stay text."""
    if not dates:
        return {}
    asked = ", ".join(
        f"coalesce(bool_and(length({_quoted(name)}) = 10), true), coalesce(bool_and(length({_quoted(name)}) > 10), true)"
        for name in dates
    )
    row = duck.execute(f"select {asked} from {read}", [path_of(lines)]).fetchone() or ()  # noqa: S608 - names, quoted
    kinds = zip(dates, row[0::2], row[1::2], strict=True)
    return {name: "DATE" if short else "TIMESTAMPTZ" if long else "VARCHAR" for name, short, long in kinds}


def _selected(name: str, kind: str, moments: Mapping[str, str]) -> str:
    becomes = moments.get(name) or ("VARCHAR" if kind == "JSON" else None)
    return _quoted(name) if becomes is None else f"{_quoted(name)}::{becomes} as {_quoted(name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
