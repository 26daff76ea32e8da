"""Which columns are written of rows, and the rows some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from domain.kinds.export_data import ExportColumn, ExportDataConfiguration
from runner.actions.tables.frames import TableRefused

BATCH_ROWS = 1_000
COLUMNS_LOOKED_FOR_ROWS = 10_000
"""Of rows without declared columns: in so many of the first ones columns are looked for."""

Row = Mapping[str, Any]


def picked(config: ExportDataConfiguration, row: Row) -> Row:
    """The row with the columns that are to be written, under their names there."""
    return {column.written: row.get(column.name) for column in config.columns} if config.columns else row


def columns_of(
    config: ExportDataConfiguration, declared: Sequence[str], rows: Iterable[Row]
) -> tuple[list[ExportColumn], Iterator[Row]]:
    """The columns in their order, and all rows: those set, else the declared ones and what the first rows have besides."""
    each = iter(rows)
    if config.columns:
        return list(config.columns), each
    first = list(islice(each, COLUMNS_LOOKED_FOR_ROWS))
    known = dict.fromkeys(declared)
    for row in first:
        known.update(dict.fromkeys(row))
    return [ExportColumn.model_construct(name=name, target=None) for name in known], _none_more(known, first, each)


def _none_more(known: Mapping[str, None], first: list[Row], following: Iterator[Row]) -> Iterator[Row]:
    yield from first
    for row in following:
        if not row.keys() <= known.keys():
            name = next(name for name in row if name not in known)
            raise TableRefused(
                "COLUMN_UNEXPECTED",
                f"Expected only columns that the first {COLUMNS_LOOKED_FOR_ROWS} rows have, but a later one has {name}: set columns.",
            )
        yield row


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, some at a time."""
    each = iter(rows)
    while batch := list(islice(each, BATCH_ROWS)):
        yield batch
