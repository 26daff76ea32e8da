"""The journal: many writers, one log; what conflicts leaves, the others are written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import psycopg
import pytest

from domain.events import Event
from event_store import waiting
from event_store.journal import Journal
from event_store.locks import APPEND_LOCK
from event_store.units import (
    Append,
    Claim,
    ClaimTaken,
    Committed,
    Head,
    HeadUnknown,
    StoreUnavailable,
    VersionTaken,
)
from tests.conftest import Database
from tests.event_store.notes import (
    DEADLINE_SECONDS,
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

RACES = 40
VACUUM_SECONDS_MAX = 5.0


class Unspeakable(Event):
    """An event whose wire name the database cannot hold."""

    wire: ClassVar[str] = "test.\0.v1"


@asynccontextmanager
async def held_log(database: Database) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """The append lock in other hands; commit the connection to let go."""
    connection = await psycopg.AsyncConnection.connect(database.owner_dsn)
    async with connection:
        await connection.execute("select pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
        yield connection


async def appends_waiting(database: Database, number: int = 1) -> None:
    """Waits until so many appends wait for the lock."""
    with connected(database.owner_dsn) as connection:

        def waiting_now() -> bool:
            query = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database ="
            row = connection.execute(
                f"{query} (select oid from pg_database where datname = current_database())".encode()
            )
            return row.fetchone() == (number,)

        await until(waiting_now)


async def test_a_unit_is_on_disk_with_its_positions_and_heads(every_database: Database) -> None:
    one, other = new_id(), new_id()
    async with (
        running_journal(every_database.service_dsn) as journal,
        running_reader(every_database.service_dsn) as reader,
    ):
        committed = await journal.append(unit(follow(one, events=2), follow(other)))
        assert (committed.first, committed.last) == (2, 4)
        assert [head.version for head in committed.heads] == [2, 1]
        records = await reader.read_log(1, 10)
        assert [(record.position, record.stream, record.version) for record in records] == [
            (2, one, 1),
            (3, one, 2),
            (4, other, 1),
        ]
        assert [records[1].hash, records[2].hash] == [head.hash for head in committed.heads]
        assert await reader.heads([one, other]) == dict(zip([one, other], committed.heads, strict=True))


async def test_units_that_arrive_meanwhile_are_written_together(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal:
        async with held_log(database) as lock:
            first = asyncio.create_task(journal.append(unit(follow(new_id()))))
            await appends_waiting(database)
            others = [asyncio.create_task(journal.append(unit(follow(new_id(), events=2)))) for _ in range(50)]
            await lock.commit()
        written = await asyncio.gather(first, *others)
    assert [(one.first, one.last) for one in written] == [(2, 2), *((3 + 2 * n, 4 + 2 * n) for n in range(50))]
    with connected(database.owner_dsn) as connection:
        assert connection.execute("select first, last from commits order by last").fetchall() == [
            (1, 1),
            (2, 2),
            (3, 102),
        ]


async def test_two_processes_racing_on_a_stream_never_both_win(database: Database) -> None:
    stream = new_id()
    wins = 0
    async with (
        running_journal(database.service_dsn) as one,
        running_journal(database.service_dsn) as other,
        running_reader(database.service_dsn) as reader,
    ):
        for _ in range(RACES):
            following = unit(follow(stream, await reader.head(stream)))
            outcomes = await asyncio.gather(one.append(following), other.append(following), return_exceptions=True)
            wins += sum(isinstance(outcome, Committed) for outcome in outcomes)
            (lost,) = [outcome for outcome in outcomes if not isinstance(outcome, Committed)]
            assert isinstance(lost, VersionTaken)
            assert lost.streams == {stream}
        assert wins == RACES
        assert [record.version for record in await reader.read_stream(stream)] == list(range(1, RACES + 1))
        assert await reader.last_position() == RACES + 1


async def test_a_claim_is_won_once_and_the_loser_learns_the_first_result(database: Database) -> None:
    async with running_journal(database.service_dsn) as one, running_journal(database.service_dsn) as other:
        for number in range(RACES // 2):
            streams = [new_id(), new_id()]
            claims = [Claim("start", f"key {number}", stream, f"digest {stream}") for stream in streams]
            units = [unit(follow(claim.stream, events=3), claims=[claim]) for claim in claims]
            outcomes = await asyncio.gather(one.append(units[0]), other.append(units[1]), return_exceptions=True)
            (won,) = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Committed)]
            lost = outcomes[1 - won]
            assert isinstance(lost, ClaimTaken)
            (taken,) = lost.taken
            assert (taken.claim, taken.stream, taken.digest) == (claims[1 - won], streams[won], claims[won].digest)
            assert (taken.first_version, taken.last_version) == (1, 3)


async def test_in_a_batch_only_the_units_that_conflict_leave(database: Database) -> None:
    taken, claimed, lost = new_id(), new_id(), new_id()
    async with running_journal(database.service_dsn) as journal:
        head = (await journal.append(unit(follow(taken), claims=[Claim("command", "c", taken, "d")]))).heads[0]
        bad = [
            unit(follow(taken)),
            unit(follow(claimed), claims=[Claim("command", "c", claimed, "d")]),
            unit(follow(new_id()), follow(lost, Head(3, "ab" * 32, head.at))),
            unit(Append(lost, Head(), lost, [Unspeakable()], [None])),
        ]
        good = [unit(follow(taken, head)), *(unit(follow(new_id(), events=2)) for _ in range(20))]
        async with held_log(database) as lock:
            first = asyncio.create_task(journal.append(unit(follow(new_id()))))
            await appends_waiting(database)
            outcomes = asyncio.gather(
                *(journal.append(one) for one in [*good[:10], *bad, *good[10:]]), return_exceptions=True
            )
            await asyncio.sleep(0)
            await lock.commit()
        await first
        written = await outcomes
    assert all(isinstance(one, Committed) for one in [*written[:10], *written[14:]])
    # The first good unit writes to the stream of the first bad one, which therefore waits for it and then finds it taken.
    assert [type(one) for one in written[10:14]] == [
        VersionTaken,
        ClaimTaken,
        HeadUnknown,
        psycopg.errors.CharacterNotInRepertoire,
    ]
    with connected(database.owner_dsn) as connection:
        row = connection.execute("select count(*), max(notification_id) from stored_events").fetchone()
    assert row == (1 + 1 + 1 + 1 + 40, 44)


async def test_a_held_claim_is_told_before_a_taken_version(database: Database) -> None:
    stream = new_id()
    repeated = unit(follow(stream), claims=[Claim("command", "c", stream, "d")])
    async with running_journal(database.service_dsn) as journal:
        await journal.append(repeated)
        with pytest.raises(ClaimTaken):
            await journal.append(repeated)


async def test_units_on_one_stream_wait_for_one_another(database: Database) -> None:
    stream = new_id()
    async with running_journal(database.service_dsn) as journal:
        outcomes = await asyncio.gather(
            *(journal.append(unit(follow(stream))) for _ in range(20)), return_exceptions=True
        )
    assert [type(outcome) for outcome in outcomes] == [Committed] + [VersionTaken] * 19


async def test_a_sender_that_goes_away_while_it_waits_takes_its_unit_back(database: Database) -> None:
    stream = new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        async with held_log(database) as lock:
            under_way = asyncio.create_task(journal.append(unit(follow(new_id(), text="under way"))))
            await appends_waiting(database)
            waits = asyncio.create_task(journal.append(unit(follow(stream))))
            await asyncio.sleep(0)
            waits.cancel()
            under_way.cancel()
            await asyncio.gather(waits, under_way, return_exceptions=True)
            await lock.commit()
        await journal.append(unit(follow(new_id())))
        assert await reader.read_stream(stream) == []
        assert await reader.last_position() == 3  # What was under way is written, though nobody waited any more.


async def test_what_waits_is_bounded_and_senders_wait_outside(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "QUEUE_EVENTS_MAX", 10)
    async with running_journal(database.service_dsn) as journal:
        async with held_log(database) as lock:
            senders = [asyncio.create_task(journal.append(unit(follow(new_id())))) for _ in range(100)]
            await appends_waiting(database)
            assert journal._queue.events <= 10
            await lock.commit()
        written = await asyncio.gather(*senders)
    assert sorted(one.first for one in written) == list(range(2, 102))


async def test_a_large_unit_is_written_whole(database: Database) -> None:
    streams = [new_id() for _ in range(1_000)]
    async with running_journal(database.service_dsn) as journal:
        committed = await journal.append(unit(*(follow(stream, events=4) for stream in streams)))
    assert (committed.first, committed.last, len(committed.heads)) == (2, 4_001, 1_000)


async def test_stopping_writes_what_waits_and_takes_nothing_new(database: Database) -> None:
    journal = Journal(database.service_dsn, writer=WRITER)
    with pytest.raises(StoreUnavailable, match="not started"):
        await journal.append(unit(follow(new_id())))
    await journal.start()
    async with held_log(database) as lock:
        senders = [asyncio.create_task(journal.append(unit(follow(new_id())))) for _ in range(50)]
        await appends_waiting(database)
        stopping = asyncio.create_task(journal.stop())
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="stopping"):
            await journal.append(unit(follow(new_id())))
        assert not stopping.done()
        await lock.commit()
    await stopping
    assert len({(await sender).first for sender in senders}) == 50
    with connected(database.service_dsn) as connection:

        def closed() -> bool:
            query = "select count(*) from pg_stat_activity where application_name = 'opus journal' and datname = %s"
            return connection.execute(query, (database.name,)).fetchone() == (0,)

        await until(closed)


async def test_a_database_that_refuses_to_write_is_told_and_recovers(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal:
        assert journal._session is not None
        await journal._session.execute("set default_transaction_read_only = on")
        with pytest.raises(StoreUnavailable, match="refused"):
            await journal.append(unit(follow(new_id())))
        await journal._session.execute("set default_transaction_read_only = off")
        assert (await journal.append(unit(follow(new_id())))).first == 2


async def test_vacuum_and_a_long_read_do_not_stop_appends(database: Database) -> None:
    slowest = 0.0
    loop = asyncio.get_running_loop()
    vacuums = 0

    async def vacuum(done: asyncio.Event) -> None:
        nonlocal vacuums
        async with await psycopg.AsyncConnection.connect(database.owner_dsn, autocommit=True) as connection:
            while not done.is_set():
                await connection.execute("vacuum (analyze) stored_events")
                vacuums += 1

    async with running_journal(database.service_dsn) as journal:
        long_read = await psycopg.AsyncConnection.connect(database.owner_dsn)
        async with long_read:
            await long_read.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            await long_read.execute("select count(*) from stored_events")
            done = asyncio.Event()
            vacuuming = asyncio.create_task(vacuum(done))
            for _ in range(40):
                began = loop.time()
                await asyncio.gather(*(write_chain(journal, new_id(), 1, 5) for _ in range(20)))
                slowest = max(slowest, loop.time() - began)
            done.set()
            await asyncio.wait_for(vacuuming, DEADLINE_SECONDS)
            assert await (await long_read.execute("select count(*) from stored_events")).fetchone() == (1,)
    assert vacuums > 1
    assert slowest < VACUUM_SECONDS_MAX
