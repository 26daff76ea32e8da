"""Waiting for read models to come to a position."""

from __future__ import annotations

import asyncio

import anyio
import psycopg
import pytest

from projections import waiting as module
from projections.views import Views
from projections.waiting import Waiting
from tests.conftest import Database
from tests.projections.written import new_id, project_all, projecting, reading, started, until, writing

pytestmark = pytest.mark.anyio


async def test_many_wait_over_one_connection_each_for_its_position(database: Database) -> None:
    async with writing(database) as log, projecting(database) as (_, waiting):
        answers = [asyncio.create_task(waiting.wait_for(position, 10)) for position in range(40)]
        for _ in range(40):
            await log.write(new_id(), started())
        assert await asyncio.gather(*answers) == [True] * 40
        with psycopg.connect(database.owner_dsn) as owner:
            query = "select count(*) from pg_stat_activity where application_name = 'opus waiter' and datname = current_database()"
            assert owner.execute(query.encode()).fetchone() == (1,)


async def test_the_wait_is_bounded_and_leaves_nothing_behind(database: Database) -> None:
    async with reading(database) as views:
        waiting = Waiting(database.service_dsn, views)
        await waiting.start()
        assert await waiting.wait_for(1_000, 0.05) is False
        with anyio.move_on_after(0.01):
            await waiting.wait_for(1_000, 10)
        assert not waiting._waiters
        unanswered = asyncio.create_task(waiting.wait_for(1_000, 10))
        await asyncio.sleep(0)
        await waiting.stop()
        assert await unanswered is False


async def test_a_position_that_comes_in_the_moment_the_time_is_over_breaks_nothing(database: Database) -> None:
    waiting = Waiting(database.service_dsn, Views(database.service_dsn))
    asked = asyncio.create_task(waiting.wait_for(5, 10))
    await asyncio.sleep(0)
    [(_, _, waiter)] = waiting._waiters
    waiter.cancel()  # as the end of its time does; whoever waits hears of it only with the next turn of the loop
    waiting._reached(5)
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not waiting._waiters


async def test_a_position_is_seen_without_a_notification(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LISTEN", b"select")
    waiting = Waiting(database.service_dsn, Views(database.service_dsn))
    await waiting.start()
    try:
        async with writing(database) as log:
            position = await log.write(new_id(), started())
            await project_all(database)
            assert await waiting.wait_for(position, 10)
    finally:
        await waiting.stop()


async def test_without_a_connection_nothing_is_taken_for_seen(database: Database) -> None:
    async with writing(database) as log:
        position = await log.write(new_id(), started())
    await project_all(database)
    waiting = Waiting(database.service_dsn, Views(database.service_dsn))
    await waiting.start()
    try:
        assert await waiting.wait_for(position, 10)
        with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
            owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'opus waiter'"
            )

        async def unknown() -> bool:
            return waiting.position is None

        await until(unknown)
        assert await waiting.wait_for(position, 10)
    finally:
        await waiting.stop()
