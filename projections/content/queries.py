"""What is asked of the read model `content`: how much a workspace has, and what may be removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.jobs.shard import SHARDS
from projections.content.project import CONTENT
from projections.content.rows import ContentTotalsRow
from projections.tables import query
from projections.views import Connection, Views

_TOTALS = query("select {t} from views.content_totals t where t.workspace_id = %s", t=ContentTotalsRow)
_POSITION: Final = b"select position from views.progress"
_BUILT: Final = b"select version from views.read_models where name = %s"
_QUARANTINED: Final = b"select stream from views.quarantine order by position limit 1"
_RUNNING: Final = b"""
    select o.workspace_id, min(t.started_at) from views.open_jobs o
    cross join lateral (
        select started_at from views.job_tasks where job_id = o.job_id and status = 'RUNNING' and items is null
        union all select started_at from views.job_items where job_id = o.job_id and status = 'RUNNING'
    ) t
    where o.moving and o.shard = any(%s) group by o.workspace_id
"""
# Beside the log, what is offered to workers outside, or reported by them and not recorded yet, may hold the only reference there is.
_REFERRED: Final = b"""
    select hash from views.blob_references where workspace_id = %(workspace)s and hash = any(%(hashes)s)
    union select hash from external_tasks t cross join unnest(t.held) hash
    where t.workspace_id = %(workspace)s and t.held <> '{}' and hash = any(%(hashes)s)
"""
_LARGE: Final = b"""
    select r.hash from views.blob_references r where r.workspace_id = %s and r.large and not exists (
        select from large_values_read l where l.workspace_id = r.workspace_id and l.hash = r.hash
    ) limit %s
"""
_HELD: Final = b"select distinct hash from held_by_large_values where workspace_id = %s and hash = any(%s)"
_WORKSPACES: Final = b"select workspace_id from views.workspaces"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the read models can say what is referred to, and since when runs under way have been."""

    position: int
    why_not: str | None  # a sentence: what keeps them from saying so
    running_since: Mapping[UUID, datetime]  # by workspace: the start of the run that has been under way longest


async def find_totals(views: Views, workspace_id: UUID) -> ContentTotalsRow:
    """How much a workspace has stored."""
    rows = await views.fetch(ContentTotalsRow, _TOTALS, (workspace_id,))
    return rows[0] if rows else ContentTotalsRow(workspace_id)


async def read_standing(connection: Connection) -> Standing:
    """How the read models stand, in a snapshot in which then is asked what is referred to."""
    position = await _first(connection, _POSITION)
    version = await _first(connection, _BUILT, CONTENT.name)
    stream = await _first(connection, _QUARANTINED)
    why_not = None
    if version != CONTENT.version:
        why_not = f"Expected the read model {CONTENT.name} to be built, but it is not yet; `opus rebuild {CONTENT.name}` builds it."
    elif stream is not None:
        why_not = f"Expected read models that follow every stream, but the stream {stream} is left aside, and may refer to anything."
    running = await (await connection.execute(_RUNNING, (list(range(SHARDS)),))).fetchall()
    return Standing(int(position or 0), why_not, dict(running))


async def referred_to(connection: Connection, workspace_id: UUID, hashes: Sequence[str]) -> set[str]:
    """Those of the hashes that the log refers to, or what waits for workers outside."""
    found = await connection.execute(_REFERRED, {"workspace": workspace_id, "hashes": list(hashes)})
    return {row[0] for row in await found.fetchall()}


async def unread_large(connection: Connection, workspace_id: UUID, limit: int) -> list[str]:
    """Large values of a workspace of which it is not known yet which files they hold."""
    found = await connection.execute(_LARGE, (workspace_id, limit))
    return [row[0] for row in await found.fetchall()]


async def held_by_large(connection: Connection, workspace_id: UUID, hashes: Sequence[str]) -> set[str]:
    """Those of the hashes that a large value holds."""
    found = await connection.execute(_HELD, (workspace_id, list(hashes)))
    return {row[0] for row in await found.fetchall()}


async def list_workspaces(connection: Connection) -> list[UUID]:
    """The workspaces of this log."""
    return [row[0] for row in await (await connection.execute(_WORKSPACES)).fetchall()]


async def _first(connection: Connection, query: bytes, *parameters: object) -> Any:
    row = await (await connection.execute(query, parameters)).fetchone()
    return None if row is None else row[0]
