"""Epochs: the first begins the log, each restore begins another, and the log says so itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.log.events import LogEpochBegan, LostPositions
from event_store.epochs import LOG_WORKSPACE, LogIdentity, begin_epoch, ensure_first_epoch
from event_store.mapper import Mapper
from event_store.verify import verify_log
from tests.conftest import Database
from tests.event_store.notes import connected, new_id, running_journal, running_reader, write_chain

pytestmark = pytest.mark.anyio

MAPPER = Mapper({LogEpochBegan.wire: LogEpochBegan})


async def test_the_log_begins_with_its_first_epoch_at_position_1(every_database: Database) -> None:
    async with running_reader(every_database.service_dsn) as reader:
        identity = await reader.identity()
        (record,) = await reader.read_log(0, 10)
        assert (record.position, record.stream, record.version, record.workspace) == (1, identity.log, 1, LOG_WORKSPACE)
        assert MAPPER.event(record) == LogEpochBegan(
            log_id=identity.log,
            epoch=1,
            last_position=0,
            last_hash="0" * 64,
            cause="began",
            begun_by="system:log",
        )


async def test_the_first_epoch_begins_once(database: Database) -> None:
    with connected(database.owner_dsn) as connection:  # As if it had never begun.
        connection.execute("truncate stored_events, commits, log")
    with ThreadPoolExecutor(4) as threads:
        identities = set(threads.map(ensure_first_epoch, [database.owner_dsn] * 4))
    async with running_reader(database.service_dsn) as reader:
        assert identities == {await reader.identity()}
        assert await reader.last_position() == 1


async def test_a_restore_begins_an_epoch_that_says_what_it_took_over_and_what_was_lost(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        last = (await write_chain(journal, new_id(), 4))[-1]
        before = await reader.identity()
        identity = begin_epoch(database.owner_dsn, reason="disk broke", actor="member:1", last_known=9)
        assert identity == await reader.identity() == LogIdentity(before.log, 2)
        (record,) = await reader.read_log(5, 10)
        assert MAPPER.event(record) == LogEpochBegan(
            log_id=before.log,
            epoch=2,
            last_position=5,
            last_hash=last.heads[0].hash,
            cause="restored",
            lost=LostPositions(first=6, last=9),
            begun_by="member:1",
            reason="disk broke",
        )
        begin_epoch(database.owner_dsn, reason=None, actor="member:1", last_known=6)
        (third,) = await reader.read_log(6, 10)
        assert (third.stream, third.version) == (before.log, 3)
        assert [finding async for finding in verify_log(reader)] == []


async def test_no_epoch_follows_where_none_began(database: Database) -> None:
    with connected(database.owner_dsn) as connection:
        connection.execute("truncate stored_events, commits, log")
    with pytest.raises(LookupError, match="no epoch yet"):
        begin_epoch(database.owner_dsn, reason=None, actor="member:1")
