"""Tables of read models, described by the dataclass of their rows."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Annotated, Any, Generic, LiteralString, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from psycopg.sql import SQL, Composable, Composed, Identifier

SCHEMA = "views"

Json = Annotated[Any, "json"]
"""A column that holds any JSON."""
Vector = Annotated[str, "tsvector"]
"""A column that is searched by words; its rows are written, never read back."""

Row = TypeVar("Row")

_COLUMN_TYPES: dict[Any, str] = {
    UUID: "uuid",
    str: "text",
    int: "int8",
    bool: "bool",
    datetime: "timestamptz",
    Json: "json",
    Vector: "tsvector",
    tuple[str, ...]: "text[]",
    tuple[UUID, ...]: "uuid[]",
}


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A table: its name, the class of its rows (a column for each field, in order), and the columns of its key.

    `compared`: its rows often are at the end of a batch what they were before, and are then not written.
    `once`: its rows are added once, and no event looks at one again.
    `moving`: the columns that change again and again, while the others seldom do.
    `is_settled`: tells of a row that hardly any event will look at again; it is not kept in memory.
    """

    name: str
    row: type[Row]
    key: Sequence[str]
    compared: bool = False
    once: bool = False
    moving: Sequence[str] = ()
    is_settled: Callable[[Row], bool] | None = None

    @cached_property
    def columns(self) -> dict[str, str]:
        """Column → PostgreSQL type."""
        hints = get_type_hints(self.row, include_extras=True)
        return {field.name: _column_type(hints[field.name]) for field in dataclasses.fields(self.row)}  # type: ignore[arg-type]

    @cached_property
    def key_of(self) -> attrgetter[Any]:
        """The key of a row: a value, or a tuple of them where the key has several columns; in place of an id its number, as a UUID is hashed in Python."""
        return attrgetter(*[f"{name}.int" if self.columns[name] == "uuid" else name for name in self.key])

    @cached_property
    def moving_types(self) -> Sequence[str]:
        """The PostgreSQL types of the key and of the moving columns."""
        return [self.columns[name] for name in (*self.key, *self.moving)]

    @cached_property
    def moving_of(self) -> attrgetter[Any]:
        """The values of a row in these columns."""
        return attrgetter(*self.key, *self.moving)

    @cached_property
    def values_of(self) -> attrgetter[Any]:
        """The values of a row in the order of the columns."""
        return attrgetter(*self.columns)


def query(text: LiteralString, *, where: Sequence[LiteralString] = (), **rows: type[Any]) -> bytes:
    """The text of a query in which `{j}` stands for the columns of the row class given as `j`, read from the alias `j`.

    `{where}` stands for all the conditions together.
    """
    parts: dict[str, Composable] = {alias: _select_list(alias, row) for alias, row in rows.items()}
    conditions = SQL(" and ").join([SQL(condition) for condition in where])
    return SQL(text).format(where=conditions, **parts).as_bytes(None)


def _select_list(alias: str, row: type[Any]) -> Composed:
    return SQL(", ").join(Identifier(alias, field.name) for field in dataclasses.fields(row))


def _column_type(hint: Any) -> str:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = [part for part in get_args(hint) if part is not type(None)]
    return _COLUMN_TYPES[hint]
