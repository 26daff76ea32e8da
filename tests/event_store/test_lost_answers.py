"""Connections lost at every moment: nothing acknowledged is lost, nothing is written twice, nobody is told a lie."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from event_store import journal as journal_module
from event_store import session as session_module
from event_store.embedded import EmbeddedPostgres
from event_store.migrations import migrate
from event_store.session import Session
from event_store.units import Committed, OutcomeUnknown, SessionLost, StoreUnavailable
from event_store.verify import verify_log
from tests.conftest import Database
from tests.event_store.cable import Cable, cabled
from tests.event_store.notes import (
    WRITER,
    connected,
    follow,
    new_id,
    running_journal,
    running_reader,
    unit,
    until,
    write_chain,
)

pytestmark = pytest.mark.anyio

KILLS = 10
CHAINS = 8
CHAIN_UNITS = 40


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for sockets, whose paths must be short."""
    path = Path(tempfile.mkdtemp(prefix="cable-"))
    yield path
    shutil.rmtree(path)


@asynccontextmanager
async def dedicated(dsn: str) -> AsyncIterator[Session]:
    """A session that holds a lock, as a runner's does."""
    session = await Session.open(dsn, name="opus runner")
    try:
        await session.execute("select pg_advisory_lock(1, 1)")
        yield session
    finally:
        await session.close()


async def written(database: Database, position: int) -> None:
    """Waits until the log has a position."""
    with connected(database.owner_dsn) as connection:

        def there() -> bool:
            query = "select from stored_events where notification_id = %s"
            return connection.execute(query, (position,)).fetchone() is not None

        await until(there)


async def no_findings(database: Database) -> None:
    """The whole log is intact."""
    async with running_reader(database.service_dsn) as reader:
        assert [finding async for finding in verify_log(reader)] == []


async def test_an_answer_that_was_lost_is_found_in_the_log(database: Database, folder: Path) -> None:
    async with cabled(database.service_dsn, folder) as cable, running_journal(cable.dsn) as journal:
        await journal.append(unit(follow(new_id())))
        cable.hold_answers()
        sender = asyncio.create_task(journal.append(unit(follow(new_id(), events=3))))
        await written(database, 5)
        cable.cut()
        cable.release()
        committed = await sender
        assert (committed.first, committed.last) == (3, 5)
        assert (await journal.append(unit(follow(new_id())))).first == 6
    await no_findings(database)


async def test_a_request_that_was_lost_is_sent_again(database: Database, folder: Path) -> None:
    async with cabled(database.service_dsn, folder) as cable, running_journal(cable.dsn) as journal:
        cable.hold_requests()
        senders = [asyncio.create_task(journal.append(unit(follow(new_id())))) for _ in range(3)]
        await asyncio.sleep(0)
        cable.cut()
        cable.release()
        assert [(await sender).first for sender in senders] == [2, 3, 4]


async def test_a_cable_that_is_silent_is_given_up(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "ANSWER_SECONDS_MAX", 0.5)
    async with cabled(database.service_dsn, folder) as cable, running_journal(cable.dsn) as journal:
        await journal.append(unit(follow(new_id())))
        assert journal._session is not None
        silent = journal._session
        cable.hold_answers()
        sender = asyncio.create_task(journal.append(unit(follow(new_id()))))
        await written(database, 3)
        await until(lambda: silent.lost)
        cable.release()
        assert (await sender).first == 3


