"""The reader: streams, tails, heads, moments, and hints that survive lost connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from event_store import reader as reader_module
from event_store.units import Head, StoreUnavailable
from tests.conftest import Database
from tests.event_store.cable import cabled
from tests.event_store.notes import (
    WORKSPACE,
    connected,
    follow,
    new_id,
    running_journal,
    running_reader,
    unit,
    write_chain,
)

pytestmark = pytest.mark.anyio

HINT_SECONDS_MAX = 10.0


async def hint(listener: AsyncGenerator[int | None, None]) -> int | None:
    """The next hint of a listener."""
    return await asyncio.wait_for(anext(listener), HINT_SECONDS_MAX)


async def test_a_stream_is_read_from_and_to_any_version(every_database: Database) -> None:
    stream = new_id()
    async with (
        running_journal(every_database.service_dsn) as journal,
        running_reader(every_database.service_dsn) as reader,
    ):
        await write_chain(journal, stream, 5)
        records = await reader.read_stream(stream)
        assert [record.version for record in records] == [1, 2, 3, 4, 5]
        assert {(record.stream, record.workspace, record.topic) for record in records} == {
            (stream, WORKSPACE, "test.noted.v1"),
        }
        assert await reader.read_stream(stream, after_version=1, limit=2) == records[1:3]
        assert await reader.read_stream(stream, after_version=1, until=4) == records[1:4]
        assert await reader.read_stream(new_id()) == []


async def test_the_log_is_read_in_order_of_position(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        assert await reader.last_position() == 1
        await asyncio.gather(*(write_chain(journal, new_id(), 3, 2) for _ in range(4)))
        records = await reader.read_log(0, 100)
        assert [record.position for record in records] == list(range(1, 26))
        assert await reader.read_log(5, 3) == records[5:8]
        assert await reader.read_log(5, 100, until=9) == records[5:9]
        stream = records[10].stream
        of_stream = [record for record in records[2:] if record.stream == stream]
        assert await reader.read_log(2, 100, None, [stream, new_id()]) == of_stream
        assert await reader.read_log(2, 2, None, [stream]) == of_stream[:2]
        assert await reader.read_log(2, 100, 9, [WORKSPACE]) == records[2:9]
        assert await reader.read_log(2, 100, 9, [new_id()]) == []
        assert await reader.last_position() == 25
        assert await reader.hash_at(7) == records[6].hash
        assert await reader.hash_at(26) is None


async def test_heads_say_what_the_next_record_follows(database: Database) -> None:
    one, other, absent = new_id(), new_id(), new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        heads = {stream: (await write_chain(journal, stream, 3))[-1].heads[0] for stream in (one, other)}
        assert await reader.heads([one, other, absent]) == {**heads, absent: Head()}
        assert await reader.head(one) == heads[one]


async def test_what_was_written_by_others_is_found_by_its_mark(database: Database) -> None:
    stream = new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        committed = await journal.append(unit(follow(stream)))
        await journal.append(unit(follow(stream, committed.heads[0], wake=True)))
        await write_chain(journal, new_id(), 3)
        assert [(record.stream, record.position) for record in await reader.read_wake(0, 10)] == [(stream, 3)]
        assert await reader.read_wake(3, 10) == []


async def test_a_moment_has_the_position_committed_then(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        await write_chain(journal, new_id(), 3, 2)
        with connected(database.owner_dsn) as connection:
            rows = connection.execute("select last, at from commits order by last").fetchall()
        assert [await reader.position_at(at) for _, at in rows] == [1, 3, 5, 7]
        assert await reader.position_at(rows[0][1] - timedelta(microseconds=1)) == 0
        assert await reader.position_at(datetime.now(UTC) + timedelta(days=1)) == 7
        with pytest.raises(ValueError, match="offset"):
            await reader.position_at(datetime(2026, 1, 1))  # noqa: DTZ001


async def test_reads_survive_connections_that_were_lost(database: Database) -> None:
    async with running_reader(database.service_dsn) as reader:
        await asyncio.gather(*(reader.last_position() for _ in range(8)))
        with connected(database.service_dsn) as connection:
            killed = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'opus reader' and datname = current_database()",
            ).rowcount
        assert killed > 0
        assert await asyncio.gather(*(reader.last_position() for _ in range(8))) == [1] * 8


async def test_a_database_that_stays_away_is_told(
    database: Database, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "OUTAGE_SECONDS_MAX", 0.3)
    async with cabled(database.service_dsn, short_folder) as cable, running_reader(cable.dsn) as reader:
        assert await reader.last_position() == 1
        cable.refuses = True
        cable.cut()
        with pytest.raises(StoreUnavailable):
            await reader.last_position()


async def test_a_listener_is_told_the_last_position(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        listener = reader.listen(poll_seconds=HINT_SECONDS_MAX)
        assert await hint(listener) is None  # It listens now; what came before is to be read.
        await journal.append(unit(follow(new_id(), events=3)))
        assert await hint(listener) == 4
        await listener.aclose()


async def test_a_listener_polls_although_nothing_is_told(database: Database) -> None:
    async with running_reader(database.service_dsn) as reader:
        listener = reader.listen(poll_seconds=0.01)
        assert [await hint(listener) for _ in range(3)] == [None, None, None]
        await listener.aclose()


async def test_a_listener_survives_a_lost_connection(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        listener = reader.listen(poll_seconds=HINT_SECONDS_MAX)
        await hint(listener)
        with connected(database.service_dsn) as connection:
            killed = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'opus listener' and datname = current_database()",
            ).rowcount
        assert killed == 1
        assert await hint(listener) is None  # Lost: something may have been missed.
        assert await hint(listener) is None  # It listens again.
        await journal.append(unit(follow(new_id())))
        assert await hint(listener) == 2
        await listener.aclose()


async def test_listeners_end_with_the_reader(database: Database) -> None:
    async with running_reader(database.service_dsn) as reader:
        listener = reader.listen(poll_seconds=HINT_SECONDS_MAX)
        await hint(listener)
        waits = asyncio.create_task(_drain(listener))
        await asyncio.sleep(0)
        await reader.stop()
        await asyncio.wait_for(waits, HINT_SECONDS_MAX)


async def _drain(listener: AsyncGenerator[int | None, None]) -> None:
    async for _ in listener:
        pass
