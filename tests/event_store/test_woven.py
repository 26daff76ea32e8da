"""Several streams read as one: what was written, in order of position, between two positions."""

from __future__ import annotations

import pytest

from event_store.units import Head
from event_store.woven import count_events, last_of_topic, read_between, read_topic, version_at
from tests.conftest import Database
from tests.event_store.notes import Noted, follow, new_id, running_journal, running_reader, unit

pytestmark = pytest.mark.anyio

ROUNDS = 4


async def test_streams_are_read_as_one_from_both_ends(database: Database) -> None:
    streams = [new_id() for _ in range(3)]
    woven = streams[:2]
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        heads = [Head()] * len(streams)
        for _ in range(ROUNDS):
            for index, stream in enumerate(streams):
                heads[index] = (await journal.append(unit(follow(stream, heads[index])))).heads[0]
        log = await reader.read_log(0, 100)
        last = log[-1].position
        expected = [record for record in log if record.stream in woven]
        assert await read_between(reader, woven, 0, last + 1, 100) == expected
        assert await read_between(reader, woven, 0, last + 1, 3) == expected[:3]
        assert await read_between(reader, woven, 0, last + 1, 3, newest=True) == expected[-3:]
        first, end = expected[1].position, expected[5].position
        assert await read_between(reader, woven, first, end, 100) == expected[2:5]
        assert await read_between(reader, woven, first, end, 2, newest=True) == expected[3:5]
        assert await read_between(reader, [], 0, last + 1, 100) == []
        assert await count_events(reader, woven, last) == len(expected)
        assert await count_events(reader, woven, end) == 6
        assert [await version_at(reader, streams[0], record.position) for record in log[1:5]] == [1, 1, 1, 2]
        assert await version_at(reader, streams[2], log[0].position) == 0
        assert [record.version for record in await read_topic(reader, streams[0], Noted.wire, 3)] == [1, 2, 3]
        assert [record.version for record in await read_topic(reader, streams[0], Noted.wire, 3, after=1)] == [2, 3]
        assert await read_topic(reader, streams[0], "test.other.v1", 3) == []
        assert [record.version for record in await last_of_topic(reader, streams[0], Noted.wire, 2)] == [2]
        assert await last_of_topic(reader, streams[0], "test.other.v1", 3) == []
