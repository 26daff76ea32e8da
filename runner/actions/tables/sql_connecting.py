"""Connections to PostgreSQL, MySQL and SQLite, each by its driver: bounded in time, at exactly the addresses that were judged."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from domain.kinds.sql_text import SqlRefused, bound
from runner.actions.tables.frames import TableRefused

if TYPE_CHECKING:
    import sqlite3

    import psycopg
    import pymysql

CONNECT_SECONDS_MAX = 10
SQL_FAILED, SQL_REFUSED, DATABASE_UNREACHABLE = "SQL_FAILED", "SQL_REFUSED", "DATABASE_UNREACHABLE"
SAID_CHARACTERS_MAX = 300
AGAIN = frozenset({"08", "40", "53", "57"})
"""Classes of SQLSTATE that another try may not meet: connection, rollback, resources, intervention."""
MYSQL_SESSION = "set time_zone = '+00:00', sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES')"
"""A server that is not strict would cut texts and numbers that do not fit, and only warn."""
MYSQL_UNREACHED = frozenset({2002, 2003, 2026})
"""No connection, or none by TLS."""
MYSQL_AGAIN = frozenset({1040, 1203, 1205, 1213, 2002, 2003, 2006, 2013})


def bindable(value: Any, wire: str, driver: str) -> Any:
    """A value of ours as drivers take it: an exact decimal, a date, JSON as text; a moment by the clocks of UTC, since some columns drop offsets."""
    match value:
        case str() if wire == "decimal":
            return Decimal(value)
        case str() if wire == "date" and len(value) == len("2026-01-31"):
            return date.fromisoformat(value)
        case str() if wire == "date" and driver != "sqlite":
            moment = datetime.fromisoformat(value).astimezone(UTC)
            return (moment.replace(tzinfo=None) if driver == "mysql" else moment).isoformat(sep=" ")
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def written(statement: str, driver: str) -> str:
    """The statement with the driver's own places for its parameters; raises TableRefused."""
    try:
        if driver == "sqlite":
            return bound(statement, lambda name: f":{name}")
        return bound(statement, lambda name: f"%({name})s", doubled="%")
    except SqlRefused as refused:
        raise TableRefused(SQL_REFUSED, str(refused)) from None


@contextmanager
def postgresql(database: Mapping[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection to PostgreSQL; what fails is told as a refusal."""
    import psycopg  # noqa: PLC0415 - on first use

    milliseconds = int(database["seconds"] * 1000)
    with _certificate(database) as certificate:
        tls = {"verify": "verify-full", "require": "require", "none": "disable"}[database["tls"]]
        try:
            with psycopg.connect(
                host=",".join([database["host"]] * len(database["addresses"])),
                hostaddr=",".join(database["addresses"]),
                port=database["port"],
                dbname=database["database"],
                user=database["username"],
                password=database["password"],
                sslmode=tls,
                gssencmode="disable",
                connect_timeout=CONNECT_SECONDS_MAX,
                application_name="opus",
                options=f"-c timezone=UTC -c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds}",
                prepare_threshold=None,
                sslrootcert=certificate if database["tls"] == "verify" else None,
            ) as connection:
                yield connection
        except psycopg.Error as error:
            state = error.sqlstate or ""
            raise _failed(state, str(error), again=not state or state[:2] in AGAIN, reached=bool(state)) from None


@contextmanager
def mysql(database: Mapping[str, Any]) -> Iterator[pymysql.connections.Connection[Any]]:
    """A connection to MySQL or MariaDB; what fails is told as a refusal."""
    import pymysql  # noqa: PLC0415 - on first use
    from pymysql.cursors import SSCursor  # noqa: PLC0415 - on first use

    connection = pymysql.connections.Connection(
        host=database["host"],
        port=database["port"],
        user=database["username"],
        password=database["password"],
        database=database["database"],
        charset="utf8mb4",
        cursorclass=SSCursor,
        connect_timeout=CONNECT_SECONDS_MAX,
        read_timeout=max(1, int(database["seconds"])),
        write_timeout=max(1, int(database["seconds"])),
        ssl=_context(database),
        local_infile=False,
        init_command=MYSQL_SESSION,
        defer_connect=True,
    )
    try:
        connection.connect(_socket(database))
        try:
            yield connection
        finally:
            connection.close()
    except pymysql.MySQLError as error:
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        said = str(error.args[1]) if len(error.args) > 1 else type(error).__name__
        raise _failed(str(number), said, again=number in MYSQL_AGAIN, reached=number not in MYSQL_UNREACHED) from None
    except (OSError, ssl.SSLError) as error:
        raise _failed("", str(error), again=True, reached=False) from None


@contextmanager
def sqlite(path: str, *, changes: bool, seconds: float) -> Iterator[sqlite3.Connection]:
    """A SQLite database; one that is only read allows nothing but that."""
    import sqlite3  # noqa: PLC0415 - on first use

    mode = "rw" if changes else "ro"
    try:
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode={mode}", uri=True, timeout=min(seconds, 30.0), isolation_level=None
        )
        try:
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.execute("pragma trusted_schema = off")
            if not changes:
                connection.execute("pragma query_only = on")
            connection.set_authorizer(_allows_changes if changes else _allows_reading)
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        again = name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
        raise _failed(name, str(error), again=again, reached=name != "SQLITE_CANTOPEN") from None


def _allows_reading(action: int, *_: object) -> int:
    import sqlite3  # noqa: PLC0415 - on first use

    allowed = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def _allows_changes(action: int, *_: object) -> int:
    import sqlite3  # noqa: PLC0415 - on first use

    refused = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA}
    return sqlite3.SQLITE_DENY if action in refused else sqlite3.SQLITE_OK


def _failed(state: str, said: str, *, again: bool, reached: bool) -> TableRefused:
    text = " ".join(said.split())[:SAID_CHARACTERS_MAX]
    if not reached:
        return TableRefused(DATABASE_UNREACHABLE, f"Expected the database to be reached, but: {text}", retryable=again)
    return TableRefused(
        SQL_FAILED,
        f"Expected the database to do what it was asked, but it said: {text}",
        {"state": state},
        retryable=again,
    )


@contextmanager
def _certificate(database: Mapping[str, Any]) -> Iterator[str]:
    """The file of the authority a server's certificate is signed by: the credential's, else the system's."""
    if database.get("certificate") is None:
        paths = ssl.get_default_verify_paths()
        yield paths.cafile or paths.openssl_cafile
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(database["certificate"])
        file.flush()
        yield file.name


def _context(database: Mapping[str, Any]) -> ssl.SSLContext | None:
    if database["tls"] == "none":
        return None
    context = ssl.create_default_context(cadata=database.get("certificate"))
    if database["tls"] == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _socket(database: Mapping[str, Any]) -> socket.socket:
    error: OSError | None = None
    for address in database["addresses"]:
        try:
            connected = socket.create_connection((address, database["port"]), CONNECT_SECONDS_MAX)
        except OSError as failed:
            error = failed
        else:
            connected.settimeout(max(1.0, database["seconds"]))
            return connected
    raise error or OSError(f"no address ({sys.platform})")
