"""Edits of a workflow that were submitted together: whose they are and what for."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from domain.workflows.events import EditsSubmitted
from event_store.envelope import event_json
from event_store.units import Record
from event_store.woven import last_of_topic, read_topic
from graphql_api.context import Context
from graphql_api.describe import about, enumeration, object_type
from graphql_api.log.actors import Actor, show_known_member

Place = tuple[UUID, int]
"""A stream and a version there."""


@enumeration
class EditPurpose(Enum):
    """What edits were submitted for: as such, to undo or redo others, to repair what checks found, to link tasks, to restore a version, or to apply a file or a copy."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    REPAIR = "repair"
    LINK = "link"
    RESTORE = "restore"
    APPLY = "apply"


@object_type
class EditBatch:
    """Edits that a member submitted together."""

    member: Actor = about("Who submitted them.")
    purpose: EditPurpose = about("What for.")
    first: int = about("The version of the event that says so; the edits follow it.")
    last: int = about("The version of the last of the edits.")


def show_batch(member_id: UUID, purpose: str, first: int, last: int) -> EditBatch:
    """A batch of edits."""
    return EditBatch(member=show_known_member(member_id), purpose=EditPurpose(purpose), first=first, last=last)


async def batches_at(context: Context, places: list[Place]) -> list[EditBatch | None]:
    """The batches that events of workflows belong to; None of those that belong to none."""
    by_stream: dict[UUID, list[int]] = {}
    for stream, version in places:
        by_stream.setdefault(stream, []).append(version)
    found: dict[UUID, list[EditBatch]] = {}
    for stream, versions in by_stream.items():
        found[stream] = await _batches(context, stream, min(versions), max(versions))
    return [
        next((batch for batch in found[stream] if batch.first <= version <= batch.last), None)
        for stream, version in places
    ]


async def _batches(context: Context, stream: UUID, first: int, last: int) -> list[EditBatch]:
    """Those that events from one version to another can belong to."""
    reader, wire = context.api.system.reader, EditsSubmitted.wire
    known = context.batches.get(stream)
    if known is not None and known.first <= first and last <= known.last:
        return [known]
    begun: Sequence[Record] = await last_of_topic(reader, stream, wire, first)
    if last > first:
        begun = [*begun, *await read_topic(reader, stream, wire, last, after=first)]
    batches = [_read(record) for record in begun]
    if batches:
        context.batches[stream] = batches[-1]  # The next events of a subscription are mostly of it.
    return batches


def _read(record: Record) -> EditBatch:
    said: dict[str, Any] = orjson.loads(event_json(record.state))
    return show_batch(UUID(said["member_id"]), said["purpose"], record.version, record.version + said["edits"])
