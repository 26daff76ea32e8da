"""Events of the log as an auditor sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import strawberry

from event_store.envelope import read_envelope, split_state
from event_store.units import Record
from graphql_api.context import Context
from graphql_api.describe import about, object_type
from graphql_api.log.actors import Actor, show_actor
from graphql_api.log.changes import changes
from graphql_api.log.summaries import summary
from graphql_api.scalars import JSON, Position
from graphql_api.values.shown import shown


@object_type
class EventReference:
    """Which event caused another."""

    stream: strawberry.ID = about("The stream it stands in: the id of a job, review or workflow.")
    version: int = about("Its version there.")


@object_type
class Change:
    """Something that has another status after an event."""

    what: str = about("What changed: `job`, `task find#1.1`, `version 2` …")
    status: str = about("Its status from then on.")


@object_type
class Event:
    """One event, as it was recorded for ever."""

    position: Position = about("Its place in the whole log.")
    stream: strawberry.ID = about("The stream it stands in: the id of a job, review or workflow.")
    version: int = about("Its place in its stream.")
    type: str = about("Its wire name, as `job.task_succeeded.v1`.")
    at: datetime = about("When it was recorded, by the server's clock.")
    actor: Actor = about("Who did it.")
    reason: str | None = about("Why, where a reason or comment was given.")
    cause: EventReference | None = about("The event that caused it.")
    command_id: str | None = about("The id of the command it came from, where one was given.")
    request_id: str | None = about("The request it came from.")
    changes: list[Change] = about("What has another status after it.")
    summary: str = about("The event as one sentence.")
    data: JSON = about("All that was recorded, values opened.")
    hash: str = about("The hash of the record, which the next record of the stream names.")
    previous_hash: str = about("The hash of the record before it in its stream; 64 zeros for the first.")


def show_event(context: Context, record: Record) -> Event:
    """A record as an event of the schema; one that a newer build wrote is shown as it is."""
    envelope = read_envelope(record.state)
    said: dict[str, Any] = orjson.loads(split_state(record.state)[1])
    stream, _, version = (envelope.cause or "").rpartition(":")
    reason = said.get("reason", said.get("comment"))
    return Event(
        position=Position(context.api.positions.show(record.position, record.hash)),
        stream=strawberry.ID(str(record.stream)),
        version=record.version,
        type=record.topic,
        at=envelope.time,
        actor=show_actor(envelope.actor),
        reason=reason if isinstance(reason, str) else None,
        cause=EventReference(stream=strawberry.ID(stream), version=int(version)) if stream else None,
        command_id=envelope.command_id,
        request_id=envelope.request_id,
        changes=[Change(what=what, status=status) for what, status in changes(record.topic, said)],
        summary=summary(record.topic, said),
        data=JSON(shown(context, said)),
        hash=record.hash,
        previous_hash=envelope.previous,
    )
