"""The database as one file and back, by PostgreSQL's own programs of the newest version we carry."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from event_store.backup.refusals import BackupRefusal
from event_store.embedded.binaries import MAJOR_DEFAULT, Binaries, find_binaries

SERVICE_NAME = "opus"
MAJOR_WITH_TRANSACTION_TIMEOUT = 17
UNKNOWN_BEFORE_THAT = b"SET transaction_timeout"
ERROR_CHARACTERS_MAX = 1000


def dump_database(owner_dsn: str, target: Path) -> None:
    """Write all tables, functions and rights into one file, as of one moment."""
    with _connection_file(owner_dsn) as environment:
        arguments = [str(_programs(owner_dsn).program("pg_dump")), "--format=custom", f"--file={target}"]
        done = subprocess.run(
            [*arguments, f"--dbname=service={SERVICE_NAME}"], env=environment, capture_output=True, check=False
        )
    if done.returncode != 0:
        raise BackupRefusal(f"Expected pg_dump to read the database, but it said: {_shown(done.stderr)}")


def restore_database(owner_dsn: str, source: Path) -> None:
    """Bring the dump into an empty database, wholly or not at all."""
    programs = _programs(owner_dsn)
    skipped = None if _server_major(owner_dsn) >= MAJOR_WITH_TRANSACTION_TIMEOUT else UNKNOWN_BEFORE_THAT
    psql = [str(programs.program("psql")), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryFile() as errors,
        _connection_file(owner_dsn) as environment,
        subprocess.Popen(
            [programs.program("pg_restore"), "--no-owner", "--file=-", source],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as reading,
        subprocess.Popen(
            [*psql, f"--dbname=service={SERVICE_NAME}", "--output=/dev/null"],
            env=environment,
            stdin=subprocess.PIPE,
            stderr=errors,
        ) as writing,
    ):
        _pass_on(reading, writing, skipped)
        # One after the other: an end of input that is no end of the dump would be committed by psql.
        if reading.wait() != 0:
            writing.kill()
        _close(writing)
        failed = reading.returncode != 0 or writing.wait() != 0
        errors.seek(0)
        said = errors.read()
    if failed:
        raise BackupRefusal(f"Expected PostgreSQL to take the database of the backup, but it said: {_shown(said)}")


def _pass_on(reading: "subprocess.Popen[bytes]", writing: "subprocess.Popen[bytes]", skipped: bytes | None) -> None:
    assert reading.stdout is not None  # noqa: S101 - both were opened as pipes.
    assert writing.stdin is not None  # noqa: S101
    try:
        for line in reading.stdout:
            if skipped is not None and line.startswith(skipped):
                skipped = None  # The header has it once; what looks like it in the data stays.
                continue
            writing.stdin.write(line)
        writing.stdin.flush()
    except BrokenPipeError:
        reading.kill()  # psql gave up, and its words are shown.


def _close(writing: "subprocess.Popen[bytes]") -> None:
    assert writing.stdin is not None  # noqa: S101 - opened as a pipe.
    try:
        writing.stdin.close()
    except BrokenPipeError:
        return


@contextmanager
def _connection_file(dsn: str) -> Iterator[dict[str, str]]:
    """The environment of a program that connects; the password is in a file of its own, not in the list of processes."""
    with tempfile.NamedTemporaryFile("w", prefix="opus-", suffix=".conf") as file:
        lines = [f"{key}={value}\n" for key, value in conninfo_to_dict(dsn).items() if value is not None]
        file.write(f"[{SERVICE_NAME}]\n{''.join(lines)}")
        file.flush()
        yield {**os.environ, "PGSERVICEFILE": file.name}


def _programs(owner_dsn: str) -> Binaries:
    if (major := _server_major(owner_dsn)) > MAJOR_DEFAULT:
        message = (
            f"Expected a PostgreSQL of version {MAJOR_DEFAULT} or older, whose backup the programs carried here can "
            f"make, but it is {major}; make its backup with its own pg_dump."
        )
        raise BackupRefusal(message)
    return find_binaries(None, None)


def _server_major(dsn: str) -> int:
    with psycopg.connect(dsn) as session:
        return session.info.server_version // 10_000


def _shown(said: bytes) -> str:
    return said.decode(errors="replace").strip()[:ERROR_CHARACTERS_MAX]
