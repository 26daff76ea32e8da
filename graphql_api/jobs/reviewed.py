"""The reviews that belong to a job, as its own log names them."""

from __future__ import annotations

from uuid import UUID

import orjson

from domain.jobs.events import TaskWaitBegan
from event_store.envelope import MalformedState, event_json
from event_store.woven import read_topic
from graphql_api.context import Context


async def review_streams(context: Context, job_id: UUID, until: int) -> list[UUID]:
    """The ids of the reviews a job asked for, up to and with version `until`, in that order."""
    found: dict[UUID, None] = {}
    for record in await read_topic(context.api.system.reader, job_id, TaskWaitBegan.wire, until):
        try:
            review_id = orjson.loads(event_json(record.state)).get("review_id")
            if review_id is not None:
                found[UUID(review_id)] = None
        except (MalformedState, ValueError, TypeError, AttributeError):
            continue  # A record that was tampered with is for the proof of integrity to tell.
    return list(found)
