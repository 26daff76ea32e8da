"""The projector: nothing is lost, nothing doubled, whatever happens to it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import anyio
import psycopg
import pytest

from projections.batch import Projections
from projections.catalogue import READ_MODELS
from projections.progress import ADVANCE, LIVE, read_lag, take_stock
from projections.projector import Projector
from projections.waiting import EVENTS_BEHIND_MAX
from tests.conftest import ROOT, Database
from tests.projections.stories import write_everything
from tests.projections.written import (
    connect,
    contents,
    log_reader,
    new_id,
    project_all,
    projecting,
    reading,
    started,
    until,
    writing,
)

pytestmark = pytest.mark.anyio

JOBS = 20
PROCESS = """
import asyncio, sys
from event_store.reader import Reader
from projections.projector import Projector
async def main():
    reader = Reader(sys.argv[1])
    await reader.start()
    await Projector(sys.argv[1], reader, batch_events=int(sys.argv[2]), poll_seconds=0.05).run()
asyncio.run(main())
"""


async def position(database: Database) -> int:
    """Where the read models stand."""
    async with reading(database) as views:
        [(found,)] = await views.read(b"select position from views.progress")
        return int(found)


@pytest.mark.parametrize("written_every", [1, 4, 1_000])
async def test_rows_do_not_depend_on_how_the_log_came_in_batches(database: Database, written_every: int) -> None:
    async with writing(database) as log:
        await write_everything(log, jobs=JOBS)
        await project_all(database, batch_events=7, written_every=written_every)
        in_small_batches = contents(database)
        with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
            for model in READ_MODELS:
                for table in model.tables:
                    owner.execute(f"truncate views.{table.name}".encode())
            owner.execute("update views.progress set position = 0")
        await project_all(database, batch_events=10_000)
    assert contents(database) == in_small_batches
    assert in_small_batches["jobs"]


async def test_a_write_is_seen_as_soon_as_its_position_is_reached(database: Database) -> None:
    async with writing(database) as log, projecting(database) as (projector, waiting), reading(database) as views:
        await projector.leading()
        for _ in range(20):
            job_id = new_id()
            assert await waiting.wait_for(await log.write(job_id, started()))
            assert await views.read(b"select from views.jobs where job_id = %s", (job_id,))


async def test_what_comes_while_the_projector_gathers_is_projected_together(database: Database) -> None:
    async with writing(database) as log, projecting(database, rest_share=1e6, rest_seconds_max=2.0) as (_, waiting):
        assert await waiting.wait_for(await log.write(new_id(), started()), timeout_seconds=20)
        with psycopg.connect(database.service_dsn, autocommit=True) as heard:
            heard.execute("listen projected")
            for _number in range(5):
                await log.write(new_id(), started())
            assert await waiting.wait_for(log.position, timeout_seconds=20)
            moves = [int(move.payload) for move in heard.notifies(timeout=1, stop_after=1)]
    assert moves == [log.position]


UNDER_LOAD: Mapping[str, Any] = {"gather_seconds": 60.0, "gather_events_min": 1}
"""It takes every batch for one of a rush."""


async def test_who_waits_ends_the_gathering_and_nobody_else_does(database: Database) -> None:
    async with writing(database) as log, projecting(database, **UNDER_LOAD, look_seconds=60.0) as (_, waiting):
        assert await waiting.wait_for(await log.write(new_id(), started()), timeout_seconds=20)
        await log.write(new_id(), started())
        await anyio.sleep(0.5)
        assert waiting.position == log.position - 1
        for _number in range(3):
            assert await waiting.wait_for(log.position, timeout_seconds=20)
            await log.write(new_id(), started())


async def test_who_waits_for_much_of_what_is_gathered_need_not_be_patient(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.waiting.PATIENCE_SECONDS", 60.0)
    async with writing(database) as log, projecting(database, **UNDER_LOAD, look_seconds=60.0) as (_, waiting):
        assert await waiting.wait_for(await log.write(new_id(), started()), timeout_seconds=20)
        for _number in range(EVENTS_BEHIND_MAX):
            await log.write(new_id(), started())
        assert not await waiting.wait_for(log.position, timeout_seconds=0.5)
        assert await waiting.wait_for(await log.write(new_id(), started()), timeout_seconds=20)


async def test_what_is_gathered_is_written_once_and_after_a_silence(database: Database) -> None:
    async with writing(database) as log, projecting(database, **UNDER_LOAD, look_seconds=2.0) as (_, waiting):
        assert await waiting.wait_for(await log.write(new_id(), started()), timeout_seconds=20)
        with psycopg.connect(database.service_dsn, autocommit=True) as heard:
            heard.execute("listen projected")
            for _number in range(8):
                await anyio.sleep(0.1)
                await log.write(new_id(), started())

            async def is_written() -> bool:
                return waiting.position == log.position

            await until(is_written)
            moves = [int(move.payload) for move in heard.notifies(timeout=1, stop_after=1)]
    assert moves == [log.position]


async def test_who_has_not_seen_the_last_move_writes_nothing(database: Database) -> None:
    async with writing(database) as log, log_reader(database) as reader, await connect(database) as connection:
        await log.write(new_id(), started())
        progress, _ = await take_stock(connection, READ_MODELS)
        late = Projections(READ_MODELS, LIVE, reader)
        await late.start(connection)
        last = await project_all(database)
        before = contents(database)
        records = await reader.read_log(progress.position, 100)
        with pytest.raises(psycopg.Error, match="another projector has moved them"):
            await late.write(records, (ADVANCE, (progress.position, progress.generation, last)), connection)
    assert contents(database) == before


async def test_a_second_projector_stands_by_and_takes_over(database: Database) -> None:
    async with writing(database) as log, projecting(database, poll_seconds=0.05) as (first, waiting):
        await first.leading()
        async with projecting(database, poll_seconds=0.05) as (second, _):
            assert await waiting.wait_for(await log.write(new_id(), started()))
            with anyio.move_on_after(0.2):
                await second.leading()
                pytest.fail("two projectors work at once")
            first.stop()
            with anyio.fail_after(10):
                await second.leading()
            assert await waiting.wait_for(await log.write(new_id(), started()), 10)


async def test_a_projector_goes_on_after_it_lost_its_connections(database: Database) -> None:
    async with writing(database) as log, projecting(database) as (projector, waiting):
        await projector.leading()
        for _ in range(3):
            with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
                owner.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and application_name = any(%s)",
                    (["opus projector", "opus reader", "opus listener", "opus waiter"],),
                )
            assert await waiting.wait_for(await log.write(new_id(), started()), 10)


async def test_a_projector_that_is_killed_anywhere_neither_loses_nor_doubles(database: Database) -> None:
    async with writing(database) as log:
        await write_everything(log, jobs=JOBS)
        last = log.position
    kills = 0
    while (reached := await position(database)) < last:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, database.service_dsn, "3", cwd=ROOT
        )
        try:

            async def moved(beyond: int = min(reached + last // 3, last)) -> bool:
                return await position(database) >= beyond

            await until(moved)
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        kills += 1
    assert kills >= 2
    after_kills = contents(database)
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        for model in READ_MODELS:
            for table in model.tables:
                owner.execute(f"truncate views.{table.name}".encode())
        owner.execute("update views.progress set position = 0")
    await project_all(database)
    assert contents(database) == after_kills


async def test_the_lag_is_what_is_not_yet_projected(database: Database) -> None:
    async with writing(database) as log, reading(database) as views, log_reader(database) as reader:
        last = await log.write(new_id(), started())
        lag = await read_lag(views, reader)
        assert (lag.position, lag.log_position, lag.events) == (0, last, last)
        await project_all(database)
        assert (await read_lag(views, reader)).events == 0


async def test_a_projector_stops_at_once(database: Database) -> None:
    async with log_reader(database) as reader:
        projector = Projector(database.service_dsn, reader)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(projector.run())
            await projector.leading()
            projector.stop()
            with anyio.fail_after(2):
                await running
