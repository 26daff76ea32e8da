"""Columns of rows as binary arrays of fixed types: a statement has one plan whatever a batch holds, and no item is asked what it is."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
import psycopg
from psycopg import pq
from psycopg.adapt import Dumper

_HEADER = struct.Struct(">iiIii").pack  # dimensions, has nulls, element type, length, lower bound
_LENGTH = struct.Struct(">i").pack
_INT8 = struct.Struct(">iq").pack
_FLOAT8 = struct.Struct(">id").pack
_NULL = _LENGTH(-1)
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"
_UUID_LENGTH = _LENGTH(16)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ELEMENTS_KEPT_MAX = 10_000
KEPT_BYTES_MAX = 100
_SECONDS_A_DAY, _MICROSECONDS = 86_400, 1_000_000


class Array(bytes):
    """An array in PostgreSQL's binary form; the statement names its type by a cast."""


def column(pg_type: str, values: Sequence[Any]) -> Array:
    """The values of one column, as elements of the type `sent_as(pg_type)`; of `uuid number`, as the ids that have these numbers."""
    element_oid, write = _TYPES[pg_type]
    return Array(_HEADER(1, 1, element_oid, len(values), 1) + b"".join(write(values)))


def sent_as(pg_type: str) -> str:
    """The type of the elements in the statement: JSON, vectors, and arrays inside arrays, travel as text and are cast there."""
    return "text" if pg_type in {"json", "tsvector", "text[]", "uuid[]"} else pg_type


class _Elements(dict[Any, bytes]):
    """Value → the element it makes. Those met before are kept, as most columns hold few that differ."""

    def __init__(self, make: Callable[[Any], bytes]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> bytes:
        element = _NULL if value is None else self._make(value)
        if len(element) <= KEPT_BYTES_MAX:
            if len(self) >= ELEMENTS_KEPT_MAX:
                self.clear()
            self[value] = element
        return element

    def of(self, values: Iterable[Any]) -> Iterable[bytes]:
        """The elements of a column."""
        return map(self.__getitem__, values)


def _uuid(values: Sequence[Any]) -> Iterable[bytes]:
    elements: list[bytes] = []
    last, element = None, _NULL
    for value in values:
        if value is not last:  # Rows of one unit share the objects.
            # `UUID.bytes` is this, in a call of its own.
            element = _NULL if value is None else _UUID_LENGTH + value.int.to_bytes(16, "big")
            last = value
        elements.append(element)
    return elements


def _uuid_numbers(values: Iterable[int]) -> Iterable[bytes]:
    return [_UUID_LENGTH + value.to_bytes(16, "big") for value in values]


def _timestamptz(values: Sequence[datetime | None]) -> Iterable[bytes]:
    if not any(values):
        return [_NULL] * len(values)
    return [_NULL if value is None else _INT8(8, _microseconds(value)) for value in values]


def _microseconds(value: datetime) -> int:
    since = value - _EPOCH
    return (since.days * _SECONDS_A_DAY + since.seconds) * _MICROSECONDS + since.microseconds


def _json(values: Sequence[Any]) -> Iterable[bytes]:
    return [_NULL if value is None else _sized(orjson.dumps(value)) for value in values]


def _bytea(values: Iterable[bytes | None]) -> Iterable[bytes]:
    return [_NULL if value is None else _LENGTH(len(value)) + value for value in values]


def _list(values: Iterable[Sequence[Any] | None]) -> Iterable[bytes]:
    return [_NULL if value is None else _sized(_literal(value)) if value else _NO_ITEMS for value in values]


def _literal(items: Iterable[Any]) -> bytes:
    quoted = [str(item).replace("\\", "\\\\").replace('"', '\\"') for item in items]
    return ("{" + ",".join(f'"{item}"' for item in quoted) + "}").encode()


def _sized(data: bytes) -> bytes:
    return _LENGTH(len(data)) + data


_NO_ITEMS = _sized(b"{}")
_TEXT_OID, _UUID_OID = 25, 2950
_texts = _Elements(lambda text: _sized(text.encode()))
_TYPES: dict[str, tuple[int, Callable[[Any], Iterable[bytes]]]] = {
    "int8": (20, _Elements(partial(_INT8, 8)).of),
    "float8": (701, _Elements(partial(_FLOAT8, 8)).of),
    "bool": (16, _Elements(lambda is_true: _TRUE if is_true else _FALSE).of),
    "uuid": (_UUID_OID, _uuid),
    "uuid number": (_UUID_OID, _uuid_numbers),
    "timestamptz": (1184, _timestamptz),
    "text": (_TEXT_OID, _texts.of),
    "bytea": (17, _bytea),
    "json": (_TEXT_OID, _json),
    "tsvector": (_TEXT_OID, _texts.of),
    "text[]": (_TEXT_OID, _list),
    "uuid[]": (_TEXT_OID, _list),
}


class _ArrayDumper(Dumper):
    """Hands an Array over as it is."""

    format = pq.Format.BINARY

    def dump(self, obj: Array) -> bytes:
        return obj


psycopg.adapters.register_dumper(Array, _ArrayDumper)
