"""DuckDB for Parquet files alone: it may open the files it is given and nothing else, neither network, disk nor extensions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from runner.actions.tables.frames import TableRefused

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "256MB"
_SETTINGS = (
    "set threads = 1",
    f"set memory_limit = '{MEMORY}'",
    "set temp_directory = ''",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set python_enable_replacements = false",
    "set enable_progress_bar = false",
    "set TimeZone = 'UTC'",
)


def path_of(file: BinaryIO) -> str:
    """The path under which this process can open an open file again, though it has no name."""
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    return f"{folder}/{file.fileno()}"


@contextmanager
def connected(*files: BinaryIO) -> Iterator[DuckDBPyConnection]:
    """A connection to an empty database in memory that can reach these files only; its failures are told as refusals."""
    import duckdb  # noqa: PLC0415 - on first use

    connection = duckdb.connect(":memory:")
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
        paths = ", ".join(f"'{path_of(file)}'" for file in files)
        connection.execute(f"set allowed_paths = [{paths}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection
    except duckdb.OutOfMemoryException:
        raise TableRefused(
            "TOO_LARGE", "Expected a table that can be handled in bounded memory, but it needs more."
        ) from None
    except duckdb.Error as error:
        said = " ".join(str(error).split())[:200]
        raise TableRefused(
            "FILE_BROKEN", f"Expected a table that can be read or written as Parquet, but: {said}"
        ) from None
    finally:
        connection.close()
