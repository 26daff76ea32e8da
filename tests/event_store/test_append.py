"""The function that appends: what it guarantees whoever calls it, and what the service may not do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from event_store.batches import prepare
from event_store.recorder import APPEND, columns
from event_store.units import Append, Claim, Head
from tests.conftest import Database
from tests.event_store.notes import WRITER, connected, follow, new_id, unit

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def append(dsn: str, *appends: Append, claims: list[Claim] | None = None, before: bytes = b"select 1") -> int:
    """Calls the function for one unit, after a statement on the same session; gives the last position."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(before)
        unit_columns = columns([prepare(unit(*appends, claims=claims or []), NOW, WRITER)])
        row = connection.execute(APPEND, unit_columns).fetchone()
    assert row is not None
    return int(row[0])


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    """What the owner sees."""
    with connected(database.owner_dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_positions_have_no_gaps_also_after_a_refused_append(every_database: Database) -> None:
    stream = new_id()
    assert append(every_database.service_dsn, follow(stream, events=3)) == 4
    with pytest.raises(errors.UniqueViolation):
        append(every_database.service_dsn, follow(new_id()), follow(stream))
    assert append(every_database.service_dsn, follow(new_id(), events=2)) == 6
    found = rows(every_database, "select notification_id, originator_version from stored_events order by 1")
    assert found == [(1, 1), (2, 1), (3, 2), (4, 3), (5, 1), (6, 2)]


def test_commits_map_each_append_to_its_moment(database: Database) -> None:
    append(database.service_dsn, follow(new_id(), events=3))
    with connected(database.owner_dsn) as connection:
        connection.execute("update commits set at = at + interval '1 day' where last = 4")  # The clock goes back a day.
    append(database.service_dsn, follow(new_id()))
    found = rows(database, "select first, last, at from commits order by last")
    assert [row[:2] for row in found] == [(1, 1), (2, 4), (5, 5)]
    assert found[1][2] == found[2][2] > datetime.now(UTC) + timedelta(hours=23)


def test_events_follow_a_record_that_is_there(database: Database) -> None:
    stream = new_id()
    append(database.service_dsn, follow(stream))
    for head in (Head(1, "ab" * 32, NOW), Head(7, "ab" * 32, NOW)):
        with pytest.raises(errors.DatabaseError) as caught:
            append(database.service_dsn, follow(stream, head))
        assert caught.value.sqlstate == "OP001"
    assert rows(database, "select count(*) from stored_events") == [(2,)]


def test_each_record_is_looked_up_whatever_the_planner_believes_of_the_log(database: Database) -> None:
    streams = [new_id() for _ in range(100)]
    with connected(database.owner_dsn) as owner:
        owner.execute("analyze stored_events")  # Now it is known to have one record.
    begun = prepare(unit(*map(follow, streams)), NOW, WRITER)
    fetched = "select idx_tup_fetch from pg_stat_xact_user_tables where relname = 'stored_events'"
    with psycopg.connect(database.service_dsn) as connection:
        connection.execute(APPEND, columns([begun]))
        for _ in range(10):  # From the sixth time on a plan is kept.
            connection.execute("select pg_stat_force_next_flush()")
            connection.commit()
            goes_on = unit(*(follow(stream, head) for stream, head in zip(streams, begun.heads, strict=True)))
            begun = prepare(goes_on, NOW, WRITER)
            connection.execute(APPEND, columns([begun]))
            [(looked_at,)] = connection.execute(fetched).fetchall()
            assert len(streams) <= looked_at < 1.5 * len(streams)


def test_nothing_is_written_over_a_log_whose_end_was_removed(database: Database) -> None:
    append(database.service_dsn, follow(new_id(), events=3))
    with connected(database.owner_dsn) as connection:
        connection.execute("delete from stored_events where notification_id > 2")
    with pytest.raises(errors.DatabaseError, match="go on after position 4, but it ends at 2"):
        append(database.service_dsn, follow(new_id()))


def test_a_claim_is_written_with_its_events_or_not_at_all(database: Database) -> None:
    first, second = new_id(), new_id()
    append(database.service_dsn, follow(first, events=2), claims=[Claim("command", "c-1", first, "d")])
    with pytest.raises(errors.UniqueViolation):
        append(database.service_dsn, follow(second), claims=[Claim("command", "c-1", second, "d")])
    found = rows(database, "select kind, key, stream, first_version, last_version, digest from claims")
    assert found == [("command", "c-1", first, 1, 2, "d")]
    assert rows(database, f"select count(*) from stored_events where originator_id = '{second}'") == [(0,)]


def test_an_append_is_durable_whatever_the_session_says(database: Database) -> None:
    with psycopg.connect(database.service_dsn) as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute(APPEND, columns([prepare(unit(follow(new_id())), NOW, WRITER)]))
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)


def test_an_append_that_could_not_see_the_last_one_is_refused(database: Database) -> None:
    with pytest.raises(errors.DatabaseError, match="read committed, but it runs at repeatable read"):
        append(database.service_dsn, follow(new_id()), before=b"set default_transaction_isolation = 'repeatable read'")


FORBIDDEN = (
    "insert into stored_events select * from stored_events",
    "update stored_events set state = state",
    "delete from stored_events",
    "truncate stored_events",
    "alter table stored_events add column more int",
    "drop table stored_events",
    "insert into claims select * from claims",
    "update claims set digest = ''",
    "delete from commits",
    "update log set epoch = 9",
    "delete from schema_versions",
    "create table mine (id int)",
    "select take_append_lock()",
)


def test_the_service_may_only_append(every_database: Database) -> None:
    for statement in FORBIDDEN:
        with psycopg.connect(every_database.service_dsn) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_nobody_else_may_append(database: Database) -> None:
    found = rows(
        database,
        "select proname, has_function_privilege('pg_monitor', oid, 'execute') from pg_proc"
        " where proname in ('append', 'append_conflicts', 'append_settled', 'take_append_lock') order by 1",
    )
    assert found == [(name, False) for name in ("append", "append_conflicts", "append_settled", "take_append_lock")]
