"""The reading side: a small pool of connections to the read models, and rows as dataclasses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg import AsyncConnection, IsolationLevel
from psycopg.abc import Buffer
from psycopg.rows import TupleRow
from psycopg.types.array import ArrayBinaryLoader
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool

from event_store.session import configure, connection_string, first_line
from event_store.units import StoreUnavailable

CONNECTIONS_MAX = 4
READ_SECONDS_MAX = 5.0
RETRY_SECONDS = 0.1

Row = TypeVar("Row")
Connection = AsyncConnection[TupleRow]

# Every query walks an index; a plan made while a table was empty must not read it whole when it has grown.
# Nor may it sort what an index gives in order: before the first ANALYZE it takes every list for one row, which any index finds.
SETTINGS = {"enable_seqscan": "off", "enable_sort": "off"}
_QUERY_CANCELED = "57014"


class Views:
    """Reads the read models through a small pool; a read over a lost connection is repeated, within a bound."""

    def __init__(self, dsn: str, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self._pool = AsyncConnectionPool[Connection](
            connection_string(dsn, "opus views"),
            kwargs={"autocommit": True, "prepare_threshold": 0},
            configure=_configure,
            min_size=1,
            max_size=connections_max,
            timeout=READ_SECONDS_MAX,
            open=False,
        )

    async def start(self) -> None:
        """Opens the pool; connections are made as they are needed."""
        await self._pool.open()

    async def stop(self) -> None:
        """Closes the pool."""
        await self._pool.close()

    async def fetch(
        self, row_type: type[Row], query: bytes, parameters: Mapping[str, Any] | Sequence[Any] = ()
    ) -> list[Row]:
        """The rows of a query as dataclasses, whose fields the query selects in their order."""
        return [row_type(*found) for found in await self.read(query, parameters)]

    async def read(self, query: bytes, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> list[TupleRow]:
        """The rows of a query as tuples; raises StoreUnavailable when the database stays away."""
        deadline = asyncio.get_running_loop().time() + READ_SECONDS_MAX
        while True:
            try:
                async with self._pool.connection() as connection:
                    cursor = await connection.execute(query, parameters, binary=True)
                    return await cursor.fetchall()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if error.sqlstate == _QUERY_CANCELED or asyncio.get_running_loop().time() >= deadline:
                    raise StoreUnavailable(f"Expected the read models to be read, but: {first_line(error)}") from error
            await asyncio.sleep(RETRY_SECONDS)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection whose reads all see the same moment; raises StoreUnavailable when the database is lost."""
        try:
            async with self._pool.connection() as connection:
                await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
                try:
                    async with connection.transaction():
                        yield connection
                finally:
                    if not connection.closed:
                        await connection.set_isolation_level(None)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnavailable(f"Expected the read models to be read, but: {first_line(error)}") from error


def adapt(connection: Connection) -> None:
    """Has a connection read rows as their dataclasses declare them: JSON by one codec, arrays as tuples."""
    set_json_loads(orjson.loads, connection)
    for element in ("text", "uuid"):
        connection.adapters.register_loader(connection.adapters.types[element].array_oid, _TupleLoader)


class _TupleLoader(ArrayBinaryLoader):
    def load(self, data: Buffer) -> Any:
        return tuple(super().load(data))


async def _configure(connection: Connection) -> None:
    await configure(connection, SETTINGS)
    adapt(connection)
