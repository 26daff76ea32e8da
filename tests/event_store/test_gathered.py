"""Reads of streams that come together: one query for many, to each its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from psycopg.rows import TupleRow

from event_store.gathered import READS_AT_ONCE_MAX, ROWS_TOGETHER_MAX, Gathered
from event_store.reader import Reader, records_of
from event_store.session import Statement
from event_store.units import StoreUnavailable
from tests.conftest import Database
from tests.event_store.notes import new_id, running_journal, running_reader, write_chain

pytestmark = pytest.mark.anyio


def counted(reader: Reader) -> tuple[Gathered, list[Statement]]:
    """Reads together, and the queries that were made for it."""
    queries: list[Statement] = []

    async def rows(query: Statement, parameters: Sequence[Any]) -> list[TupleRow]:
        queries.append(query)
        return await reader.rows(query, parameters)

    return Gathered(rows), queries


async def test_tails_that_are_asked_for_together_share_queries_and_get_what_they_asked_for(database: Database) -> None:
    streams = [new_id() for _ in range(30)]
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        await asyncio.gather(*(write_chain(journal, stream, 4) for stream in streams))

        gathered, queries = counted(reader)
        asked = [(stream, number % 5, number % 3 + 1) for number, stream in enumerate([*streams, new_id()])]
        found = await asyncio.gather(*(gathered.read_tail(*each) for each in asked))
        for (stream, after, most), rows_of_one in zip(asked, found, strict=True):
            expected = await reader.read_stream(stream, after_version=after, limit=most)
            assert records_of(rows_of_one) == expected
            assert await reader.read_tail(stream, after, most) == expected
    assert len(queries) <= READS_AT_ONCE_MAX


async def test_versions_that_are_asked_for_together_share_queries_and_get_what_they_asked_for(
    database: Database,
) -> None:
    streams = [new_id() for _ in range(30)]
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        await asyncio.gather(*(write_chain(journal, stream, 4) for stream in streams))

        gathered, queries = counted(reader)
        asked = [(stream, [[1], [2, 4], [3, 9], [9]][number % 4]) for number, stream in enumerate([*streams, new_id()])]
        found = await asyncio.gather(*(gathered.read_versions(*each) for each in asked))
        for (stream, versions), rows_of_one in zip(asked, found, strict=True):
            expected = [record for record in await reader.read_stream(stream) if record.version in versions]
            assert records_of(rows_of_one) == expected
            assert await reader.read_versions(stream, [*versions, *versions]) == expected
    assert len(queries) <= READS_AT_ONCE_MAX


async def test_no_query_names_more_records_than_one_may_hold() -> None:
    lines: list[int] = []

    async def rows(_query: Statement, parameters: Sequence[Any]) -> list[TupleRow]:
        lines.append(len(parameters[0]))
        return []

    gathered = Gathered(rows)
    await asyncio.gather(*(gathered.read_versions(new_id(), range(1, 101)) for _ in range(12)))
    assert sum(lines) == 1_200
    assert max(lines) == ROWS_TOGETHER_MAX


async def test_a_read_that_fails_fails_for_all_who_share_it_and_for_nobody_after_them() -> None:
    broken = True

    async def rows(_query: Statement, _parameters: Sequence[Any]) -> list[TupleRow]:
        if broken:
            raise StoreUnavailable
        return []

    gathered = Gathered(rows)
    outcomes = await asyncio.gather(*(gathered.read_tail(new_id(), 0, 1) for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 5
    broken = False
    assert await gathered.read_tail(new_id(), 0, 1) == []


async def test_who_no_longer_waits_takes_nothing_from_the_others(database: Database) -> None:
    stream = new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        await write_chain(journal, stream, 2)
        leaving = asyncio.create_task(reader.read_tail(stream, 0, 10))
        staying = asyncio.create_task(reader.read_tail(stream, 0, 10))
        await asyncio.sleep(0)
        leaving.cancel()
        assert [record.version for record in await staying] == [1, 2]
    assert leaving.cancelled()


async def test_what_is_asked_for_at_the_very_moment_all_readings_end_is_read() -> None:
    """The readings have ended when one of the askers goes on, but the loop has not yet told anyone that their tasks are done."""
    doors = [asyncio.get_running_loop().create_future() for _ in range(READS_AT_ONCE_MAX)]
    begun: asyncio.Queue[None] = asyncio.Queue()
    shut = iter(doors)

    async def rows(_query: Statement, _parameters: Sequence[Any]) -> list[TupleRow]:
        begun.put_nowait(None)
        if (door := next(shut, None)) is not None:
            await door
        return []

    gathered = Gathered(rows)

    async def ask(times: int) -> None:
        for _ in range(times):
            await gathered.read_tail(new_id(), 0, 1)

    askers = []
    for number in range(READS_AT_ONCE_MAX):
        askers.append(asyncio.create_task(ask(1 if number else 2)))
        await begun.get()
    for door in doors:
        door.set_result(None)
    async with asyncio.timeout(5):
        await asyncio.gather(*askers)
