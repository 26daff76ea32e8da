"""Rows written to a database, all or none: by COPY or by a statement with each row's values bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

from domain.kinds.export_data import ExportDataConfiguration
from domain.kinds.sql_text import parameters
from runner.actions.tables.frames import COMMIT_UNKNOWN, TableRefused
from runner.actions.tables.row_columns import Row, batches, columns_of
from runner.actions.tables.shown import shown
from runner.actions.tables.sql_connecting import bindable, mysql, postgresql, sqlite, written


class Execute(Protocol):
    """Has the database do a statement for each of some rows."""

    def __call__(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Does it."""
        ...


def write(
    config: ExportDataConfiguration,
    database: Mapping[str, Any],
    declared: Sequence[str],
    types: Mapping[str, Any],
    rows: Iterable[Row],
) -> None:
    """Writes the rows in one transaction; raises TableRefused, and then nothing is written."""
    columns, all_rows = columns_of(config, declared, rows)
    first = list(islice(all_rows, 1))
    if not first:
        return
    driver = database["driver"]
    places = {f"c{place}": column for place, column in enumerate(columns)}
    if config.statement is not None:
        sql = written(config.statement, driver)
        by_name = {column.written: column.name for column in columns}
        taken = {name: by_name.get(name, name) for name in parameters(config.statement)}
    else:
        names = ", ".join(_quoted(column.written, driver) for column in places.values())
        values = ", ".join(f":{place}" if driver == "sqlite" else f"%({place})s" for place in places)
        table = ".".join(_quoted(part, driver) for part in (config.into or "").split("."))
        sql = f"insert into {table} ({_escaped(names, driver)}) values ({values})"  # noqa: S608 - names, quoted; values are bound
        taken = {place: column.name for place, column in places.items()}
    wires = {name: (types.get(name) or {}).get("type", "") for name in taken.values()}

    def of(row: Row) -> dict[str, Any]:
        return {place: _bound(row.get(name), wires[name], driver) for place, name in taken.items()}

    with _executing(database) as execute:
        execute(sql, [of(row) for row in first])
        for batch in batches(all_rows):
            execute(sql, [of(row) for row in batch])


@contextmanager
def _executing(database: Mapping[str, Any]) -> Iterator[Execute]:
    """In one transaction, that is committed at the end and undone when anything fails."""
    match database["driver"]:
        case "postgresql":
            with postgresql(database) as connection, connection.cursor() as cursor:
                yield lambda sql, rows: cursor.executemany(sql.encode(), rows)
                with _making_durable():
                    connection.commit()
        case "mysql":
            with mysql(database) as connected, connected.cursor() as cursor:
                connected.begin()
                yield lambda sql, rows: _many(cursor, sql, rows)
                with _making_durable():
                    connected.commit()
        case _:
            with sqlite(database["path"], changes=True, seconds=database["seconds"]) as opened:
                opened.execute("begin immediate")
                yield lambda sql, rows: _many(opened, sql, rows)
                opened.execute("commit")


@contextmanager
def _making_durable() -> Iterator[None]:
    """What goes wrong here without an answer of the database may have been done or not."""
    try:
        yield
    except Exception as error:
        if getattr(error, "sqlstate", None):
            raise  # It answered: nothing was done.
        raise TableRefused(COMMIT_UNKNOWN, "Expected an answer to the commit, but the connection was lost.") from None


def _many(cursor: Any, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
    cursor.executemany(sql, rows)


def _bound(value: Any, wire: str, driver: str) -> Any:
    made = bindable(shown(value), wire, driver)
    if driver == "sqlite" and not isinstance(made, str | int | float | None):
        return str(made)
    return made


def _quoted(name: str, driver: str) -> str:
    mark = "`" if driver == "mysql" else '"'
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"


def _escaped(names: str, driver: str) -> str:
    return names if driver == "sqlite" else names.replace("%", "%%")
