"""Removes stored content that nothing refers to: what is left of starts that were refused, runs that failed, processes that died.

In two steps, a day apart at least: first it is set aside, where it is still read; what is set aside and still not referred to then is removed,
and what was set aside while it was put anew is brought back. So no order of events between this and whoever stores content,
refers to it and dies in between loses anything. Content is left alone that is younger than a day, or than a run under way, which
may refer to what it has stored with its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from event_store.blobs import BlobStore, Kept
from event_store.epochs import LogIdentity
from runner.references import CollectionRefused, Referred

KEEP_SECONDS = 24 * 60 * 60
"""Content that is younger, or was set aside a shorter time ago, is left alone."""
CLOCKS_SECONDS_MAX = 15 * 60
"""How far the clocks of the store, of the database and of this machine may be apart."""
BATCH_MAX = 1_000


class KnowsReferences(Protocol):
    """Says what is referred to."""

    async def workspaces(self) -> list[UUID]:
        """The workspaces of this log."""
        ...

    async def of(self, workspace: UUID, hashes: Sequence[str]) -> Referred:
        """Those of the hashes that are referred to, at a moment after this call began."""
        ...


class KnowsUploads(Protocol):
    """Says which uploads are over."""

    async def expire(self) -> None:
        """Ends those that have rested too long."""
        ...

    async def over(self) -> list[tuple[UUID, UUID]]:
        """Those for which nothing can be coming in any more, with their workspaces."""
        ...

    async def forget(self, upload_id: UUID) -> None:
        """Removes what is known of an upload."""
        ...


@dataclass(slots=True)
class Collected:
    """What was done, or in a dry run would be, and what had to be left alone, in a sentence each."""

    set_aside: int = 0
    set_aside_bytes: int = 0
    brought_back: int = 0
    removed: int = 0
    removed_bytes: int = 0
    uploads: int = 0
    left_alone: list[str] = field(default_factory=list)


class Collector:
    """Goes once through everything that is stored."""

    def __init__(
        self,
        *,
        blobs: BlobStore,
        references: KnowsReferences,
        uploads: KnowsUploads,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._blobs = blobs
        self._references = references
        self._uploads = uploads
        self._clock = clock

    async def collect(self, log: LogIdentity, *, dry_run: bool = False, take_over: bool = False) -> Collected:
        """Removes what may be removed; raises CollectionRefused, StoreUnavailable. Cut off anywhere, it is gone through anew next time."""
        await self._check_owner(log, dry_run=dry_run, take_over=take_over)
        done = Collected()
        workspaces = set(await self._references.workspaces())
        for workspace in [each for each in await self._blobs.workspaces() if each in workspaces]:
            try:
                async for batch in _batches(self._blobs.walk(workspace)):
                    await self._collect(workspace, batch, done, dry_run=dry_run)
            except CollectionRefused as refused:
                done.left_alone.append(str(refused))
        await self._end_uploads(done, dry_run=dry_run)
        if not dry_run:
            await self._blobs.remove_drafts()
        return done

    async def _check_owner(self, log: LogIdentity, *, dry_run: bool, take_over: bool) -> None:
        """A copy of an installation that was given the same store must not remove what the other has stored since."""
        owner, mine = await self._blobs.owner(), f"{log.log}:{log.epoch}"
        if owner and owner != mine and not take_over:
            raise CollectionRefused(
                f"Expected the blob store to be that of log {log.log}, epoch {log.epoch}, but content was collected there for "
                f"{owner}: another installation may still use it. If none does, `opus files collect --take-over` makes it this one's."
            )
        if owner != mine and not dry_run:
            await self._blobs.be_owned(mine)

    async def _collect(self, workspace: UUID, batch: Sequence[Kept], done: Collected, *, dry_run: bool) -> None:
        before = self._clock() - timedelta(seconds=KEEP_SECONDS)
        looked_at = [kept for kept in batch if kept.aside or kept.since < before]
        if not looked_at:
            return
        referred = await self._references.of(workspace, sorted({kept.hash for kept in looked_at}))
        if referred.running_since is not None:
            before = min(before, referred.running_since - timedelta(seconds=CLOCKS_SECONDS_MAX))
        for kept in looked_at:
            if kept.hash in referred.hashes:
                await self._bring_back(workspace, kept, done, dry_run=dry_run)
            elif kept.since < before:
                await self._remove(workspace, kept, before, done, dry_run=dry_run)

    async def _bring_back(self, workspace: UUID, kept: Kept, done: Collected, *, dry_run: bool) -> None:
        if not kept.aside:
            return
        if not dry_run:
            await self._blobs.bring_back(workspace, kept.hash)
        done.brought_back += 1

    async def _remove(self, workspace: UUID, kept: Kept, before: datetime, done: Collected, *, dry_run: bool) -> None:
        if kept.aside:
            # It may have been set aside anew since it was walked by: the same content can lie in both places.
            if not dry_run and not await self._blobs.remove_aside(workspace, kept.hash, before=before):
                return
            done.removed += 1
            done.removed_bytes += kept.size
        else:
            if not dry_run:
                await self._blobs.set_aside(workspace, kept.hash)
            done.set_aside += 1
            done.set_aside_bytes += kept.size

    async def _end_uploads(self, done: Collected, *, dry_run: bool) -> None:
        if not dry_run:
            await self._uploads.expire()
        for upload, _ in await self._uploads.over():
            if not dry_run:
                await self._blobs.remove_all(upload)
                await self._uploads.forget(upload)
            done.uploads += 1


async def _batches(walk: AsyncIterator[Kept]) -> AsyncIterator[list[Kept]]:
    batch: list[Kept] = []
    async for kept in walk:
        batch.append(kept)
        if len(batch) == BATCH_MAX:
            yield batch
            batch = []
    if batch:
        yield batch
