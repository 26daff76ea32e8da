"""The queues of a workspace, for those who look whether workers keep up."""

from __future__ import annotations

from datetime import datetime

from graphql_api.context import Context
from graphql_api.describe import about, object_type
from projections.engine import read_queues


@object_type
class ExternalQueue:
    """A queue in which tasks wait for workers, or are held by them, just now."""

    name: str = about("Its name, as the tasks have it.")
    waiting: int = about("How many tasks wait to be taken.")
    held: int = about("How many tasks workers hold, those whose reports are being recorded included.")
    workers: int = about("How many workers hold some.")
    oldest_at: datetime | None = about(
        "Since when the task has been waiting that waits longest; null where none waits."
    )


async def queues_of(context: Context) -> list[ExternalQueue]:
    """The queues in which something is, by name: up to 500."""
    context.identity.require("job:read")
    rows = await read_queues(context.api.system.views, context.workspace_id)
    return [
        ExternalQueue(name=row.queue, waiting=row.waiting, held=row.held, workers=row.workers, oldest_at=row.oldest_at)
        for row in rows
    ]
