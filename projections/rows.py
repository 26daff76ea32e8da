"""The rows of a read model in memory: what a batch changed and is not written yet, and what is kept to spare reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from psycopg.sql import SQL, Composed, Identifier

from event_store.arrays import Array, column, sent_as
from projections.tables import Table
from projections.views import Connection

KEPT_ROWS_MAX = 6_000
"""Of each table; about 6 MB for jobs. A third, what was loaded first, goes when there are more."""

Row = TypeVar("Row")
Key = Any


class Rows:
    """Rows by key. What was not loaded is taken not to exist, so a read model names what its events need."""

    def __init__(self, tables: Sequence[Table[Any]]) -> None:
        self._kept: dict[str, dict[Key, Any]] = {table.name: {} for table in tables}
        # By their ids, and by their keys where rows are written once and not kept: what was changed twice is asked for its key once.
        self._changed: dict[str, dict[Key, Any]] = {table.name: {} for table in tables}
        self._removed: dict[str, dict[Key, None]] = {table.name: {} for table in tables}
        # Of compared tables: the values that the database has.
        self._stored: dict[str, dict[Key, tuple[Any, ...]]] = {table.name: {} for table in tables}
        self._tables = tables
        self.memory: dict[Any, Any] = {}  # what else a read model keeps from batch to batch

    def get(self, table: Table[Row], key: Key) -> Row | None:
        """The row, or None when there is none. A row that is changed has to be `put` again."""
        found: Row | None = self._kept[table.name].get(key)
        return found

    def put(self, table: Table[Row], row: Row) -> None:
        """Has a new or changed row written."""
        changed = self._changed[table.name]
        if table.once:
            changed[table.key_of(row)] = row
        elif id(row) not in changed:
            kept, key = self._kept[table.name], table.key_of(row)
            before = kept.get(key)
            if before is not row:
                kept[key] = row
                changed.pop(id(before), None)
                self._removed[table.name].pop(key, None)
            changed[id(row)] = row

    def remove(self, table: Table[Row], key: Key) -> None:
        """Has a row removed, if it is there."""
        kept = self._kept[table.name]
        self._changed[table.name].pop(id(kept.get(key)), None)
        kept[key] = self._removed[table.name][key] = None

    def absent(self, table: Table[Any], key: Key) -> None:
        """Tells that there is no such row, so that it need not be looked for."""
        self._kept[table.name][key] = None

    def knows(self, table: Table[Any], key: Key) -> bool:
        """Whether it is known here what the row is, or that there is none."""
        return key in self._kept[table.name]

    async def load(self, connection: Connection, schema: str, table: Table[Any], keys: Sequence[Key]) -> None:
        """Reads the rows of some keys; keys without a row are known to have none."""
        kept = self._kept[table.name]
        kept.update(dict.fromkeys(keys))
        found = await connection.execute(_select(table, schema), _key_columns(table, keys), binary=True)
        for values in await found.fetchall():
            row = table.row(*values)
            key = table.key_of(row)
            kept[key] = row
            if table.compared:
                self._stored[table.name][key] = values

    def statements(self, schema: str) -> list[tuple[bytes, tuple[Array, ...]]]:
        """What writes the changes; they count as written from then on, so the caller drops the rows if writing fails."""
        found: list[tuple[bytes, tuple[Array, ...]]] = []
        for table in self._tables:
            changed, gone = self._changed[table.name], self._removed[table.name]
            if not changed and not gone:
                continue
            written, removed = list(map(table.values_of, changed.values())), list(gone)
            if table.compared:
                written, removed = self._really_changed(table, written, removed)
            if written:
                columns = zip(table.columns.values(), zip(*written, strict=True), strict=True)
                found.append((_upsert(table, schema), tuple(column(pg_type, values) for pg_type, values in columns)))
            if removed:
                found.append((_delete(table, schema), _key_columns(table, removed)))
            self._forget_settled(table)
            changed.clear()
            gone.clear()
            self._shrink(table)
        return found

    def _really_changed(
        self, table: Table[Any], written: list[tuple[Any, ...]], removed: list[Key]
    ) -> tuple[list[tuple[Any, ...]], list[Key]]:
        stored, key_of = self._stored[table.name], table.key_of_values
        different = [values for values in written if stored.get(key_of(values)) != values]
        stored.update((key_of(values), values) for values in different)
        return different, [key for key in removed if stored.pop(key, None) is not None]

    def drop(self) -> None:
        """Forgets everything; the next use loads it anew."""
        for table in self._tables:
            self._kept[table.name].clear()
            self._changed[table.name].clear()
            self._removed[table.name].clear()
            self._stored[table.name].clear()
        self.memory.clear()

    def _forget_settled(self, table: Table[Any]) -> None:
        """What was removed, and what hardly any event will look at again, makes room for what will be looked at."""
        kept = self._kept[table.name]
        for key in self._removed[table.name]:
            kept.pop(key, None)
        if table.is_settled is not None:
            for row in filter(table.is_settled, self._changed[table.name].values()):
                del kept[table.key_of(row)]

    def _shrink(self, table: Table[Any]) -> None:
        kept, stored = self._kept[table.name], self._stored[table.name]
        if len(kept) > KEPT_ROWS_MAX:
            for key in list(islice(kept, len(kept) - KEPT_ROWS_MAX * 2 // 3)):
                del kept[key]
                stored.pop(key, None)


def _key_columns(table: Table[Any], keys: Sequence[Key]) -> tuple[Array, ...]:
    parts: Iterable[Sequence[Any]] = [keys] if len(table.key) == 1 else zip(*keys, strict=True)
    return tuple(column(table.columns[name], part) for name, part in zip(table.key, parts, strict=True))


@cache
def _select(table: Table[Any], schema: str) -> bytes:
    text = SQL("select {columns} from {table} t join unnest({arrays}) k ({key}) using ({key})")
    return text.format(
        columns=SQL(", ").join(Identifier("t", name) for name in table.columns),
        table=Identifier(schema, table.name),
        arrays=_arrays(table, table.key),
        key=_names(table.key),
    ).as_bytes(None)


@cache
def _upsert(table: Table[Any], schema: str) -> bytes:
    text = SQL(
        "insert into {table} ({columns}) select {values} from unnest({arrays}) r ({columns}) "
        "on conflict ({key}) do update set {changes}"
    )
    values = [SQL("{}::" + pg_type).format(Identifier("r", name)) for name, pg_type in table.columns.items()]
    changes = [SQL("{0} = excluded.{0}").format(Identifier(name)) for name in table.columns if name not in table.key]
    return text.format(
        table=Identifier(schema, table.name),
        columns=_names(table.columns),
        values=SQL(", ").join(values),
        arrays=_arrays(table, table.columns),
        key=_names(table.key),
        changes=SQL(", ").join(changes),
    ).as_bytes(None)


@cache
def _delete(table: Table[Any], schema: str) -> bytes:
    text = SQL("delete from {table} t using unnest({arrays}) k ({key}) where {same}")
    same = [SQL("{} = {}").format(Identifier("t", name), Identifier("k", name)) for name in table.key]
    return text.format(
        table=Identifier(schema, table.name),
        arrays=_arrays(table, table.key),
        key=_names(table.key),
        same=SQL(" and ").join(same),
    ).as_bytes(None)


def _names(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))


def _arrays(table: Table[Any], names: Iterable[str]) -> Composed:
    return SQL(", ").join([SQL(f"%b::{sent_as(table.columns[name])}[]") for name in names])
