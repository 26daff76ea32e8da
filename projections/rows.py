"""The rows of a read model in memory: what a batch changed and is not written yet, and what is kept to spare reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import islice
from typing import Any, TypeVar

from psycopg.sql import SQL, Composable, Composed, Identifier

from event_store.arrays import Array, column, sent_as
from projections.tables import Table
from projections.views import Connection

KEPT_ROWS_MAX = 6_000
"""Of each table; about 6 MB for jobs. A third, what was loaded first, goes when there are more."""

Row = TypeVar("Row")
RowKey = int | str | tuple[int | str | None, ...]
"""As `Table.key_of` has it: never a UUID."""
Values = tuple[Any, ...]


class Rows:
    """Rows by key. What was not loaded is taken not to exist, so a read model names what its events need."""

    def __init__(self, tables: Sequence[Table[Any]]) -> None:
        self._kept: dict[str, dict[RowKey, Any]] = {table.name: {} for table in tables}
        # What is to be written, by the ids of the rows: what was changed twice is asked for its key once. Each row is in one of these.
        self._added: dict[str, dict[int, Any]] = {table.name: {} for table in tables}
        self._changed: dict[str, dict[int, Any]] = {table.name: {} for table in tables}
        self._moved: dict[str, dict[int, Any]] = {table.name: {} for table in tables}
        self._removed: dict[str, dict[RowKey, None]] = {table.name: {} for table in tables}
        # Of compared tables: the values that the database has.
        self._stored: dict[str, dict[RowKey, Values]] = {table.name: {} for table in tables}
        self._tables = tables
        self.memory: dict[Any, Any] = {}  # what else a read model keeps from batch to batch

    def get(self, table: Table[Row], key: RowKey) -> Row | None:
        """The row, or None when there is none. A row that is changed has to be `put` again."""
        found: Row | None = self._kept[table.name].get(key)
        return found

    def known(self, table: Table[Row]) -> list[Row]:
        """The rows that are known here: all there are, where nothing was written or read yet."""
        return [row for row in self._kept[table.name].values() if row is not None]

    def add(self, table: Table[Row], row: Row) -> None:
        """Has a row written that no event before can have made: the database refuses it, and its event, where there is one."""
        if table.once:
            self._added[table.name][id(row)] = row
            return
        kept, key = self._kept[table.name], table.key_of(row)
        if kept.get(key) is not None or key in self._removed[table.name]:
            self.put(table, row)
        else:
            kept[key] = self._added[table.name][id(row)] = row

    def put(self, table: Table[Row], row: Row) -> None:
        """Has a row written as it is, whether it is new or not."""
        added, changed = self._added[table.name], self._changed[table.name]
        if id(row) in changed or id(row) in added:
            return
        kept, key = self._kept[table.name], table.key_of(row)
        before = kept.get(key)
        if before is not row:
            kept[key] = row
            self._removed[table.name].pop(key, None)
            changed.pop(id(before), None)
            if added.pop(id(before), None) is not None:
                added[id(row)] = row
                return
        self._moved[table.name].pop(id(before), None)
        changed[id(row)] = row

    def move(self, table: Table[Row], row: Row) -> None:
        """Has the moving columns of a row written that was there before; nothing else of it may have changed."""
        if id(row) not in self._changed[table.name] and id(row) not in self._added[table.name]:
            self._moved[table.name][id(row)] = row

    def remove(self, table: Table[Row], key: RowKey) -> None:
        """Has a row removed, if it is there."""
        kept = self._kept[table.name]
        for written in (self._added, self._changed, self._moved):
            written[table.name].pop(id(kept.get(key)), None)
        kept[key] = self._removed[table.name][key] = None

    def absent(self, table: Table[Any], key: RowKey) -> None:
        """Tells that there is no such row, so that it need not be looked for."""
        self._kept[table.name][key] = None

    def knows(self, table: Table[Any], key: RowKey) -> bool:
        """Whether it is known here what the row is, or that there is none."""
        return key in self._kept[table.name]

    async def load(self, connection: Connection, schema: str, table: Table[Any], keys: Sequence[RowKey]) -> None:
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

    def statements(self, schema: str) -> Iterator[tuple[bytes, tuple[Array, ...]]]:
        """What writes the changes, each made when it is asked for; they count as written from then on, so the caller drops the rows if writing fails."""
        for table in self._tables:
            added, changed, moved = (each[table.name] for each in (self._added, self._changed, self._moved))
            removed = self._removed[table.name]
            if not (added or changed or moved or removed):
                continue
            inserted, written, gone = _values(table, added), _values(table, changed), list(removed)
            if table.compared:
                written, gone = self._really_changed(table, inserted, written, gone)
            if inserted:
                yield _insert(table, schema), _columns(table.columns.values(), inserted)
            if written:
                yield _upsert(table, schema), _columns(table.columns.values(), written)
            if moved:
                yield _update(table, schema), _columns(table.moving_types, map(table.moving_of, moved.values()))
            if gone:
                yield _delete(table, schema), _key_columns(table, gone)
            self._forget_settled(table)
            for each in (added, changed, moved, removed):
                each.clear()
            self._shrink(table)

    def _really_changed(
        self, table: Table[Any], inserted: list[Values], written: list[Values], removed: list[RowKey]
    ) -> tuple[list[Values], list[RowKey]]:
        stored, key_of = self._stored[table.name], table.key_of
        stored.update(zip(map(key_of, self._added[table.name].values()), inserted, strict=True))
        changed = dict(zip(map(key_of, self._changed[table.name].values()), written, strict=True))
        different = [values for key, values in changed.items() if stored.get(key) != values]
        stored.update(changed)
        return different, [key for key in removed if stored.pop(key, None) is not None]

    def drop(self) -> None:
        """Forgets everything; the next use loads it anew."""
        for table in self._tables:
            for each in (self._kept, self._added, self._changed, self._moved, self._removed, self._stored):
                each[table.name].clear()
        self.memory.clear()

    def _forget_settled(self, table: Table[Any]) -> None:
        """What was removed, and what hardly any event will look at again, makes room for what will be looked at."""
        kept = self._kept[table.name]
        for key in self._removed[table.name]:
            kept.pop(key, None)
        if table.is_settled is not None:
            for written in (self._added, self._changed, self._moved):
                for row in filter(table.is_settled, written[table.name].values()):
                    kept.pop(table.key_of(row), None)

    def _shrink(self, table: Table[Any]) -> None:
        kept, stored = self._kept[table.name], self._stored[table.name]
        if len(kept) > KEPT_ROWS_MAX:
            for key in list(islice(kept, len(kept) - KEPT_ROWS_MAX * 2 // 3)):
                del kept[key]
                stored.pop(key, None)


def _values(table: Table[Any], rows: Mapping[int, Any]) -> list[Values]:
    return list(map(table.values_of, rows.values()))


def _columns(pg_types: Iterable[str], rows: Iterable[Values]) -> tuple[Array, ...]:
    return tuple(column(pg_type, values) for pg_type, values in zip(pg_types, zip(*rows, strict=True), strict=True))


def _key_columns(table: Table[Any], keys: Sequence[RowKey]) -> tuple[Array, ...]:
    parts: Iterable[Sequence[Any]] = [keys] if len(table.key) == 1 else zip(*keys, strict=True)
    types = ("uuid number" if table.columns[name] == "uuid" else table.columns[name] for name in table.key)
    return tuple(column(pg_type, part) for pg_type, part in zip(types, parts, strict=True))


@cache
def _select(table: Table[Any], schema: str) -> bytes:
    text = SQL("select found.* from unnest({arrays}) k ({key}) cross join lateral ({one}) found")
    return text.format(
        arrays=_arrays(table, table.key),
        key=_names(table.key),
        one=_one(table, schema, SQL(", ").join(Identifier("t", name) for name in table.columns), "k"),
    ).as_bytes(None)


@cache
def _insert(table: Table[Any], schema: str) -> bytes:
    return _insertion(table, schema).as_bytes(None)


@cache
def _upsert(table: Table[Any], schema: str) -> bytes:
    changes = [SQL("{0} = excluded.{0}").format(Identifier(name)) for name in table.columns if name not in table.key]
    text = SQL("{insertion} on conflict ({key}) do update set {changes}")
    return text.format(
        insertion=_insertion(table, schema), key=_names(table.key), changes=SQL(", ").join(changes)
    ).as_bytes(None)


def _insertion(table: Table[Any], schema: str) -> Composed:
    text = SQL("insert into {table} ({columns}) select {values} from unnest({arrays}) r ({columns})")
    return text.format(
        table=Identifier(schema, table.name),
        columns=_names(table.columns),
        values=SQL(", ").join(map(partial(_value, table), table.columns)),
        arrays=_arrays(table, table.columns),
    )


@cache
def _update(table: Table[Any], schema: str) -> bytes:
    text = SQL(
        "update {table} t set {changes} from (select found.place, r.* from unnest({arrays}) r ({columns})"
        " cross join lateral ({one}) found) r where t.ctid = r.place"
    )
    columns = (*table.key, *table.moving)
    changes = [SQL("{} = {}").format(Identifier(name), _value(table, name)) for name in table.moving]
    return text.format(
        table=Identifier(schema, table.name),
        changes=SQL(", ").join(changes),
        arrays=_arrays(table, columns),
        columns=_names(columns),
        one=_one(table, schema, _PLACE, "r"),
    ).as_bytes(None)


@cache
def _delete(table: Table[Any], schema: str) -> bytes:
    text = SQL(
        "delete from {table} t using (select found.place from unnest({arrays}) k ({key})"
        " cross join lateral ({one}) found) k where t.ctid = k.place"
    )
    return text.format(
        table=Identifier(schema, table.name),
        arrays=_arrays(table, table.key),
        key=_names(table.key),
        one=_one(table, schema, _PLACE, "k"),
    ).as_bytes(None)


_PLACE = SQL("t.ctid as place")


def _one(table: Table[Any], schema: str, what: Composable, given: str) -> Composed:
    """The row of one key, whatever the planner believes of a table that fills and empties.

    A subquery with a limit is looked up for each key, and no row is compared with all of them. The order is that of the key's own index
    and of no other: while all seem empty, nothing else tells which of them to take.
    """
    text = SQL("select {what} from {table} t where {same} order by {last} limit 1")
    *others, last = [(Identifier("t", name), Identifier(given, name)) for name in table.key]
    same = [SQL("{} = {}").format(*other) for other in others]
    same.append(SQL("{0} between {1} and {1}").format(*last))
    return text.format(
        what=what,
        table=Identifier(schema, table.name),
        same=SQL(" and ").join(same),
        last=Identifier("t", table.key[-1]),
    )


def _value(table: Table[Any], name: str) -> Composed:
    return SQL("{}::" + table.columns[name]).format(Identifier("r", name))


def _names(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))


def _arrays(table: Table[Any], names: Iterable[str]) -> Composed:
    return SQL(", ").join([SQL(f"%b::{sent_as(table.columns[name])}[]") for name in names])
