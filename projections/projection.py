"""One read model being projected: from events to the statements that write its rows, poison kept apart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import errors

from event_store.reader import Reader
from event_store.units import Record, StoreUnavailable
from projections.happened import Happened, UnreadableRecord, open_record
from projections.model import Loading, ReadModel
from projections.rows import RowKey, Rows
from projections.tables import Table
from projections.views import Connection

_log = structlog.get_logger(__name__)

Statement = tuple[bytes, tuple[Any, ...]]

# What the database says of a row that it will never take; all else it says is no fault of the event.
_POISON = (errors.DataError, errors.IntegrityError, errors.ProgramLimitExceeded)


class UnknownEvent(Exception):
    """Expected an event that this build knows, but its wire name is another's."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be opened, in the place of its event."""

    stream: UUID
    problem: UnreadableRecord


Batch = Mapping[str, Sequence[Happened | Unreadable]]
"""Subject (the first word of the wire names) → the events of its streams, in the order of the log."""


def open_records(records: Sequence[Record]) -> Batch:
    """Opens a batch once for all read models."""
    batch: dict[str, list[Happened | Unreadable]] = {}
    for record in records:
        try:
            opened: Happened | Unreadable = open_record(record)
        except UnreadableRecord as problem:
            opened = Unreadable(record.stream, problem)
        batch.setdefault(record.topic.partition(".")[0], []).append(opened)
    return batch


class Projection:
    """A read model in one schema, with the rows it keeps in memory and the streams it has given up."""

    def __init__(self, model: ReadModel, schema: str) -> None:
        self.model = model
        self._schema = schema
        self._rows = Rows(model.tables)
        self._quarantined: set[UUID] = set()

    async def start(self, connection: Connection) -> None:
        """Reads which streams were given up before, and forgets rows kept from an earlier time."""
        self.drop()
        found = await connection.execute(
            self._sql("select stream from {}.quarantine where model = %s"), [self.model.name]
        )
        self._quarantined = {row[0] for row in await found.fetchall()}

    async def prepare(self, batch: Batch, connection: Connection, reader: Reader) -> Sequence[Happened]:
        """The events of a batch that are followed, when all that they need to know has been read. When it raises, the rows must be dropped."""
        events = self._followed(batch)
        if not events:
            return events

        async def load(table: Table[Any], keys: Sequence[RowKey]) -> None:
            if missing := [key for key in keys if not self._rows.knows(table, key)]:
                await self._rows.load(connection, self._schema, table, missing)

        await self._load(events, load)
        await self.model.prepare(self._rows, events, Loading(reader, load))
        return events

    def apply(self, events: Sequence[Happened]) -> None:
        """Has the rows in memory follow from prepared events. When it raises, the rows must be dropped."""
        rows, appliers = self._rows, self.model.appliers
        for event in events:
            appliers[event.topic](rows, event)

    def statements(self) -> Iterator[Statement]:
        """What writes the rows that events were applied to, each made when it is asked for. When that raises, or writing fails, the rows must be dropped."""
        self.model.settle(self._rows)
        yield from self._rows.statements(self._schema)

    def drop(self) -> None:
        """Forgets the rows kept in memory, those too that are not written."""
        self._rows.drop()

    async def apply_carefully(self, record: Record, connection: Connection, reader: Reader) -> None:
        """Writes one event inside the caller's transaction; if that fails, its stream is given up from there on."""
        try:
            async with connection.transaction():
                events = await self.prepare(open_records([record]), connection, reader)
                self.apply(events)
                for query, parameters in self.statements():
                    await connection.execute(query, parameters)
        except Exception as error:
            self.drop()
            if not is_poison(error) or connection.closed:
                raise
            await self._give_up(record, error, connection)

    def _followed(self, batch: Batch) -> list[Happened]:
        followed: list[Happened] = []
        appliers, concerns = self.model.appliers, self.model.concerns
        for subject in self.model.subjects:
            for opened in batch.get(subject, ()):
                if self._quarantined and opened.stream in self._quarantined:
                    continue
                if isinstance(opened, Unreadable):
                    raise opened.problem
                if opened.topic not in appliers:
                    raise UnknownEvent(opened.topic)
                if concerns is None or concerns(opened):
                    followed.append(opened)
        if len(self.model.subjects) > 1:
            followed.sort(
                key=lambda event: event.position
            )  # What follows from two subjects follows in the order of the log.
        return followed

    async def _load(
        self, events: Sequence[Happened], load: Callable[[Table[Any], Sequence[RowKey]], Awaitable[None]]
    ) -> None:
        rows, keys_of = self._rows, self.model.keys
        begun: set[int] = set()
        needed: dict[str, tuple[Table[Any], dict[RowKey, None]]] = {}
        for event in events:
            if event.version == 1:
                begun.add(event.stream.int)  # Nothing can have been written about it before.
            elif event.stream.int not in begun:
                for table, key, is_new in keys_of(event):
                    if rows.knows(table, key):
                        continue
                    if is_new:
                        rows.absent(table, key)
                    else:
                        needed.setdefault(table.name, (table, {}))[1][key] = None
        for table, keys in needed.values():
            await load(table, list(keys))

    async def _give_up(self, record: Record, error: Exception, connection: Connection) -> None:
        sentence = f"{type(error).__name__}: {error}".replace("\0", "")
        where = {"model": self.model.name, "stream": record.stream, "position": record.position, "topic": record.topic}
        _log.error("stream quarantined", **{name: str(value) for name, value in where.items()}, error=sentence)
        self._quarantined.add(record.stream)
        await connection.execute(
            self._sql(
                "insert into {}.quarantine (model, stream, position, topic, version, error) values (%s, %s, %s, %s, %s, %s)"
            ),
            (*where.values(), record.version, sentence),
        )

    def _sql(self, text: str) -> bytes:
        return text.format(self._schema).encode()


def is_poison(error: Exception) -> bool:
    """Whether an error is the fault of the event; the troubles of the database and of the machine are not."""
    return isinstance(error, _POISON) or not isinstance(error, psycopg.Error | StoreUnavailable | OSError | MemoryError)
