"""Callbacks, many at once."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from projections.callbacks import CallbackRow, find_callbacks, list_callbacks_of


async def callbacks_by_id(context: Context, ids: list[UUID]) -> list[CallbackRow | None]:
    """The callbacks of the workspace with these ids."""
    found = await find_callbacks(context.api.system.views, context.workspace_id, ids)
    return [found.get(callback_id) for callback_id in ids]


async def callbacks_of_jobs(context: Context, ids: list[UUID]) -> list[list[CallbackRow]]:
    """The callbacks of each of these jobs."""
    found = await list_callbacks_of(context.api.system.views, context.workspace_id, ids)
    return [found[job_id] for job_id in ids]
