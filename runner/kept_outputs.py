"""Where outcomes of previews stand that are used again: a disposable table, read and written through the reader's pool."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from event_store.reader import Reader

KEPT_DAYS = 7
"""How long an outcome that was not used again is kept."""

_FIND: Final = (
    "update kept_outputs set kept_at = now() where workspace_id = %b and workflow_id = %b and key = %b"
    " returning job_id, version"
)
_KEEP: Final = (
    "with kept as (insert into kept_outputs (workspace_id, workflow_id, key, job_id, version) values (%b, %b, %b, %b, %b)"
    " on conflict (workspace_id, workflow_id, key) do update"
    " set job_id = excluded.job_id, version = excluded.version, kept_at = now() returning key),"
    " gone as (delete from kept_outputs where kept_at < now() - make_interval(days => %b::int) returning 1)"
    " select count(*) from kept"
)
_CLEAR: Final = (
    "with gone as (delete from kept_outputs where workspace_id = %b and workflow_id = %b returning 1)"
    " select count(*) from gone"
)


class KeptOutputs:
    """The outcomes kept of each workflow's previews, by key."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, workspace: UUID, workflow_id: UUID, key: bytes) -> tuple[UUID, int] | None:
        """The job and the version of the event that says the outcome kept under this key."""
        rows = await self._reader.rows(_FIND, (workspace, workflow_id, key))
        return (rows[0][0], int(rows[0][1])) if rows else None

    async def keep(self, workspace: UUID, workflow_id: UUID, key: bytes, job_id: UUID, version: int) -> None:
        """From now on the outcome under this key is this one."""
        await self._reader.rows(_KEEP, (workspace, workflow_id, key, job_id, version, KEPT_DAYS))

    async def clear(self, workspace: UUID, workflow_id: UUID) -> int:
        """Forgets what is kept of a workflow; gives how much that was."""
        return int((await self._reader.rows(_CLEAR, (workspace, workflow_id)))[0][0])
