"""Making a backup while the system runs: first the database, then what its events point to."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from event_store.backup.archive import (
    MANIFEST_NAME,
    OTHER_SUFFIXES,
    README_NAME,
    TAR_SUFFIX,
    Manifest,
    Sink,
    StoredFile,
    write_archive,
)
from event_store.backup.dump import dump_database
from event_store.backup.holdings import DATABASE_NAME, Holdings
from event_store.backup.refusals import BackupRefusal
from event_store.locks import COLLECT_LOCK

README = """\
A backup of opus, made {made_at}, with all events up to position {last_position}.

  database.dump   the database, in the custom format of pg_dump (PostgreSQL {postgres_version})
{blobs}
  keys/           the keys: whoever has this backup can read everything in it, so guard it like the system itself
  manifest.json   the SHA-256 of every file here

To bring it back, name a home folder that does not exist yet:

  OPUS_HOME=<folder> opus restore <this backup>

The restored log begins a new epoch: positions and cursors shown before are refused with a sentence.
"""


IN_FOLDER = "  blobs/          stored files and large values"
IN_BUCKET = "  (stored files and large values lie in a bucket, and stay there: keep it as you keep this)"


def backup(target: Path, *, owner_dsn: str, holdings: Holdings) -> Manifest:
    """Write everything worth keeping into a new folder, or a file when the name ends in `.tar`."""
    target = target.absolute()
    if target.exists():
        raise BackupRefusal(f"Expected to make a new backup, but {target} is there already; name another.")
    if target.suffix.lower() in OTHER_SUFFIXES:
        raise BackupRefusal(
            f"Expected the name of a folder, or of a file that ends in {TAR_SUFFIX}, but {target.name} ends in {target.suffix}: "
            "a backup is packed no further."
        )
    if not target.parent.is_dir():
        raise BackupRefusal(f"Expected {target.parent} to be a folder for the backup, but it is not.")
    made_at = datetime.now(UTC)
    postgres_version, last_position = _state_of(owner_dsn)
    # Beside the target, where there is space for it, rather than on a small /tmp.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
        dump = Path(scratch, DATABASE_NAME)
        # Files and keys are durable before the events that name them: copied after the dump, none can be missing.
        with _nothing_collected(owner_dsn), write_archive(target) as sink:
            dump_database(owner_dsn, dump)
            files = [sink.add(DATABASE_NAME, dump)]
            for name, path in holdings.files():
                with suppress(
                    FileNotFoundError
                ):  # What is gone by now was half-written, or part of an upload that ended.
                    files.append(sink.add(name, path))
            text = README.format(
                made_at=made_at,
                last_position=last_position,
                postgres_version=postgres_version,
                blobs=IN_FOLDER if holdings.blobs is not None else IN_BUCKET,
            )
            files.append(_add_text(sink, README_NAME, text, Path(scratch)))
            manifest = Manifest(
                made_at=made_at, postgres_version=postgres_version, last_position=last_position, files=tuple(files)
            )
            _add_text(sink, MANIFEST_NAME, manifest.model_dump_json(indent=2) + "\n", Path(scratch))
    return manifest


@contextmanager
def _nothing_collected(owner_dsn: str) -> Iterator[None]:
    """No stored content is removed or moved as long as the block lasts."""
    with psycopg.connect(owner_dsn, autocommit=True) as session:
        session.execute("SELECT pg_advisory_lock_shared(%s)", (COLLECT_LOCK,))
        yield


def _add_text(sink: Sink, name: str, text: str, scratch: Path) -> StoredFile:
    file = scratch / name
    file.write_text(text)
    return sink.add(name, file)


def _state_of(owner_dsn: str) -> tuple[str, int]:
    """The version of PostgreSQL, and a position that the dump to follow surely holds."""
    with psycopg.connect(owner_dsn) as session:
        version = session.info.parameter_status("server_version") or ""
        try:
            row = session.execute("SELECT coalesce(max(notification_id), 0) FROM stored_events").fetchone()
        except psycopg.errors.UndefinedTable as error:
            raise BackupRefusal("Expected a database of opus, but it has no events table; was it migrated?") from error
    return version.split()[0], row[0] if row else 0
