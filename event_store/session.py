"""One connection to PostgreSQL with an end that can be known for certain: what is locked on it lives and ends with it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from event_store.units import StoreUnavailable

Statement = LiteralString | bytes | sql.SQL | sql.Composed

CONNECT_SECONDS_MAX = 5
STATEMENT_SECONDS_MAX = 10
# The client waits longer than the server, so that a slow statement ends with an answer and not with an open question.
ANSWER_SECONDS_MAX = 15
KEEPALIVE_SECONDS = 5
END_SECONDS_MAX = 5

# A connection whose other end is gone without a word is noticed after about 15 s; a lost cable must not stop a process.
TRANSPORT: Mapping[str, int] = {
    "connect_timeout": CONNECT_SECONDS_MAX,
    "keepalives_idle": KEEPALIVE_SECONDS,
    "keepalives_interval": KEEPALIVE_SECONDS,
    "keepalives_count": 2,
    "tcp_user_timeout": ANSWER_SECONDS_MAX * 1000,
}


def connection_string(dsn: str, name: str) -> str:
    """The string given, with our bounds on the transport where it sets none, and a name the server shows."""
    return make_conninfo("", **{**TRANSPORT, "application_name": name, **conninfo_to_dict(dsn)})


@dataclass(frozen=True, slots=True)
class Backend:
    """The server's process behind a session; the moment it began tells it from a later one of the same number."""

    pid: int
    began_at: datetime


class Session:
    """A connection in autocommit; statements of several tasks follow one another on it."""

    def __init__(self, connection: AsyncConnection[TupleRow], backend: Backend) -> None:
        self.connection = connection
        self.backend = backend
        self._condemned = False

    @classmethod
    async def open(cls, dsn: str, *, name: str = "opus", settings: Mapping[str, str] | None = None) -> Session:
        """Connects; `settings` hold for the session (as `idle_session_timeout`). Raises StoreUnavailable."""
        try:
            connection = await AsyncConnection.connect(
                connection_string(dsn, name), autocommit=True, prepare_threshold=0
            )
        except psycopg.Error as error:
            raise StoreUnavailable(
                f"Expected a connection to the database, but got none: {first_line(error)}"
            ) from error
        try:
            return cls(connection, await _prepare(connection, settings or {}))
        except psycopg.Error as error:
            await connection.close()
            raise StoreUnavailable(f"Expected to begin a session, but it failed: {first_line(error)}") from error
        except BaseException:  # Whoever asked went away meanwhile: nobody else knows of the connection.
            await connection.close()
            raise

    @property
    def lost(self) -> bool:
        """Whether the connection is known to be over."""
        return self._condemned or self.connection.closed or self.connection.broken

    async def execute(self, query: Statement, parameters: Sequence[Any] = ()) -> list[TupleRow]:
        """Runs one statement and gives its rows; an answer that does not come in time ends the session.

        Raises psycopg.Error; OperationalError with `lost` set afterwards means the connection is over.
        """
        if self._condemned:
            raise psycopg.OperationalError("the session was given up")
        overdue = asyncio.get_running_loop().call_later(ANSWER_SECONDS_MAX, self.abandon)
        try:
            cursor = await self.connection.execute(query, parameters, binary=True)
            return await cursor.fetchall() if cursor.description else []
        finally:
            overdue.cancel()

    def abandon(self) -> None:
        """Drops the connection without a word to the server; a statement under way fails as if the cable were cut."""
        self._condemned = True
        cut(self.connection)

    async def close(self) -> None:
        """Ends the session; what it locked is free."""
        self._condemned = True
        await self.connection.close()


async def _prepare(connection: AsyncConnection[TupleRow], settings: Mapping[str, str]) -> Backend:
    await configure(connection, settings)
    cursor = await connection.execute(
        "select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()",
    )
    row = await cursor.fetchone()
    if row is None:
        raise psycopg.OperationalError("the session does not see itself in pg_stat_activity")
    return Backend(*row)


def cut(connection: AsyncConnection[TupleRow]) -> None:
    """Ends a connection from this side; whoever waits for its answer sees its end."""
    # Not closing but shutting down: the socket's number stays valid until the waiting task has let go of it.
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as cable:
        cable.shutdown(socket.SHUT_RDWR)


async def configure(connection: AsyncConnection[TupleRow], settings: Mapping[str, str]) -> None:
    """Sets what every session on the log relies on, whatever the server's or the role's own settings are."""
    wanted = {
        "search_path": "public",
        "default_transaction_isolation": "read committed",
        "statement_timeout": f"{STATEMENT_SECONDS_MAX}s",
        "jit": "off",
        # From PostgreSQL 17 on: a client frozen in the middle of sending a statement loses its session too.
        "transaction_timeout": f"{ANSWER_SECONDS_MAX}s",
        **settings,
    }
    await connection.execute(
        "select set_config(name, value, false) from unnest(%s::text[], %s::text[]) s (name, value)"
        " where name <> 'transaction_timeout' or current_setting('server_version_num')::int >= 170000",
        (list(wanted), list(wanted.values())),
    )


async def end_backend(session: Session, backend: Backend) -> bool:
    """Ends what may still be running behind a lost connection; True when it is certainly over."""
    try:
        rows = await session.execute(
            "select pg_terminate_backend(pid, %s) from pg_stat_activity where pid = %s and backend_start = %s",
            (END_SECONDS_MAX * 1000, backend.pid, backend.began_at),
        )
    except psycopg.errors.InsufficientPrivilege:
        return False
    return all(row[0] for row in rows)


def first_line(error: BaseException) -> str:
    """What an error says, short enough for a sentence."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
