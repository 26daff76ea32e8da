"""Bringing a backup back into an empty place, where a new epoch of the log begins."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from event_store.backup.archive import Manifest, unpack
from event_store.backup.dump import restore_database
from event_store.backup.holdings import DATABASE_NAME, Holdings
from event_store.backup.refusals import BackupRefusal
from event_store.blobs import MARK
from event_store.embedded import EmbeddedPostgres
from event_store.epochs import LogIdentity, begin_epoch
from event_store.migrations import FOLDERS, migrate

FIND_TABLE = "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1"
UNPACKED_NAME = "restoring"


@dataclass(frozen=True)
class Restored:
    """What was brought back, and the epoch that began with it."""

    manifest: Manifest
    log: LogIdentity


def restore(
    source: Path,
    *,
    holdings: Holdings,
    actor: str,
    owner_dsn: str | None = None,
    migrations: Sequence[Path] = FOLDERS,
) -> Restored:
    """Bring a backup into an empty home folder and its embedded database, or the empty database given.

    The tables become today's, and a new epoch of the log begins. Nothing is kept of an attempt that fails.
    """
    for folder in holdings.folders():
        _expect_empty(folder)
    for key in (holdings.master_key_file, holdings.secrets_keys_file):
        if key.exists():
            raise BackupRefusal(f"Expected no key at {key}, but there is one; name another place.")
    unpacked = holdings.home / UNPACKED_NAME
    with _home_undone_on_failure(holdings):
        manifest = unpack(source, unpacked)
        with _database(holdings.home, owner_dsn) as dsn:
            _expect_no_tables(dsn)
            restore_database(dsn, unpacked / DATABASE_NAME)
            for file in manifest.files:
                if (place := holdings.place_of(file.name)) is not None:
                    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    shutil.move(unpacked / file.name, place)
            if holdings.blobs is not None and (mark := holdings.blobs / MARK).exists():
                mark.write_bytes(b"")  # The folder is this installation's own, whosever the one was that was copied.
            migrate(dsn, migrations)
            reason = f"Restored from the backup of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC."
            identity = begin_epoch(dsn, reason=reason, actor=actor)
        shutil.rmtree(unpacked)  # Last: while it is there, the restore is not finished.
    return Restored(manifest=manifest, log=identity)


def expect_whole(home: Path) -> None:
    """Refuse a home folder into which a restore was cut off: its log may lack its new epoch."""
    if (home / UNPACKED_NAME).exists():
        message = (
            f"Expected {home} to be whole, but a restore into it was cut off or still runs; "
            "when none runs, delete the folder and restore again."
        )
        raise BackupRefusal(message)


def _expect_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"Expected {folder} to be empty for a restore, but it is not; name a new home folder with OPUS_HOME."
        raise BackupRefusal(message)


def _expect_no_tables(dsn: str) -> None:
    with psycopg.connect(dsn) as session:
        row = session.execute(FIND_TABLE).fetchone()
    if row is not None:
        raise BackupRefusal(f"Expected an empty database for a restore, but it has a table {row[0]}.")


@contextmanager
def _database(home: Path, owner_dsn: str | None) -> Iterator[str]:
    if owner_dsn is not None:
        yield owner_dsn
        return
    with EmbeddedPostgres(home) as server:
        yield server.ensure_database()


@contextmanager
def _home_undone_on_failure(holdings: Holdings) -> Iterator[None]:
    made = not holdings.home.exists()
    holdings.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        EmbeddedPostgres(holdings.home).destroy()
        for folder in holdings.folders():
            for path in folder.iterdir() if folder.exists() else ():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for file in (holdings.master_key_file, holdings.secrets_keys_file):
            file.unlink(missing_ok=True)
        if made:
            holdings.home.rmdir()
        raise
