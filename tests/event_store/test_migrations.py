"""Migrations: once, in order, from any number of processes; and databases that are refused with a sentence."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from event_store import server_checks
from event_store.migrations import FOLDERS, check_schema, migrate
from event_store.server_checks import DatabaseRefused, pooled
from tests.conftest import Database
from tests.event_store.notes import connected


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations of another package."""
    sql_folder = tmp_path / "readings" / "sql"
    sql_folder.mkdir(parents=True)
    (sql_folder / "0001_readings.sql").write_text("create table readings (id int primary key);")
    (sql_folder / "grants.sql").write_text("grant select, insert on readings to {service};")
    return sql_folder


@pytest.fixture
def bare(database: Database) -> Iterator[str]:
    """The owner's address of an empty database."""
    name = f"bare_{secrets.token_hex(6)}"
    with connected(database.owner_dsn) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield psycopg.conninfo.make_conninfo(database.owner_dsn, dbname=name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_each_migration_is_applied_once(every_database: Database) -> None:
    query = "select folder, number, name, applied_at from schema_versions where folder = 'event_store' order by 2"
    with connected(every_database.owner_dsn) as connection:
        before = connection.execute(query).fetchall()
        migrate(every_database.owner_dsn)
        assert connection.execute(query).fetchall() == before
    names = ("0001_log", "0002_append", "0003_secrets", "0004_look_ups")
    assert [row[:3] for row in before] == [("event_store", number, name) for number, name in enumerate(names, 1)]
    check_schema(every_database.service_dsn)


def test_processes_that_start_at_once_migrate_once(bare: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [bare] * 4))
    with connected(bare) as connection:
        assert connection.execute("select count(*) from stored_events").fetchone() == (1,)
        assert connection.execute("select count(*) from schema_versions").fetchone() == (4,)


def test_other_packages_bring_their_own_tables(database: Database, folder: Path) -> None:
    with pytest.raises(DatabaseRefused, match="readings at number 1, but they are older"):
        check_schema(database.service_dsn, [*FOLDERS, folder])
    migrate(database.owner_dsn, [*FOLDERS, folder])
    check_schema(database.service_dsn, [*FOLDERS, folder])
    with psycopg.connect(database.service_dsn) as connection:
        connection.execute("insert into readings values (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from readings")


def test_a_migration_that_fails_leaves_nothing(database: Database, folder: Path) -> None:
    (folder / "0002_broken.sql").write_text("create table more (id int); select nothing from nowhere;")
    with pytest.raises(psycopg.errors.UndefinedTable):
        migrate(database.owner_dsn, [folder])
    with connected(database.owner_dsn) as connection:
        assert connection.execute("select to_regclass('readings') is null, to_regclass('more')").fetchone() == (
            False,
            None,
        )


def test_a_newer_database_is_refused(database: Database, folder: Path) -> None:
    (folder / "0002_more.sql").write_text("create table more (id int);")
    migrate(database.owner_dsn, [folder])
    (folder / "0002_more.sql").unlink()
    for refused in (check_schema, migrate):
        with pytest.raises(DatabaseRefused, match="a newer build has migrated"):
            refused(database.owner_dsn, [folder])


def test_an_edited_migration_is_refused(database: Database, folder: Path) -> None:
    migrate(database.owner_dsn, [folder])
    (folder / "0001_readings.sql").write_text("create table readings (id bigint primary key);")
    with pytest.raises(DatabaseRefused, match="0001_readings of readings as it was applied"):
        migrate(database.owner_dsn, [folder])


def test_numbers_have_no_gaps(database: Database, folder: Path) -> None:
    (folder / "0003_more.sql").write_text("create table more (id int);")
    with pytest.raises(ValueError, match="found 0003_more"):
        migrate(database.owner_dsn, [folder])


def test_a_database_without_our_tables_is_refused(bare: str) -> None:
    with pytest.raises(DatabaseRefused, match="run the migrations first"):
        check_schema(bare)


def test_one_user_may_be_owner_and_service(every_database: Database) -> None:
    check_schema(every_database.owner_dsn)


def test_an_owner_who_may_not_make_roles_works_under_its_own(bare: str) -> None:
    role = f"opus_absent_{secrets.token_hex(4)}"
    migrate(bare, service_role=role)
    check_schema(bare)
    with connected(bare) as connection:
        assert connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone() is None


def test_an_old_server_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_checks, "SERVER_VERSION_MIN", 99)
    with pytest.raises(DatabaseRefused, match="Expected PostgreSQL 99 or newer"):
        check_schema(database.service_dsn)


def test_another_encoding_is_refused(database: Database) -> None:
    name = f"latin_{secrets.token_hex(6)}"
    create = "create database {} encoding 'LATIN1' locale 'C' template template0"
    with connected(database.owner_dsn) as connection:
        connection.execute(sql.SQL(create).format(sql.Identifier(name)))
        try:
            with pytest.raises(DatabaseRefused, match="UTF8, but this one is in LATIN1"):
                check_schema(psycopg.conninfo.make_conninfo(database.owner_dsn, dbname=name))
        finally:
            connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))


def test_two_connections_that_share_a_session_are_noticed(database: Database) -> None:
    with (
        psycopg.connect(database.service_dsn, autocommit=True) as one,
        psycopg.connect(database.service_dsn, autocommit=True) as other,
    ):
        assert not pooled(one, other)
        assert pooled(one, one)
