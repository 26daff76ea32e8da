"""A database that is given to a second test is what a new one is; one whose shape a test has changed is given to nobody."""

from __future__ import annotations

import psycopg

from tests.conftest import Database, TemplateDatabase
from tests.emptying import Emptied


def rows(database: Database) -> dict[tuple[str, str], bytes]:
    return Emptied.of(database.owner_dsn).rows


def run(database: Database, *statements: str) -> None:
    with psycopg.connect(database.owner_dsn) as session:
        for statement in statements:
            session.execute(statement.encode())


def oid(database: Database) -> int:
    with psycopg.connect(database.owner_dsn) as session:
        [(found,)] = session.execute("select oid from pg_database where datname = current_database()").fetchall()
    return int(found)


def test_whatever_rows_a_test_has_changed_the_next_finds_those_of_a_new_database(
    template_database: TemplateDatabase,
) -> None:
    new, used = template_database.copy(), template_database.copy()
    expected, was = rows(new), oid(used)
    run(
        used,
        "delete from schema_versions",
        "update views.progress set position = 7",
        "select nextval('external_tasks_number_seq')",
        "insert into views.read_models select (jsonb_populate_record(null::views.read_models, '{}')).* limit 0",
    )
    assert rows(used) != expected
    template_database.drop(used)
    again = template_database.copy()
    try:
        assert oid(again) == was
        assert again.name != used.name
        assert rows(again) == expected
        with psycopg.connect(again.owner_dsn) as session:
            assert session.execute("select nextval('external_tasks_number_seq')").fetchone() == (1,)
    finally:
        template_database.drop(again)
        template_database.drop(new)


def test_a_database_whose_shape_was_changed_is_given_to_nobody(template_database: TemplateDatabase) -> None:
    for change in (
        "alter table claims add column more text",
        "create table views.more (x int)",
        "grant truncate on claims to opus_service",
        "create function more() returns int language sql as 'select 1'",
    ):
        used = template_database.copy()
        run(used, change)
        was = oid(used)
        template_database.drop(used)
        next_ = template_database.copy()
        try:
            assert oid(next_) != was, change
        finally:
            template_database.drop(next_)


def test_who_is_still_connected_is_sent_away_and_does_not_come_back(template_database: TemplateDatabase) -> None:
    used = template_database.copy()
    with psycopg.connect(used.service_dsn) as session:
        template_database.drop(used)
        again = template_database.copy()
        try:
            with psycopg.connect(again.owner_dsn) as other:
                [(connected,)] = other.execute(
                    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                ).fetchall()
            assert connected == 0
            assert session.closed or _is_lost(session)
        finally:
            template_database.drop(again)


def _is_lost(session: psycopg.Connection) -> bool:
    try:
        session.execute("select 1")
    except psycopg.OperationalError:
        return True
    return False
