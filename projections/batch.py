"""A batch of the log, written to all read models of one schema with their position in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from event_store.reader import Reader
from event_store.units import Record
from projections.model import ReadModel
from projections.projection import Projection, Statement, is_poison, open_records
from projections.views import Connection


class Projections:
    """Read models that move together. After an error, `start` has to be called again before the next batch."""

    def __init__(self, models: Sequence[ReadModel], schema: str, reader: Reader) -> None:
        self._all = [Projection(model, schema) for model in models]
        self._reader = reader

    async def start(self, connection: Connection) -> None:
        """Reads what has to be known before the first batch."""
        for projection in self._all:
            await projection.start(connection)

    async def write(self, records: Sequence[Record], advance: Statement, connection: Connection) -> None:
        """Writes what follows from the records, and by `advance` the position; all of it or nothing."""
        batch = open_records(records)
        try:
            followed = [
                (projection, await projection.prepare(batch, connection, self._reader)) for projection in self._all
            ]
            # All statements go in one piece: a small batch costs one round trip and one commit. While one is executed, the next is made.
            async with connection.pipeline(), connection.transaction():
                await connection.execute(*advance)
                for projection, events in followed:
                    for query, parameters in projection.statements(events):
                        await connection.execute(query, parameters)
        except Exception as error:
            if not is_poison(error) or connection.closed:
                raise
        else:
            return
        for projection in self._all:
            projection.drop()
        async with connection.transaction():
            await connection.execute(*advance)
            for record in records:
                for projection in self._all:
                    await projection.apply_carefully(record, connection, self._reader)
