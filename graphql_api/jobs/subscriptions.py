"""Live streams of one job, and of the jobs of a workspace."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import strawberry

from event_store.units import Record
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, object_type, subscription
from graphql_api.jobs.as_of import PAGE_EVENTS, Replayed
from graphql_api.jobs.lists import JobFilter, read_filter
from graphql_api.jobs.seeing import may_see, mode_of, to_follow
from graphql_api.jobs.types import Job, show_job
from graphql_api.log.decided import corrected_by
from graphql_api.log.types import Event, show_event
from graphql_api.refusals import JobNotFound, WorkspaceNotFound
from graphql_api.scalars import Cursor
from graphql_api.streams import cursor_at, cursor_of, follow_stream, follow_workspace, last_of_each
from projections.jobs import JobRow, find_jobs, matches


class Player:
    """A job played event by event, as far as somebody has asked for it."""

    def __init__(self, context: Context, job_id: UUID) -> None:
        self._context = context
        self._job_id = job_id
        self._replayed = Replayed(job_id)

    async def at(self, record: Record) -> Job | None:
        """The job as of a record, which never lies before the last one asked for."""
        while record.version > self._replayed.version + 1:
            between = await self._context.api.system.reader.read_stream(
                self._job_id, self._replayed.version, PAGE_EVENTS, record.version - 1
            )
            for each in between:
                self._replayed.apply(each)
        if record.version > self._replayed.version:
            self._replayed.apply(record)
        played = self._replayed
        return None if played.job is None else show_job(played.job, played.tasks, played.wholes)


@object_type
class JobMessage:
    """One event of a job, or the mark at which what was missed ends and live begins."""

    cursor: Cursor = about("Hand it back as `after` to go on behind this message.")
    live: bool = about("Whether all that was missed has been told: true from the mark on.")
    event: Event | None = about("What happened; null for the mark.")
    record: strawberry.Private[Record | None]
    player: strawberry.Private[Player]

    @field
    async def job(self) -> Job | None:
        """The job as of the event; null for the mark."""
        return None if self.record is None else await self.player.at(self.record)


@object_type
class JobListMessage:
    """A job of the list that changed, one that left it, or the mark at which live begins."""

    cursor: Cursor = about("Hand it back as `after` to go on behind this message.")
    live: bool = about("Whether all that was missed has been told: true from the mark on.")
    job_id: strawberry.ID | None = about("The job; null for the mark.")
    job: Job | None = about("The job as it is now, when the filter holds for it; null when it has left the list.")


@strawberry.type
class JobSubscriptions:
    """Live streams of jobs."""

    @subscription
    async def job_events(
        self, info: Info, job_id: strawberry.ID, after: Cursor | None = None
    ) -> AsyncGenerator[JobMessage, None]:
        """Everything that happens to a job: what was missed since `after` (without it, from its start), a mark, then live."""
        context = info.context
        context.identity.require("job:read")
        known = read_id(job_id)
        head = await context.api.system.reader.read_stream(known, limit=1) if known else []
        mode = mode_of(context, head[0]) if head and head[0].workspace == context.workspace_id else None
        if known is None or mode is None or not may_see(context.identity, mode):
            raise JobNotFound(id=job_id)
        player = Player(context, known)
        async with aclosing(
            follow_stream(context, known, after, to_follow(context.identity, mode, "job:read"))
        ) as batches:
            async for batch in batches:
                for record in batch.records:
                    context.forget()
                    yield JobMessage(
                        cursor=cursor_of(context, record),
                        live=batch.live,
                        event=show_event(context, record, corrected=await corrected_by(context, record)),
                        record=record,
                        player=player,
                    )
                if batch.mark:
                    cursor = await cursor_at(context, batch.position)
                    yield JobMessage(cursor=cursor, live=True, event=None, record=None, player=player)

    @subscription
    async def jobs(
        self,
        info: Info,
        workspace_id: strawberry.ID,
        filter: JobFilter | None = None,  # noqa: A002 - the word of the API
        after: Cursor | None = None,
    ) -> AsyncGenerator[JobListMessage, None]:
        """The jobs of the list that change: those since `after` (without it, from now on), a mark, then live."""
        context = info.context
        context.identity.require("job:read")
        if read_id(workspace_id) != context.workspace_id:
            raise WorkspaceNotFound(id=workspace_id)
        chosen = await read_filter(context, filter)
        permission = to_follow(context.identity, chosen.mode, "job:read")
        async with aclosing(follow_workspace(context, ("job.",), after, permission)) as batches:
            async for batch in batches:
                context.forget()
                last = last_of_each(batch)
                rows: dict[UUID, JobRow] = {}
                if last:
                    rows = await find_jobs(context.api.system.views, context.workspace_id, [r.stream for r in last])
                for record in last:
                    row = rows.get(record.stream)
                    if row is not None and not may_see(context.identity, row.mode):
                        continue
                    shown = show_job(row) if row is not None and matches(row, chosen) else None
                    yield JobListMessage(
                        cursor=cursor_of(context, record),
                        live=batch.live,
                        job_id=strawberry.ID(str(record.stream)),
                        job=shown,
                    )
                if batch.mark:
                    cursor = await cursor_at(context, batch.position)
                    yield JobListMessage(cursor=cursor, live=True, job_id=None, job=None)
