"""How the events of callbacks change the rows of the read model `callbacks`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.jobs.shard import shard
from projections.callbacks.rows import CALLBACK_ATTEMPTS_TABLE, CALLBACKS_TABLE, CallbackAttemptRow, CallbackRow
from projections.happened import Happened, moment_in
from projections.model import Key, ReadModel, RowMissing
from projections.rows import Rows


def _keys(event: Happened) -> Iterable[Key]:
    yield CALLBACKS_TABLE, event.stream.int, event.version == 1


def _requested(rows: Rows, event: Happened) -> None:
    said = event.event
    row = CallbackRow(
        callback_id=event.stream,
        job_id=UUID(said["job_id"]),
        workspace_id=event.workspace,
        shard=shard(event.stream),
        position=event.position,
        version=event.version,
        last_position=event.position,
        url=said["url"],
        credential=said["credential"],
        outcome=said["outcome"],
        status="DUE",
        attempts=0,
        requested_at=event.at,
        next_at=datetime.fromisoformat(said["next_at"]),
    )
    rows.put(CALLBACKS_TABLE, row)


def _attempted(rows: Rows, event: Happened) -> None:
    callback, said = _callback(rows, event), event.event
    next_at = moment_in(said, "next_at")
    row = CallbackAttemptRow(
        callback_id=event.stream,
        attempt=said["attempt"],
        workspace_id=event.workspace,
        position=event.position,
        attempted_at=event.at,
        status=said.get("status"),
        error=said.get("error"),
        milliseconds=round(said["seconds"] * 1000),
        next_at=next_at,
    )
    rows.put(CALLBACK_ATTEMPTS_TABLE, row)
    callback.attempts, callback.next_at = said["attempt"], next_at
    callback.last_status, callback.last_error = said.get("status"), said.get("error")
    _put(rows, callback, event)


def _delivered(rows: Rows, event: Happened) -> None:
    _end(rows, event, "DELIVERED")


def _given_up(rows: Rows, event: Happened) -> None:
    _end(rows, event, "GIVEN_UP")


def _sent_again(rows: Rows, event: Happened) -> None:
    callback = _callback(rows, event)
    callback.status, callback.ended_at = "DUE", None
    callback.next_at = datetime.fromisoformat(event.event["next_at"])
    _put(rows, callback, event)


def _end(rows: Rows, event: Happened, status: str) -> None:
    callback = _callback(rows, event)
    callback.status, callback.next_at, callback.ended_at = status, None, event.at
    _put(rows, callback, event)


def _callback(rows: Rows, event: Happened) -> CallbackRow:
    callback: CallbackRow | None = rows.get(CALLBACKS_TABLE, event.stream.int)
    if callback is None:
        raise RowMissing(CALLBACKS_TABLE.name, event.stream)
    return callback


def _put(rows: Rows, callback: CallbackRow, event: Happened) -> None:
    callback.version, callback.last_position = event.version, event.position
    rows.put(CALLBACKS_TABLE, callback)


CALLBACKS = ReadModel(
    name="callbacks",
    version=1,
    tables=(CALLBACKS_TABLE, CALLBACK_ATTEMPTS_TABLE),
    keys=_keys,
    appliers={
        "callback.requested.v1": _requested,
        "callback.attempted.v1": _attempted,
        "callback.delivered.v1": _delivered,
        "callback.given_up.v1": _given_up,
        "callback.sent_again.v1": _sent_again,
    },
)
