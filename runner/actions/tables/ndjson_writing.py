"""Rows as NDJSON, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from domain.kinds.export_data import ExportDataConfiguration
from runner.actions.tables.row_columns import Row, batches, picked
from runner.actions.tables.shown import shown


def ndjson_pieces(config: ExportDataConfiguration, rows: Iterable[Row]) -> Iterator[bytes]:
    """The rows, one a line."""
    for batch in batches(rows):
        yield b"".join(orjson.dumps(shown(picked(config, row)), option=orjson.OPT_APPEND_NEWLINE) for row in batch)
