"""The identity of the log and its epochs: one begins with the log, and one with every restore."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection

from domain.ids import RANDOM_BYTES, uuid7
from domain.log.events import LogEpochBegan, LostPositions
from event_store.batches import prepare
from event_store.build import writer
from event_store.envelope import read_time
from event_store.locks import APPEND_LOCK
from event_store.recorder import APPEND, columns
from event_store.session import connection_string
from event_store.units import NO_HASH, Append, Head, Origin, Unit

LOG_WORKSPACE = UUID(int=0)
"""The log's own stream belongs to no workspace."""
LOG_ACTOR = "system:log"


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Which log this is, and in which epoch."""

    log: UUID
    epoch: int


def ensure_first_epoch(owner_dsn: str) -> LogIdentity:
    """Begins the log if it has not begun: epoch 1, at position 1. Safe from several processes at once."""
    with psycopg.connect(connection_string(owner_dsn, "opus epochs")) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
        found = _identity(connection)
        if found is not None:
            return found
        now = datetime.now(UTC)
        log = uuid7(now, secrets.token_bytes(RANDOM_BYTES))
        position, digest = _last(connection)
        event = LogEpochBegan(
            log_id=log, epoch=1, last_position=position, last_hash=digest, cause="began", begun_by=LOG_ACTOR
        )
        _append(connection, event, Head(), now)
        connection.execute("insert into log (id, epoch) values (%s, 1)", (log,))
        return LogIdentity(log, 1)


def begin_epoch(owner_dsn: str, *, reason: Any, actor: str, last_known: int | None = None) -> LogIdentity:
    """Begins the next epoch after a restore, so that cursors from before are refused.

    `last_known`: the last position the log is known to have had; what lies between it and now is recorded as lost.
    """
    with psycopg.connect(connection_string(owner_dsn, "opus epochs")) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
        found = _identity(connection)
        if found is None:
            raise LookupError("Expected a log that has begun, but it has no epoch yet.")
        position, digest = _last(connection)
        identity = LogIdentity(found.log, found.epoch + 1)
        event = LogEpochBegan(
            log_id=identity.log,
            epoch=identity.epoch,
            last_position=position,
            last_hash=digest,
            cause="restored",
            lost=LostPositions(first=position + 1, last=last_known) if last_known and last_known > position else None,
            begun_by=actor,
            reason=reason,
        )
        _append(connection, event, _head(connection, identity.log), datetime.now(UTC))
        connection.execute("update log set epoch = %s", (identity.epoch,))
        return identity


def _identity(connection: Connection[Any]) -> LogIdentity | None:
    row = connection.execute("select id, epoch from log").fetchone()
    return None if row is None else LogIdentity(*row)


def _last(connection: Connection[Any]) -> tuple[int, str]:
    row = connection.execute(
        "select notification_id, hash from stored_events order by notification_id desc limit 1",
    ).fetchone()
    return (0, NO_HASH) if row is None else (row[0], row[1].hex())


def _head(connection: Connection[Any], stream: UUID) -> Head:
    row = connection.execute(
        "select originator_version, hash, state from stored_events where originator_id = %s"
        " order by originator_version desc limit 1",
        (stream,),
    ).fetchone()
    return Head() if row is None else Head(row[0], row[1].hex(), read_time(row[2]), stream)


def _append(connection: Connection[Any], event: LogEpochBegan, head: Head, now: datetime) -> None:
    unit = Unit(
        origin=Origin(actor=event.begun_by, workspace=LOG_WORKSPACE),
        appends=[Append(event.log_id, head, event.log_id, [event], [None])],
    )
    connection.execute(APPEND, columns([prepare(unit, now, writer())]))
