"""A log written by the tests, and the read models that follow from it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import anyio
import psycopg

from domain.events import Event
from domain.ids import RANDOM_BYTES, uuid7
from domain.jobs.events import JobStarted
from domain.jobs.run import Facts
from event_store.envelope import Writer
from event_store.journal import Journal
from event_store.reader import Reader
from event_store.units import Append, Head, Origin, Unit
from projections.batch import Projections
from projections.catalogue import READ_MODELS
from projections.model import ReadModel
from projections.progress import ADVANCE, LIVE, Quarantined, read_lag, take_stock
from projections.projector import Projector
from projections.views import Connection, Views, adapt
from projections.waiting import Waiting
from tests.conftest import Database

WORKSPACE = UUID("01a20382-0000-7000-8000-000000000001")
OTHER_WORKSPACE = UUID("01a20382-0000-7000-8000-000000000002")
MEMBER = UUID("01a20382-0000-7000-8000-00000000000a")
WORKFLOW = UUID("01a20382-0000-7000-8000-0000000000aa")
DEADLINE_SECONDS = 60.0
LOOK_SECONDS = 0.005


def new_id() -> UUID:
    """A fresh stream."""
    return uuid7(datetime.now(UTC), secrets.token_bytes(RANDOM_BYTES))


def started(**others: Any) -> JobStarted:
    """The start of a job."""
    said = {"workflow_id": WORKFLOW, "workflow_version": 1, "graph": "hash", "rules": 1, "source": "api", "inputs": {}}
    return JobStarted(**{**said, "facts": Facts(), **others})


@dataclass
class Written:
    """A log that grows by the tests' own hand."""

    journal: Journal
    workspace: UUID = WORKSPACE
    heads: dict[UUID, Head] = field(default_factory=dict)
    position: int = 0

    async def write(self, stream: UUID, *events: Event, workspace: UUID = WORKSPACE, actor: UUID = MEMBER) -> int:
        """Appends events to a stream, in as many units as that takes; gives the last position."""
        for first in range(0, len(events), 500):
            head = self.heads.get(stream, Head())
            some = events[first : first + 500]
            append = Append(stream, head, stream, some, [None] * len(some))
            committed = await self.journal.append(Unit(Origin(actor=f"member:{actor}", workspace=workspace), [append]))
            self.heads[stream] = committed.heads[0]
            self.position = committed.last
        return self.position


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[Written]:
    """The log of a database, for writing."""
    journal = Journal(database.service_dsn, writer=Writer("0.1.0", 1))
    await journal.start()
    try:
        yield Written(journal)
    finally:
        await journal.stop()


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[Views]:
    """The read models of a database."""
    views = Views(database.service_dsn)
    await views.start()
    try:
        yield views
    finally:
        await views.stop()


@asynccontextmanager
async def log_reader(database: Database) -> AsyncIterator[Reader]:
    """Reads the log of a database."""
    reader = Reader(database.service_dsn)
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def quarantined(database: Database) -> Sequence[Quarantined]:
    """What was given up."""
    async with reading(database) as views, log_reader(database) as reader:
        return (await read_lag(views, reader)).quarantined


async def project_all(
    database: Database, *, models: Sequence[ReadModel] = READ_MODELS, batch_events: int = 1_000, written_every: int = 1
) -> int:
    """Projects what is new in the log, batch by batch, and gives the position reached; of so many batches all but the last are only taken in first."""
    async with log_reader(database) as reader, await connect(database) as connection:
        progress, _ = await take_stock(connection, models)
        projections = Projections(models, LIVE, reader)
        await projections.start(connection)
        written = taken = progress.position
        for number in count(1):
            records = await reader.read_log(taken, batch_events)
            taken = records[-1].position if records else taken
            if records and number % written_every:
                await projections.take(records, connection)
            elif taken > written:
                await projections.write(records, (ADVANCE, (written, progress.generation, taken)), connection)
                written = taken
            else:
                break
    return written


async def connect(database: Database) -> Connection:
    """A connection as the service has it."""
    connection = await psycopg.AsyncConnection.connect(database.service_dsn, autocommit=True)
    adapt(connection)
    return connection


@asynccontextmanager
async def projecting(database: Database, **others: Any) -> AsyncIterator[tuple[Projector, Waiting]]:
    """A projector at work, and what waits for it."""
    async with log_reader(database) as reader, reading(database) as views, anyio.create_task_group() as tasks:
        projector, waiting = Projector(database.service_dsn, reader, **others), Waiting(database.service_dsn, views)
        await waiting.start()
        tasks.start_soon(projector.run)
        try:
            yield projector, waiting
        finally:
            projector.stop()
            await waiting.stop()


def contents(database: Database, schema: str = "views") -> Mapping[str, list[tuple[Any, ...]]]:
    """Every row of every read model, by table."""
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        return {
            table.name: connection.execute(
                f"select to_jsonb(t)::text from {schema}.{table.name} t order by 1".encode()
            ).fetchall()
            for model in READ_MODELS
            for table in model.tables
        }


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits until a condition holds."""
    with anyio.fail_after(DEADLINE_SECONDS):
        while True:
            if await condition():
                return
            await anyio.sleep(LOOK_SECONDS)
