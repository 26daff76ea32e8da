"""What screens ask of callbacks, and what a runner asks when it takes over shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from projections.callbacks.rows import CallbackAttemptRow, CallbackRow
from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views

CALLBACK_STATUSES = ("DUE", "DELIVERED", "GIVEN_UP")

_FIND = query("select {c} from views.callbacks c where c.callback_id = any(%s) and c.workspace_id = %s", c=CallbackRow)
_OF_JOBS = query(
    "select {c} from views.callbacks c where c.job_id = any(%s) and c.workspace_id = %s order by c.position",
    c=CallbackRow,
)
_LIST = query(
    "select {c} from views.callbacks c where c.workspace_id = %(workspace_id)s and c.status = any(%(statuses)s)"
    " and (%(after)s::int8 is null or c.position < %(after)s) order by c.position desc limit %(limit)s",
    c=CallbackRow,
)
_ATTEMPTS = query(
    "select {a} from views.callback_attempts a where a.callback_id = %(callback_id)s"
    " and a.workspace_id = %(workspace_id)s and (%(after)s::int8 is null or a.attempt < %(after)s)"
    " order by a.attempt desc limit %(limit)s",
    a=CallbackAttemptRow,
)
_POSITION = b"select position from views.progress"
_DUE = query(
    "select {c} from views.callbacks c where c.next_at <= %s and c.shard = any(%s) order by c.next_at", c=CallbackRow
)


@dataclass(frozen=True, slots=True)
class DueCallbacks:
    """Callbacks that are due until a moment, as of a position: the log from there tells the rest."""

    position: int
    callbacks: Sequence[CallbackRow]


async def find_callbacks(views: Views, workspace_id: UUID, callback_ids: Sequence[UUID]) -> dict[UUID, CallbackRow]:
    """Those of the callbacks that this workspace has, by id."""
    rows = await views.fetch(CallbackRow, _FIND, (list(callback_ids), workspace_id))
    return {row.callback_id: row for row in rows}


async def list_callbacks_of(views: Views, workspace_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, list[CallbackRow]]:
    """The callbacks of each of these jobs, in the order in which they were requested."""
    found: dict[UUID, list[CallbackRow]] = {job_id: [] for job_id in job_ids}
    for row in await views.fetch(CallbackRow, _OF_JOBS, (list(job_ids), workspace_id)):
        found[row.job_id].append(row)
    return found


async def list_callbacks(
    views: Views,
    workspace_id: UUID,
    statuses: Sequence[str] = CALLBACK_STATUSES,
    *,
    first: int = 50,
    after: int | None = None,
) -> Page[CallbackRow]:
    """Callbacks of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = {
        "workspace_id": workspace_id,
        "statuses": list(statuses),
        "after": after,
        "limit": rows_to_read(first),
    }
    return page_of(await views.fetch(CallbackRow, _LIST, parameters), first)


async def list_callback_attempts(
    views: Views, workspace_id: UUID, callback_id: UUID, *, first: int = 50, after: int | None = None
) -> Page[CallbackAttemptRow]:
    """The calls that were made, the latest first; `after` is the `attempt` of the last row of the page before."""
    parameters = {
        "workspace_id": workspace_id,
        "callback_id": callback_id,
        "after": after,
        "limit": rows_to_read(first),
    }
    return page_of(await views.fetch(CallbackAttemptRow, _ATTEMPTS, parameters), first)


async def read_due_callbacks(views: Views, shards: Sequence[int], due_until: datetime) -> DueCallbacks:
    """Callbacks of these shards due until then, overdue ones too, and the position that is true at, in one snapshot."""
    async with views.snapshot() as connection:
        found = await (await connection.execute(_POSITION)).fetchone()
        rows = await (await connection.execute(_DUE, (due_until, list(shards)))).fetchall()
    return DueCallbacks(0 if found is None else int(found[0]), [CallbackRow(*row) for row in rows])
