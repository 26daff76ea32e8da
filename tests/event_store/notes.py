"""Notes: an event of the tests' own, and how units of them are made and written."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import anyio
import psycopg

from domain.events import Event
from domain.ids import RANDOM_BYTES, uuid7
from event_store.envelope import Writer
from event_store.journal import Journal
from event_store.reader import Reader
from event_store.session import Session
from event_store.units import Append, Claim, Committed, Head, Origin, Unit

WRITER = Writer("0.1.0", 1)
WORKSPACE = UUID("01a20382-0000-7000-8000-000000000001")
ORIGIN = Origin(actor="member:01a20382-0000-7000-8000-000000000002", workspace=WORKSPACE)
DEADLINE_SECONDS = 20.0


class Noted(Event):
    """Something was noted."""

    wire: ClassVar[str] = "test.noted.v1"
    text: str
    number: float | None = None


def new_id() -> UUID:
    """A fresh stream."""
    return uuid7(datetime.now(UTC), secrets.token_bytes(RANDOM_BYTES))


def follow(
    stream: UUID, head: Head | None = None, events: int = 1, text: str = "a note", *, wake: bool = False
) -> Append:
    """Some notes for a stream after a head."""
    noted = [Noted(text=text, number=n) for n in range(events)]
    return Append(stream, head or Head(), stream, noted, [None] * events, wake)


def unit(*appends: Append, claims: Sequence[Claim] = (), origin: Origin = ORIGIN) -> Unit:
    """A unit of some appends."""
    return Unit(origin, appends, claims)


@asynccontextmanager
async def running_journal(dsn: str, session: Session | None = None, **others: Any) -> AsyncIterator[Journal]:
    """A journal that is stopped at the end."""
    journal = Journal(dsn, writer=WRITER, session=session, **others)
    await journal.start()
    try:
        yield journal
    finally:
        await journal.stop()


@asynccontextmanager
async def running_reader(dsn: str) -> AsyncIterator[Reader]:
    """A reader that is stopped at the end."""
    reader = Reader(dsn)
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def write_chain(journal: Journal, stream: UUID, units: int, events: int = 1) -> list[Committed]:
    """Writes units to a stream, one after another."""
    head, written = Head(), []
    for number in range(units):
        written.append(await journal.append(unit(follow(stream, head, events, f"note {number}"))))
        head = written[-1].heads[-1]
    return written


async def until(condition: Callable[[], bool]) -> None:
    """Waits until a condition holds, of which nobody tells."""
    with anyio.fail_after(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 - it is often the database's, seen only by asking.
            await anyio.sleep(0.005)


def connected(dsn: str) -> psycopg.Connection[Any]:
    """A connection to look and meddle with: as the owner, who may change rows, or as the service, who sees its sessions."""
    return psycopg.connect(dsn, autocommit=True)
