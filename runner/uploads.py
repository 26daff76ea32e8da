"""Where uploads under way stand: rows that all API processes see, written through the reader's pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from event_store.reader import Reader
from graphql_api.uploads.contract import Outcome, Part, Upload

UPLOAD_HOURS = 24
"""How long an upload may rest before it expires, and how long it is known after its end."""

_COLUMNS: Final = (
    "id, workspace_id, name, media_type, length, received, touched_at + make_interval(hours => %b::int), outcome"
)
# Asked again when its answer was lost, it finds its own row.
_BEGIN: Final = (
    "with begun as (insert into uploads (id, workspace_id, name, media_type, length) select %b, %b, %b, %b, %b"
    " where (select count(*) from uploads where workspace_id = %b and ended_at is null) < %b::bigint"
    " on conflict (id) do nothing returning id)"
    " select id from begun union all select id from uploads where id = %b"
)
_FIND: Final = f"select {_COLUMNS} from uploads where workspace_id = %b and id = %b"  # noqa: S608 - names of columns
_UNDER_WAY: Final = (
    "select count(*), coalesce(sum(length), 0)::bigint from uploads where workspace_id = %b and ended_at is null"
)
_ADD: Final = (
    "with moved as (update uploads set received = received + %b::bigint, touched_at = now()"
    " where id = %b and received = %b and ended_at is null and received + %b::bigint <= length returning id),"
    " added as (insert into upload_parts (upload_id, first, size, hash)"
    " select moved.id, p.* from moved, unnest(%b::bigint[], %b::bigint[], %b::text[]) p returning 1)"
    " select count(*) from added"
)
_PARTS: Final = "select first, size, hash from upload_parts where upload_id = %b order by first"
_END: Final = (
    "with ended as (update uploads set ended_at = now(), touched_at = now(), outcome = %b"
    " where id = %b and ended_at is null returning 1) select count(*) from ended"
)
_EXPIRE: Final = (
    "with ended as (update uploads set ended_at = now(), outcome = 'expired' where ended_at is null"
    " and touched_at < now() - make_interval(hours => %b::int) returning 1) select count(*) from ended"
)
_OVER: Final = (
    "select id, workspace_id from uploads where ended_at < now() - make_interval(hours => %b::int) order by id"
)
_FORGET: Final = "with gone as (delete from uploads where id = %b returning 1) select count(*) from gone"


class Uploads:
    """Uploads under way, and those that ended a short while ago."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def begin(self, upload: Upload, *, open_max: int) -> bool:
        """Begins an upload; False when the workspace has so many under way already."""
        said = (upload.id, upload.workspace_id, upload.name, upload.media_type, upload.length)
        return bool(await self._reader.rows(_BEGIN, (*said, upload.workspace_id, open_max, upload.id)))

    async def find(self, workspace_id: UUID, upload_id: UUID) -> Upload | None:
        """An upload of the workspace, one that ended less than a day ago too."""
        rows = await self._reader.rows(_FIND, (UPLOAD_HOURS, workspace_id, upload_id))
        return Upload(*rows[0]) if rows else None

    async def under_way(self, workspace_id: UUID) -> tuple[int, int]:
        """How many uploads of a workspace are under way, and how many bytes they will be together."""
        [(count, length)] = await self._reader.rows(_UNDER_WAY, (workspace_id,))
        return int(count), int(length)

    async def add(self, upload_id: UUID, parts: Sequence[Part]) -> bool:
        """Records parts that follow directly on what is there; False when other bytes came first, or it has ended."""
        first, size = parts[0].first, sum(part.size for part in parts)
        columns = [part.first for part in parts], [part.size for part in parts], [part.hash for part in parts]
        [(added,)] = await self._reader.rows(_ADD, (size, upload_id, first, size, *columns))
        # An answer that was lost is asked for again, and finds the parts there.
        return bool(added) or set(parts) <= set(await self.parts(upload_id))

    async def parts(self, upload_id: UUID) -> list[Part]:
        """Its parts in order."""
        return [Part(*row) for row in await self._reader.rows(_PARTS, (upload_id,))]

    async def end(self, upload_id: UUID, outcome: Outcome) -> None:
        """Ends an upload; one that has ended stays as it ended."""
        await self._reader.rows(_END, (outcome, upload_id))

    async def expire(self) -> None:
        """Ends those that have rested too long."""
        await self._reader.rows(_EXPIRE, (UPLOAD_HOURS,))

    async def over(self) -> list[tuple[UUID, UUID]]:
        """Those that ended so long ago that nothing can be coming in for them any more, with their workspaces."""
        return [(row[0], row[1]) for row in await self._reader.rows(_OVER, (UPLOAD_HOURS,))]

    async def forget(self, upload_id: UUID) -> None:
        """Removes what is known of an upload; its parts have to be gone."""
        await self._reader.rows(_FORGET, (upload_id,))
