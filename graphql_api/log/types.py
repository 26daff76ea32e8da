"""Events of the log as an auditor sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry

from event_store.envelope import event_json, read_envelope
from event_store.units import Record
from graphql_api.context import Context, Info
from graphql_api.describe import about, field, object_type
from graphql_api.log.actors import Actor, show_actor
from graphql_api.log.batches import EditBatch, batches_at
from graphql_api.log.changes import changes
from graphql_api.log.decided import Corrected, ReviewTold, corrected_by, review_told
from graphql_api.log.summaries import summary
from graphql_api.scalars import JSON, Position
from graphql_api.values.shown import shown


@object_type
class EventReference:
    """Which event caused another."""

    stream: strawberry.ID = about("The stream it stands in: the id of a job, review or workflow.")
    version: int = about("Its version there.")


def show_reference(event: str | None) -> EventReference | None:
    """An event by its `stream:version`."""
    stream, _, version = (event or "").rpartition(":")
    return EventReference(stream=strawberry.ID(stream), version=int(version)) if stream else None


@object_type
class Change:
    """Something that has another status after an event, or an output that a reviewer or an operator corrected."""

    what: str = about("What changed: `job`, `task find#1.1`, `version 2`, `output total` …")
    status: str = about("Its status from then on; CORRECTED of an output that was changed.")
    before: JSON | None = about("Of a correction: the value that stood there; null for none.", default=None)
    after: JSON | None = about("Of a correction: the value that took its place.", default=None)


@object_type
class Event:
    """One event, as it was recorded for ever."""

    position: Position = about("Its place in the whole log.")
    stream: strawberry.ID = about("The stream it stands in: the id of a job, review or workflow.")
    version: int = about("Its place in its stream.")
    type: str = about("Its wire name, as `job.task_succeeded.v1`.")
    at: datetime = about("When it was recorded, by the server's clock.")
    actor: Actor = about("Who did it.")
    on_behalf_of: Actor | None = about("The member in whose name it was done, where a schedule or a webhook did it.")
    reason: str | None = about("Why, where a reason or comment was given.")
    cause: EventReference | None = about("The event that caused it.")
    command_id: str | None = about("The id of the command it came from, where one was given.")
    request_id: str | None = about("The request it came from.")
    changes: list[Change] = about("What has another status after it, and what a reviewer or an operator corrected.")
    summary: str = about("The event as one sentence; of a review it names who decided what, and what was corrected.")
    data: JSON = about("All that was recorded, values opened.")
    hash: str = about("The hash of the record, which the next record of the stream names.")
    previous_hash: str = about("The hash of the record before it in its stream; 64 zeros for the first.")

    @field
    async def batch(self, info: Info) -> EditBatch | None:
        """The edits that it was submitted with, if it is an edit of a workflow."""
        if not self.type.startswith("workflow."):
            return None
        return await info.context.loader(batches_at).load((UUID(self.stream), self.version))


async def show_events(context: Context, records: Sequence[Record]) -> list[Event]:
    """Records as events of the schema, with names, and with what was corrected."""
    told = await asyncio.gather(*(review_told(context, record) for record in records))
    corrected = await asyncio.gather(*(corrected_by(context, record) for record in records))
    return [show_event(context, *each) for each in zip(records, told, corrected, strict=True)]


def show_event(
    context: Context, record: Record, review: ReviewTold | None = None, corrected: Sequence[Corrected] = ()
) -> Event:
    """A record as an event of the schema; one that a newer build wrote is shown as it is."""
    envelope = read_envelope(record.state)
    said: dict[str, Any] = orjson.loads(event_json(record.state))
    corrected = corrected if review is None else review.corrected
    reason = said.get("reason", said.get("comment"))
    return Event(
        position=Position(context.api.positions.show(record.position, record.hash)),
        stream=strawberry.ID(str(record.stream)),
        version=record.version,
        type=record.topic,
        at=envelope.time,
        actor=show_actor(envelope.actor),
        on_behalf_of=None if envelope.on_behalf_of is None else show_actor(envelope.on_behalf_of),
        reason=reason if isinstance(reason, str) else None,
        cause=show_reference(envelope.cause),
        command_id=envelope.command_id,
        request_id=envelope.request_id,
        changes=[
            *(Change(what=what, status=status) for what, status in changes(record.topic, said)),
            *(Change(what=f"output {c.output}", status="CORRECTED", before=c.before, after=c.after) for c in corrected),
        ],
        summary=summary(record.topic, said if review is None else review.beside(said)),
        data=JSON(shown(context, said)),
        hash=record.hash,
        previous_hash=envelope.previous,
    )