async def test_a_backend_that_is_ended_while_it_waits_wrote_nothing(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal:
        assert journal._session is not None
        pid = journal._session.backend.pid
        with connected(database.service_dsn) as killer:

            def waits() -> bool:
                query = "select from pg_locks where locktype = 'advisory' and not granted and pid = %s"
                return killer.execute(query, (pid,)).fetchone() is not None

            with connected(database.owner_dsn) as holder, holder.transaction():
                holder.execute("select take_append_lock()")
                sender = asyncio.create_task(journal.append(unit(follow(new_id()))))
                await until(waits)
                killer.execute("select pg_terminate_backend(%s)", (pid,))
        assert (await sender).first == 2


async def test_connections_killed_at_random_lose_and_double_nothing(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal:
        chains = [asyncio.create_task(write_chain(journal, new_id(), CHAIN_UNITS, 2)) for _ in range(CHAINS)]
        chance = random.Random(7)
        killed = 0
        with connected(database.service_dsn) as connection:
            while killed < KILLS:
                await asyncio.sleep(chance.random() * 0.02)
                killed += connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'opus journal' and datname = current_database()",
                ).rowcount
        units = [committed for chain in await asyncio.gather(*chains) for committed in chain]
    assert sorted(position for one in units for position in range(one.first, one.last + 1)) == list(
        range(2, CHAINS * CHAIN_UNITS * 2 + 2),
    )
    await no_findings(database)


async def test_a_given_session_that_is_lost_is_never_replaced(database: Database, folder: Path) -> None:
    async with cabled(database.service_dsn, folder) as cable, dedicated(cable.dsn) as session:
        async with running_journal(cable.dsn, session=session) as journal:
            cable.hold_requests()
            senders = [asyncio.create_task(journal.append(unit(follow(new_id())))) for _ in range(3)]
            await asyncio.sleep(0)
            cable.cut()
            cable.release()
            outcomes = await asyncio.gather(*senders, return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [SessionLost] * 3
            with pytest.raises(SessionLost):
                await journal.append(unit(follow(new_id())))
        async with running_reader(database.service_dsn) as reader:
            assert await reader.last_position() == 1
            # Its lock is free when the senders are told: nobody writes under it any more.
            assert await reader.rows("select pg_try_advisory_lock(1, 1)", ()) == [(True,)]


async def test_a_given_session_lost_after_the_commit_answers_and_then_writes_no_more(
    database: Database, folder: Path
) -> None:
    async with (
        cabled(database.service_dsn, folder) as cable,
        dedicated(cable.dsn) as session,
        running_journal(cable.dsn, session=session) as journal,
    ):
        await journal.append(unit(follow(new_id())))
        cable.hold_answers()
        sender = asyncio.create_task(journal.append(unit(follow(new_id()))))
        await written(database, 3)
        queued = asyncio.create_task(journal.append(unit(follow(new_id()))))
        await asyncio.sleep(0)
        cable.cut()
        cable.release()
        assert (await sender).first == 3
        with pytest.raises(SessionLost):
            await queued
    await no_findings(database)


async def test_appends_of_a_given_session_are_made_on_it(database: Database) -> None:
    async with dedicated(database.service_dsn) as session:
        async with running_journal(database.service_dsn, session=session) as journal:
            await write_chain(journal, new_id(), 3)
        assert not session.lost  # Stopping the journal leaves the session, whose locks others still use.
        assert await session.execute("select count(*) from pg_locks where pid = pg_backend_pid() and objid = 1") == [
            (1,)
        ]


async def test_a_database_that_stays_away_is_told_within_the_bound(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "OUTAGE_SECONDS_MAX", 0.4)
    async with cabled(database.service_dsn, folder) as cable, running_journal(cable.dsn) as journal:
        await journal.append(unit(follow(new_id())))
        cable.hold_answers()
        sender = asyncio.create_task(journal.append(unit(follow(new_id()))))
        await written(database, 3)
        queued = asyncio.create_task(journal.append(unit(follow(new_id()))))
        await asyncio.sleep(0)
        cable.refuses = True
        cable.cut()
        with pytest.raises(OutcomeUnknown):
            await sender
        with pytest.raises(StoreUnavailable, match="nothing was written"):
            await queued
        cable.refuses = False
        cable.release()
        assert (await journal.append(unit(follow(new_id())))).first == 4
        await cable_journal_does_not_start(cable)


async def cable_journal_does_not_start(cable: Cable) -> None:
    """A journal whose database stays away says so when it starts."""
    cable.refuses = True
    with pytest.raises(StoreUnavailable):
        await journal_module.Journal(cable.dsn, writer=WRITER).start()


async def test_a_server_killed_under_load_loses_nothing_acknowledged(short_folder: Path) -> None:
    with EmbeddedPostgres(short_folder) as server:
        migrate(server.ensure_database())
        async with running_journal(server.service_dsn()) as journal, running_reader(server.service_dsn()) as reader:
            acknowledged: list[Committed] = []
            chains = [asyncio.create_task(_endless(journal, acknowledged)) for _ in range(CHAINS)]
            await until(lambda: len(acknowledged) > 100)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            seen = len(acknowledged)
            await asyncio.to_thread(server.start)
            await until(lambda: len(acknowledged) > seen + 100)
            for chain in chains:
                chain.cancel()
            await asyncio.gather(*chains, return_exceptions=True)
            positions = [position for one in acknowledged for position in range(one.first, one.last + 1)]
            assert len(set(positions)) == len(positions)
            assert await reader.last_position() >= max(positions)
            for one in acknowledged:
                assert await reader.hash_at(one.last) == one.heads[0].hash
            assert [finding async for finding in verify_log(reader)] == []


async def _endless(journal: journal_module.Journal, acknowledged: list[Committed]) -> None:
    stream, head = new_id(), None
    while True:
        acknowledged.append(await journal.append(unit(follow(stream, head))))
        head = acknowledged[-1].heads[0] if acknowledged else None
