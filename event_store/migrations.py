"""Brings a database to today's tables, forward only, and refuses one that does not fit this build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, errors, sql

from event_store.epochs import ensure_first_epoch
from event_store.locks import MIGRATE_LOCK
from event_store.server_checks import DatabaseRefused, check_server
from event_store.session import connection_string

FOLDERS = (Path(__file__).parent / "sql",)
"""Where the log's own migrations are; other packages give theirs beside it."""
SERVICE_ROLE = "opus_service"

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_GRANTS = "grants.sql"
_VERSIONS = """
create table if not exists schema_versions (
    folder text not null,
    number integer not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (folder, number)
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of a folder, applied once and never changed afterwards."""

    folder: str
    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """The hash of its text, by which a later change is noticed."""
        return sha256(self.text.encode()).hexdigest()


def migrate(owner_dsn: str, folders: Sequence[Path] = FOLDERS, *, service_role: str = SERVICE_ROLE) -> None:
    """Applies what is missing, each file in a transaction, grants the service its rights, and begins the log's first epoch.

    Safe to call from several processes at once and again at every start. Folders are numbered each on its own and known by
    the package they stand in; a `grants.sql` beside the migrations is run every time, with the role as `{service}`.
    """
    plans = [_migrations(folder) for folder in folders]
    with _owner(owner_dsn) as connection:
        connection.execute("select pg_advisory_lock(%s)", (MIGRATE_LOCK,))
        connection.execute(_VERSIONS)
        for plan in plans:
            done = _applied(connection, plan)
            for migration in plan[len(done) :]:
                _apply(connection, migration)
        if _ensure_role(connection, service_role):
            for folder in folders:
                _grant(connection, folder, service_role)
    ensure_first_epoch(owner_dsn)


def check_schema(dsn: str, folders: Sequence[Path] = FOLDERS) -> None:
    """Refuses, with a sentence, a database that this build must not work on: wrong server, too old or too new a schema."""
    check_server(dsn)
    with _owner(dsn) as connection:
        if connection.execute("select to_regclass('schema_versions')").fetchone() == (None,):
            raise DatabaseRefused("Expected a database with our tables, but it has none; run the migrations first.")
        for folder in folders:
            plan = _migrations(folder)
            if len(_applied(connection, plan)) < len(plan):
                name, number = plan[-1].folder, plan[-1].number
                raise DatabaseRefused(
                    f"Expected the tables of {name} at number {number}, but they are older; run the migrations first.",
                )
        if connection.execute("select count(*) from log").fetchone() == (0,):
            raise DatabaseRefused("Expected a log with its first epoch, but it has none; run the migrations first.")


@contextmanager
def _owner(dsn: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(connection_string(dsn, "opus migrations"), autocommit=True) as connection:
        connection.execute("set search_path = public")
        yield connection


def _migrations(folder: Path) -> list[Migration]:
    """The numbered files of a folder in order; numbers go from 1 without gaps."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        if path.name == _GRANTS:
            continue
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise ValueError(f"Expected migrations numbered 0001, 0002 … in {folder}, but found {path.name}.")
        found.append(Migration(folder.parent.name, int(match[1]), path.stem, path.read_text(encoding="utf-8")))
    if not found:
        raise ValueError(f"Expected migrations in {folder}, but found none.")
    return found


def _applied(connection: Connection[Any], plan: Sequence[Migration]) -> list[Migration]:
    """The part of the plan that the database has; refuses one that is newer than the plan or was migrated by another."""
    folder = plan[0].folder
    rows = connection.execute(
        "select number, name, checksum from schema_versions where folder = %s order by number",
        (folder,),
    ).fetchall()
    if len(rows) > len(plan):
        raise DatabaseRefused(
            f"Expected the tables of {folder} at most at number {len(plan)}, but they are at {len(rows)}: "
            "a newer build has migrated this database; use that build.",
        )
    for migration, row in zip(plan, rows, strict=False):
        if row != (migration.number, migration.name, migration.checksum):
            raise DatabaseRefused(
                f"Expected migration {migration.name} of {folder} as it was applied, but its text has changed since; "
                "a migration is never edited, a new one is added.",
            )
    return list(plan[: len(rows)])


def _apply(connection: Connection[Any], migration: Migration) -> None:
    with connection.transaction():
        connection.execute(migration.text.encode())
        connection.execute(
            "insert into schema_versions (folder, number, name, checksum) values (%s, %s, %s, %s)",
            (migration.folder, migration.number, migration.name, migration.checksum),
        )


def _ensure_role(connection: Connection[Any], role: str) -> bool:
    """Makes the role the parts work under, where the owner may; else the owner's own user is used for both."""
    if connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone() is not None:
        return True
    try:
        connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
    except errors.InsufficientPrivilege:
        return False
    except (errors.DuplicateObject, errors.UniqueViolation):
        pass  # Roles belong to the whole server: someone migrating another database was faster.
    return True


def _grant(connection: Connection[Any], folder: Path, role: str) -> None:
    path = folder / _GRANTS
    if path.exists():
        text = path.read_text(encoding="utf-8").replace("{service}", sql.Identifier(role).as_string(connection))
        with connection.transaction():
            connection.execute(text.encode())
