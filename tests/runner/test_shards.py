"""Shards on a real database: who holds them, who held them, and whose runs are still being performed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from event_store.locks import SHARD_LOCK
from event_store.session import Session
from event_store.units import SessionLost
from runner.shards import SESSION_SETTINGS, Shards
from tests.conftest import Database
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio

Enter = Callable[[str], Awaitable[tuple[Shards, Session]]]


@pytest.fixture
async def enter(database: Database) -> AsyncIterator[Enter]:
    """Makes live runners, each with a session of its own."""
    async with AsyncExitStack() as stack:

        async def enter_one(name: str) -> tuple[Shards, Session]:
            session = await Session.open(database.service_dsn, settings=SESSION_SETTINGS)
            stack.push_async_callback(session.close)
            shards = Shards(session, uuid4(), name)
            await shards.enter()
            return shards, session

        yield enter_one


async def end(session: Session, witness: Session) -> None:
    """Closes a session and waits until the database has noticed."""
    await session.close()

    async def is_over() -> bool:
        return await witness.execute("select 1 from pg_stat_activity where pid = %s", (session.backend.pid,)) == []

    await until(is_over)


async def test_each_live_runner_has_a_share_and_no_shard_two_holders(enter: Enter) -> None:
    first, witness = await enter("first")
    beat = await first.beat()
    assert (beat.live, beat.share, len(beat.free)) == (1, 64, 64)
    await first.take(beat.free, 40)
    second, session = await enter("second")
    await enter("third")
    beat = await second.beat()
    assert (beat.live, beat.share, len(beat.free)) == (3, 22, 24)
    assert await second.take(sorted(first.held), 64) == []
    assert len(await second.take(beat.free, beat.share)) == 22
    assert not first.held.keys() & second.held.keys()
    await end(session, witness)
    beat = await first.beat()
    assert (beat.live, len(beat.free)) == (2, 24)


async def test_who_never_held_a_shard_performed_nothing_and_who_lost_it_perhaps_everything(
    stage: Stage, enter: Enter
) -> None:
    first, session = await enter("first")
    await first.take([7], 1)
    assert first.held == {7: 0}
    graph = chain("noop", 1)
    await stage.start_job(graph, await stage.store_graph(graph), value="x")
    second, witness = await enter("second")
    await end(session, witness)
    await second.take([7], 1)
    assert second.held == {7: await stage.system.reader.last_position()}


async def test_who_gives_a_shard_up_in_order_says_up_to_where_it_performed(enter: Enter) -> None:
    first, _ = await enter("first")
    await first.take([7, 8], 2)
    await first.release([7], performed_to=1)
    assert first.mine == {8}
    second, _ = await enter("second")
    assert await second.take([7, 8], 2) == [7]
    assert second.held == {7: 1}


async def test_a_run_that_is_still_performed_elsewhere_is_seen_until_it_is_unlocked(enter: Enter) -> None:
    first, session = await enter("first")
    await first.take([7], 1)
    assert await first.lock_runs(["a", "b", "c"]) == {"a", "b", "c"}
    await first.release([7], performed_to=1)
    second, witness = await enter("second")
    await second.take([7], 1)
    assert second.watched == {7}
    assert await second.unperformed(["a", "b", "x"]) == {"x"}
    await first.unlock_run("a")
    assert await second.unperformed(["a", "b"]) == {"a"}
    assert await second.lost(["a", "b", "c", "x"]) == {"b", "c"}
    await end(session, witness)
    assert await second.unperformed(["a", "b", "c"]) == {"a", "b", "c"}
    await second.forget_late(["b", "c"])
    assert await second.lost(["a", "b", "c"]) == set()


async def test_a_shard_is_orderly_only_when_its_last_holder_gave_it_up(enter: Enter) -> None:
    first, session = await enter("first")
    await first.take([7, 8], 2)
    assert first.orderly == set()
    await first.release([7], performed_to=1)
    second, witness = await enter("second")
    await end(session, witness)
    assert sorted(await second.take([7, 8], 2)) == [7, 8]
    assert second.orderly == {7}


async def test_a_session_that_says_nothing_for_long_is_ended(database: Database, enter: Enter) -> None:
    shards, session = await enter("silent")
    assert await session.execute("show idle_session_timeout") == [("8s",)]
    await session.execute("select set_config('idle_session_timeout', '100ms', false)")
    other, _ = await enter("other")
    await shards.take([7], 1)
    while 7 not in (await other.beat()).free:
        pass
    with pytest.raises(SessionLost):
        await shards.beat()


async def test_the_locks_are_those_of_the_two_integer_form(stage: Stage, enter: Enter) -> None:
    shards, _ = await enter("first")
    await shards.take([7], 1)
    rows = await stage.system.reader.rows(
        "select objid::int from pg_locks where classid = %b and objsubid = 2"
        " and database = (select oid from pg_database where datname = current_database())",
        (SHARD_LOCK,),
    )
    assert rows == [(7,)]
