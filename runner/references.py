"""What of the stored content the log refers to, as of a moment after which content was looked at: itself, and in the large values it keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from event_store.blobs import BlobDamaged, BlobMissing, BlobStore
from event_store.reader import Reader
from projections.content import held_by_large, list_workspaces, read_standing, referred_to, unread_large
from projections.views import Connection, Views
from projections.waiting import Waiting
from runner.refused import Refused

VIEWS_SECONDS_MAX = 60.0
"""How long the read models may take to hold everything that is written."""
LARGE_AT_ONCE_MAX = 100
_HASH: Final = re.compile(rb'"hash"\s*:\s*"([0-9a-f]{64})"')
_HASH_BYTES_MAX: Final = 100
_READ: Final = (
    "with read as (insert into large_values_read (workspace_id, hash) values (%b, %b) on conflict do nothing returning 1),"
    " held as (insert into held_by_large_values (workspace_id, hash, holder) select %b, h, %b from unnest(%b::text[]) h"
    " on conflict do nothing returning 1)"
    " select count(*) from read, held"
)


class CollectionRefused(Refused):
    """Expected to know all that is referred to before anything is removed, but it cannot be known now."""


@dataclass(frozen=True, slots=True)
class Referred:
    """Those of some hashes that are referred to, and the start of the run of the workspace that has been under way longest."""

    hashes: frozenset[str]
    running_since: datetime | None


class References:
    """Answers from the read models, once they hold everything that was written before the question."""

    def __init__(self, *, reader: Reader, views: Views, waiting: Waiting, blobs: BlobStore) -> None:
        self._reader = reader
        self._views = views
        self._waiting = waiting
        self._blobs = blobs

    async def workspaces(self) -> list[UUID]:
        """The workspaces of this log; raises CollectionRefused when they cannot be known."""
        await self._wait()
        async with self._views.snapshot() as connection:
            await self._running(connection)
            return await list_workspaces(connection)

    async def of(self, workspace: UUID, hashes: Sequence[str]) -> Referred:
        """Those of the hashes that are referred to at a moment after this call began; raises CollectionRefused."""
        while True:
            await self._wait()
            async with self._views.snapshot() as connection:
                running = await self._running(connection)
                found = await referred_to(connection, workspace, hashes)
                others = [each for each in hashes if each not in found]
                unread = await unread_large(connection, workspace, LARGE_AT_ONCE_MAX) if others else []
                if not unread:
                    found |= await held_by_large(connection, workspace, others)
                    return Referred(frozenset(found), running.get(workspace))
            for holder in unread:
                await self._read_large(workspace, holder)

    async def _wait(self) -> None:
        position = await self._reader.last_position()
        if not await self._waiting.wait_for(position, VIEWS_SECONDS_MAX):
            raise CollectionRefused(
                f"Expected the read models to hold everything up to position {position}, but they do not; does a projector run?"
            )

    async def _running(self, connection: Connection) -> dict[UUID, datetime]:
        standing = await read_standing(connection)
        if standing.why_not is not None:
            raise CollectionRefused(standing.why_not)
        return dict(standing.running_since)

    async def _read_large(self, workspace: UUID, holder: str) -> None:
        """Notes which files a large value holds; what cannot be read may hold any."""
        hashes: set[str] = set()
        before = b""
        try:
            async for piece in self._blobs.open(workspace, holder):
                seen = before + piece
                hashes |= {found.decode() for found in _HASH.findall(seen)}
                before = seen[-_HASH_BYTES_MAX:]
        except (BlobMissing, BlobDamaged) as error:
            raise CollectionRefused(
                f"Expected to read the large value {holder} of workspace {workspace}, but it is "
                f"{'missing' if isinstance(error, BlobMissing) else 'damaged'}, and which files it held is not known."
            ) from error
        await self._reader.rows(_READ, (workspace, holder, workspace, holder, sorted(hashes)))
