"""Taking over: what is open in shards that were just taken, by the engine's read model and by the log beyond it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final

import psycopg

from domain.jobs.shard import shard
from event_store.reader import Reader
from event_store.units import StoreUnavailable
from projections.engine import read_open_work
from projections.views import Views
from runner.examining import Examining
from runner.expiring import WHOLE_JOB
from runner.shards import Shards
from runner.timers import FILL_AGAIN_SECONDS, HORIZON, Timers

POSITIONS_AT_ONCE_MAX = 100_000
"""How much of the log is searched by one read, so that none takes long."""
SURVEY_AGAIN_SECONDS = 1.0

_STREAMS: Final = (
    "select distinct originator_id, workspace from stored_events"
    " where notification_id > %b and notification_id <= %b and topic like 'job.%%'"
)

_log = logging.getLogger(__name__)


class TakingOver:
    """Has everything examined that is open in shards, and timed what falls due in them."""

    def __init__(
        self,
        *,
        reader: Reader,
        views: Views,
        shards: Shards,
        examining: Examining,
        timers: Timers,
        survey_also: Sequence[Callable[[Collection[int]], Awaitable[None]]],
    ) -> None:
        self._reader = reader
        self._views = views
        self._shards = shards
        self._examining = examining
        self._timers = timers
        self._survey_also = survey_also

    async def take_over(self, shards: Collection[int]) -> None:
        """Looks at what is open in shards that were just taken, until it has been seen once."""
        await self._survey_until_seen(set(shards), tail_only=False)

    async def fill_timers(self) -> None:
        """From time to time puts what falls due within the next hour, until cancelled."""
        while True:
            await asyncio.sleep(FILL_AGAIN_SECONDS)
            await self._survey_until_seen(set(self._shards.mine), tail_only=True)

    async def _survey_until_seen(self, shards: set[int], *, tail_only: bool) -> None:
        while True:
            try:
                await self._survey(shards, tail_only=tail_only)
                for survey in self._survey_also:
                    await survey(shards)
            except (StoreUnavailable, psycopg.OperationalError, psycopg.InterfaceError) as error:
                _log.warning("what is open in %d shards cannot be read yet: %s", len(shards), error)
                await asyncio.sleep(SURVEY_AGAIN_SECONDS)
            else:
                return

    async def _survey(self, shards: set[int], *, tail_only: bool) -> None:
        """The rows and their position are one snapshot; what the log speaks of after it is added, however far they lag."""
        work = await read_open_work(self._views, sorted(shards), datetime.now(UTC) + HORIZON)
        jobs = {} if tail_only else {job.job_id: job.workspace_id for job in work.jobs}
        after, last = work.position, await self._reader.last_position()
        while after < last:
            until = min(after + POSITIONS_AT_ONCE_MAX, last)
            streams = await self._reader.rows(_STREAMS, (after, until))
            jobs.update((job_id, workspace) for job_id, workspace in streams if shard(job_id) in shards)
            after = until
        for row in work.timers:
            if row.due_at is not None:
                self._timers.put(row.due_at, row.job_id, row.run, row.workspace_id)
        for job in work.due_jobs:
            if job.due_at is not None:
                self._timers.put(job.due_at, job.job_id, WHOLE_JOB, job.workspace_id)
        for job_id, workspace in jobs.items():
            self._examining.ask(job_id, workspace)
