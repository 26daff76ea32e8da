"""A batch of the log, written to all read models of one schema with their position in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from event_store.reader import Reader
from event_store.units import Record
from projections.happened import Happened
from projections.model import ReadModel
from projections.projection import Projection, Statement, is_poison, open_records
from projections.views import Connection


class Projections:
    """Read models that move together. After an error, `start` has to be called again before the next batch."""

    def __init__(self, models: Sequence[ReadModel], schema: str, reader: Reader) -> None:
        self._all = [Projection(model, schema) for model in models]
        self._reader = reader
        self._taken: list[Record] = []  # what rows in memory follow from, and rows in the database do not
        self._is_poisoned = False  # by one of these; the rows in memory follow from none

    async def start(self, connection: Connection) -> None:
        """Reads what has to be known before the first batch, and forgets what was taken and not written."""
        self._forget_taken()
        for projection in self._all:
            await projection.start(connection)

    async def take(self, records: Sequence[Record], connection: Connection) -> None:
        """Has rows in memory follow from the records, so that the next `write`, which writes them, has little left to do."""
        self._taken += records
        if self._is_poisoned:
            return
        try:
            for projection, events in await self._prepared(records, connection):
                projection.apply(events)
        except Exception as error:
            if not is_poison(error) or connection.closed:
                raise
            self._is_poisoned = True

    async def write(self, records: Sequence[Record], advance: Statement, connection: Connection) -> None:
        """Writes what follows from what was taken and from the records, and by `advance` the position; all of it or nothing."""
        if not self._is_poisoned:
            try:
                await self._write_together(records, advance, connection)
            except Exception as error:
                if not is_poison(error) or connection.closed:
                    raise
            else:
                self._taken.clear()
                return
        await self._write_carefully([*self._taken, *records], advance, connection)
        self._forget_taken()

    async def _write_together(self, records: Sequence[Record], advance: Statement, connection: Connection) -> None:
        prepared = await self._prepared(records, connection)
        # All statements go in one piece: a small batch costs one round trip and one commit. While one is executed, the next is made.
        async with connection.pipeline(), connection.transaction():
            await connection.execute(*advance)
            for projection, events in prepared:
                projection.apply(events)
                for query, parameters in projection.statements():
                    await connection.execute(query, parameters)

    async def _write_carefully(self, records: Sequence[Record], advance: Statement, connection: Connection) -> None:
        for projection in self._all:
            projection.drop()
        async with connection.transaction():
            await connection.execute(*advance)
            for record in records:
                for projection in self._all:
                    await projection.apply_carefully(record, connection, self._reader)

    async def _prepared(
        self, records: Sequence[Record], connection: Connection
    ) -> list[tuple[Projection, Sequence[Happened]]]:
        batch = open_records(records)
        return [(projection, await projection.prepare(batch, connection, self._reader)) for projection in self._all]

    def _forget_taken(self) -> None:
        self._taken.clear()
        self._is_poisoned = False
