"""Parquet, read by DuckDB batch by batch, only the columns that are declared."""

from __future__ import annotations

from typing import BinaryIO

from runner.actions.tables.duck import connected, path_of
from runner.actions.tables.importing import BATCH_ROWS, Importing, Lines
from runner.actions.tables.text_rows import distinct, fields_of
from runner.actions.tables.value_rows import ValueRows


def parquet_lines(file: BinaryIO, importing: Importing) -> Lines:
    """The rows of a Parquet file."""
    config = importing.config
    made = ValueRows(config.columns, importing.reading, importing.bad)
    with connected(file) as duck:
        path = path_of(file)
        names = [str(row[0]) for row in duck.execute("describe select * from read_parquet(?)", [path]).fetchall()]
        fields_of(names, config.columns)  # Refuses a missing column.
        importing.found_columns(names)
        wanted = [column.wanted for column in config.columns if column.wanted in names] or names
        picked = list(dict.fromkeys(wanted))
        listed = ", ".join('"' + name.replace('"', '""') + '"' for name in picked)
        rows = duck.execute(f"select {listed} from read_parquet(?)", [path])  # noqa: S608 - names of columns, quoted
        number, header = 1, distinct(picked)
        while batch := rows.fetchmany(BATCH_ROWS):
            yield made.lines([dict(zip(header, row, strict=True)) for row in batch], number)
            number += len(batch)
