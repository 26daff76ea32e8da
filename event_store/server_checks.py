"""What a server must be before the log is trusted to it: new enough, writable, UTF-8, and spoken to directly."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
from psycopg import Connection, errors

from event_store.session import connection_string

SERVER_VERSION_MIN = 15
POOLER_PROBES = 3


class DatabaseRefused(Exception):
    """This database must not be worked on; the message says why and what to do."""


def check_server(dsn: str) -> None:
    """Refuses, with a sentence, a server that cannot hold the log; psycopg's errors where there is none."""
    text = connection_string(dsn, "opus check")
    with psycopg.connect(text, autocommit=True) as first, psycopg.connect(text, autocommit=True) as second:
        major = first.info.server_version // 10_000
        if major < SERVER_VERSION_MIN:
            raise DatabaseRefused(f"Expected PostgreSQL {SERVER_VERSION_MIN} or newer, but the server is {major}.")
        if (encoding := _one(first, "show server_encoding")) != "UTF8":
            raise DatabaseRefused(f"Expected a database in UTF8, but this one is in {encoding}; create another.")
        if _one(first, "select pg_is_in_recovery()"):
            raise DatabaseRefused("Expected the primary server, but this is a standby that only reads.")
        if pooled(first, second):
            raise DatabaseRefused(
                "Expected a direct connection, or a pooler in session mode, but a transaction pooler stands in between: "
                "locks and LISTEN need a session of their own; give the address of PostgreSQL itself.",
            )


def pooled(first: Connection[Any], second: Connection[Any]) -> bool:
    """Whether the statements of one connection reach the server over different sessions, or two share one."""
    mine = _one(first, "select pg_backend_pid()")
    for _ in range(POOLER_PROBES):
        mark = secrets.token_hex(8)
        first.execute("select set_config('opus.probe', %s, false)", (mark,))
        try:
            with second.transaction():  # Holds a session of a transaction pooler, so that the first gets another.
                theirs = _one(second, "select pg_backend_pid()")
                seen = _one(second, "select current_setting('opus.probe', true)")
                still_mine = _one(first, "select pg_backend_pid()")
                kept = _one(first, "select current_setting('opus.probe', true)")
        except errors.ProtocolViolation:  # A statement pooler knows no transactions.
            return True
        if theirs == mine or still_mine != mine or seen == mark or kept != mark:
            return True
    return False


def _one(connection: Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]
