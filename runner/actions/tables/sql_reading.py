"""Rows of a SQL query, fetched as they are read: in a transaction that may change nothing, with parameters that are bound."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from domain.kinds.sql_text import parameters, reads
from runner.actions.tables.frames import Incoming, TableRefused
from runner.actions.tables.importing import BATCH_ROWS, Importing, Lines
from runner.actions.tables.spooling import spooled
from runner.actions.tables.sql_connecting import SQL_REFUSED, bindable, mysql, postgresql, sqlite, written
from runner.actions.tables.text_rows import distinct, fields_of
from runner.actions.tables.value_rows import ValueRows

_INTO_FILE = re.compile(r"\b(?:out|dump)file\b", re.IGNORECASE)
"""`into outfile`: looked for anywhere, since between the words may stand what no one but MySQL takes for a comment."""
MYSQL_TIMESTAMP = 7
Answered = tuple[Sequence[str], Iterator[Sequence[Any]]]
"""The names of the columns, and the rows."""


def sql_lines(importing: Importing, asked: Mapping[str, Any], incoming: Incoming) -> Lines:
    """The rows that the statement gives."""
    config = importing.config
    statement, driver = config.statement or "", asked["database"]["driver"]
    importing.found["driver"] = driver
    sql = written(statement, driver)
    if not reads(statement):
        raise TableRefused(
            SQL_REFUSED, "Expected a statement that reads, which begins with SELECT or WITH, but it is another."
        )
    names = parameters(statement)
    bound = {name: bindable(asked["parameters"].get(name), asked["types"].get(name, ""), driver) for name in names}
    made = ValueRows(config.columns, importing.reading, importing.bad)
    with _answering(asked["database"], sql, bound, incoming) as (columns, rows):
        header = distinct([str(name) for name in columns])
        fields_of(header, config.columns)  # Refuses a missing column.
        importing.found_columns(header)
        number, batch = 1, list[dict[str, Any]]()
        for row in rows:
            batch.append(dict(zip(header, row, strict=True)))
            if len(batch) == BATCH_ROWS:
                yield made.lines(batch, number)
                number, batch = number + len(batch), []
        yield made.lines(batch, number)


@contextmanager
def _answering(
    database: Mapping[str, Any], sql: str, bound: Mapping[str, Any], incoming: Incoming
) -> Iterator[Answered]:
    match database["driver"]:
        case "postgresql":
            with postgresql(database) as connection:
                connection.read_only = True
                with connection.cursor(name="opus") as cursor:
                    cursor.itersize = BATCH_ROWS
                    cursor.execute(sql.encode() if bound else sql.replace("%%", "%").encode(), bound or None)
                    yield [column.name for column in cursor.description or ()], cursor
        case "mysql":
            if (named := _INTO_FILE.search(sql)) is not None:
                raise TableRefused(
                    SQL_REFUSED,
                    f"Expected a statement that reads, but it has the word {named[0]}, which writes into a file of the server.",
                )
            with mysql(database) as connected, connected.cursor() as cursor:
                cursor.execute("start transaction read only")
                cursor.execute(sql if bound else sql.replace("%%", "%"), bound or None)
                columns = cursor.description or ()
                moments = [place for place, column in enumerate(columns) if column[1] == MYSQL_TIMESTAMP]
                rows = iter(cursor.fetchone, None)
                yield [column[0] for column in columns], (_in_utc(row, moments) for row in rows) if moments else rows
        case _:
            with (
                _sqlite_file(database, incoming) as path,
                sqlite(path, changes=False, seconds=database["seconds"]) as connection,
            ):
                answered = connection.execute(sql, _plain(bound))
                yield [column[0] for column in answered.description or ()], iter(answered.fetchone, None)


def _in_utc(row: Sequence[Any], moments: Sequence[int]) -> Sequence[Any]:
    """The row with the moments of MySQL's TIMESTAMP as such: they come without an offset, by the clocks of the session, which are those of UTC."""
    cells = list(row)
    for place in moments:
        if isinstance(cells[place], datetime):
            cells[place] = cells[place].replace(tzinfo=UTC)
    return cells


@contextmanager
def _sqlite_file(database: Mapping[str, Any], incoming: Incoming) -> Iterator[str]:
    """The path of the database; one that is sent along is kept meanwhile, since SQLite opens nothing without a name."""
    if database.get("path") is not None:
        yield database["path"]
        return
    with tempfile.NamedTemporaryFile(prefix="opus-", suffix=".db") as file:
        spooled(incoming, into=file.file)
        file.flush()
        yield file.name


def _plain(bound: Mapping[str, Any]) -> dict[str, Any]:
    """What SQLite has no type for is text."""
    return {
        name: value if value is None or isinstance(value, str | int | float) else str(value)
        for name, value in bound.items()
    }
