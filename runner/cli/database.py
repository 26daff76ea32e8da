"""Which database a command works on: the one of OPUS_DATABASE_URL, or the embedded one, started if need be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg

from event_store.backup import BackupRefusal, expect_whole
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.embedded import EmbeddedPostgres, EmbeddedPostgresRefusal
from event_store.keys import KeyRefused
from event_store.migrations import check_schema, migrate
from event_store.server_checks import DatabaseRefused
from event_store.units import StoreUnavailable
from runner.cli.output import telling
from runner.compose import MIGRATION_FOLDERS
from runner.home import HOME_MODE
from runner.refused import Refused
from runner.settings import Settings
from runner.supervisor import Say

_TOLD = (
    EmbeddedPostgresRefusal,
    BackupRefusal,
    DatabaseRefused,
    KeyRefused,
    BlobDamaged,
    BlobMissing,
    StoreUnavailable,
    psycopg.Error,
)


class NoDatabase(Refused):
    """Expected a database, but there is none that runs."""


def telling_all() -> contextlib.AbstractContextManager[None]:
    """Like `telling`, also of what the database and the parts refuse."""
    return telling(*_TOLD)


@contextlib.contextmanager
def own_database(settings: Settings, say: Say) -> Iterator[Settings]:
    """Settings that name a database: the user's own, or the embedded one, which runs as long as the block does."""
    expect_whole(settings.home)
    if not settings.is_embedded:
        yield settings
        return
    server = EmbeddedPostgres(settings.home)
    found = server.start()
    try:
        server.ensure_database()
        say(f"database is ready (PostgreSQL {found.version} in {server.data_folder})")
        yield _naming(settings, server)
    finally:
        server.stop()
        say("database stopped")


@contextlib.contextmanager
def some_database(settings: Settings) -> Iterator[Settings]:
    """Like `own_database`, but an embedded one that runs already is left running."""
    server = EmbeddedPostgres(settings.home)
    if settings.is_embedded and server.is_running():
        yield _naming(settings, server)
        return
    if settings.is_embedded and not server.data_folder.exists():
        message = f"Expected a database in {settings.home}, but there is none yet; `opus up` makes it."
        raise NoDatabase(message)
    with own_database(settings, lambda _: None) as named:
        yield named


def running_database(settings: Settings) -> Settings:
    """Settings that name a database that runs and has today's tables; refuses where there is none."""
    if settings.is_embedded:
        server = EmbeddedPostgres(settings.home)
        if not server.is_running():
            message = (
                f"Expected the embedded database in {settings.home} to run, but it does not; "
                "run `opus up` first, or name a database in OPUS_DATABASE_URL."
            )
            raise NoDatabase(message)
        settings = _naming(settings, server)
    check_schema(settings.database_url or "", MIGRATION_FOLDERS)
    return settings


def migrate_database(settings: Settings) -> None:
    """Brings the database to the tables of this build."""
    settings.home.mkdir(mode=HOME_MODE, parents=True, exist_ok=True)
    migrate(owner_dsn(settings), MIGRATION_FOLDERS)


def owner_dsn(settings: Settings) -> str:
    """How the owner of the tables connects."""
    return settings.owner_database_url or settings.database_url or ""


def _naming(settings: Settings, server: EmbeddedPostgres) -> Settings:
    urls = {"database_url": server.service_dsn(), "owner_database_url": server.owner_dsn()}
    return settings.model_copy(update=urls)
