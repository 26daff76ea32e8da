"""Snapshots: the latest of a fold, and only while the record they stand on is in the log."""

from __future__ import annotations

import pytest

from event_store.snapshots import Snapshot, Snapshots
from tests.conftest import Database
from tests.event_store.notes import connected, new_id, running_journal, running_reader, write_chain

pytestmark = pytest.mark.anyio


async def test_the_latest_state_of_each_fold_is_kept_and_earlier_ones_go(database: Database) -> None:
    stream = new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        heads = [committed.heads[0] for committed in await write_chain(journal, stream, 4)]
        snapshots = Snapshots(reader)
        kept = {
            (version, fold): Snapshot(stream, version, fold, heads[version - 1].hash, f"{version} {fold}".encode())
            for version, fold in ((2, "a"), (3, "a"), (4, "b"))
        }
        for snapshot in (*kept.values(), kept[3, "a"]):
            await snapshots.write(snapshot)
        assert await snapshots.read(stream) == kept[4, "b"]
        assert await snapshots.read(stream, "a") == kept[3, "a"]
        assert await snapshots.read(new_id(), "a") is None
        assert await reader.rows("select count(*) from snapshots", ()) == [(2,)]
        assert await snapshots.drop_others(["b"]) == 1
        assert await snapshots.read(stream, "a") is None


async def test_the_state_of_another_fold_goes_when_nobody_can_be_running_it_any_more(database: Database) -> None:
    stream = new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        head = (await write_chain(journal, stream, 1))[-1].heads[0]
        snapshots = Snapshots(reader)
        await snapshots.write(Snapshot(stream, 1, "old", head.hash, b"state"))
        with connected(database.owner_dsn) as connection:
            connection.execute("update snapshots set at = at - interval '8 days'")
        await snapshots.write(Snapshot(stream, 1, "new", head.hash, b"state"))
        assert await reader.rows("select fingerprint from snapshots", ()) == [("new",)]


async def test_a_state_whose_record_is_another_now_is_not_used(database: Database) -> None:
    stream = new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        head = (await write_chain(journal, stream, 2))[-1].heads[0]
        snapshots = Snapshots(reader)
        await snapshots.write(Snapshot(stream, 2, "a", head.hash, b"state"))
        with connected(database.owner_dsn) as connection:  # As after a restore.
            connection.execute("delete from stored_events where notification_id > 1")
            connection.execute("delete from commits where last > 1")
        await write_chain(journal, stream, 3)
        assert await snapshots.read(stream, "a") is None
