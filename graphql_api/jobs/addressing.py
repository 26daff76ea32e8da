"""The job that a business key stands for: the only one with it that has not ended."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from graphql_api.context import VIEWS_SECONDS_MAX, Context
from graphql_api.refusals import BusinessKeyAmbiguous, NoJobOfBusinessKey, PositionNotReached
from projections.jobs import JobFilter, list_jobs

OPEN = ("PENDING", "IN_PROGRESS", "WAITING")
LATELY = 10


async def open_job(context: Context, key: str) -> UUID:
    """The only job with this business key that has not ended; refuses when there is none, or several."""
    found = await _with_key(context, key, OPEN, 2)
    if not found:
        raise NoJobOfBusinessKey(key=key)
    if len(found) > 1:
        raise BusinessKeyAmbiguous(key=key)
    return found[0]


async def jobs_lately(context: Context, key: str) -> list[UUID]:
    """The newest jobs with this business key, ended or not."""
    return await _with_key(context, key, None, LATELY)


async def _with_key(context: Context, key: str, statuses: Sequence[str] | None, first: int) -> list[UUID]:
    # A job that was started a moment ago is found: the read models are waited for.
    if not await context.seen(await context.api.system.reader.last_position()):
        raise PositionNotReached(seconds=VIEWS_SECONDS_MAX)
    chosen = JobFilter(business_key=key, statuses=statuses)
    page = await list_jobs(context.api.system.views, context.workspace_id, chosen, first=first)
    return [job.job_id for job in page.rows]
