"""From content that comes in to a stored file: room looked for, bytes kept, what they are judged, the event recorded."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.files.subject import StoreFile
from domain.values import BLOB
from event_store.blobs import BlobRef, BlobTooLarge
from event_store.blobs.detecting import Head, judge
from graphql_api.body_limit import ContentTooLarge
from graphql_api.commanding import Sender
from graphql_api.context import Context
from graphql_api.refusals import WorkspaceFull
from projections.content import find_totals

NAME_USUAL = "file"


@dataclass(frozen=True, slots=True)
class Judged:
    """Content that is kept: its reference with the media type that counts, what was said of it, and what it showed itself to be."""

    ref: BlobRef
    said: str
    detected: str | None


async def refuse_without_room(context: Context, size: int = 0) -> int:
    """Refuses a file that is larger than one may be, or than the workspace has room for; gives how large it may be."""
    settings = context.api.settings
    if size > settings.file_bytes_max:
        raise ContentTooLarge(most=settings.file_bytes_max)
    totals = await find_totals(context.api.system.views, context.workspace_id)
    _, coming = await context.api.system.uploads.under_way(context.workspace_id)
    if totals.files >= settings.workspace_files_max:
        raise WorkspaceFull(most=settings.workspace_files_max, what="files", found=totals.files)
    if totals.bytes + coming + size > settings.workspace_bytes_max:
        raise WorkspaceFull(most=settings.workspace_bytes_max, what="bytes", found=totals.bytes + coming)
    return min(settings.file_bytes_max, settings.workspace_bytes_max - totals.bytes - coming)


async def keep_content(context: Context, pieces: AsyncIterable[bytes], said: str, most: int | None = None) -> Judged:
    """Keeps content durably; refuses what is larger than a file may be, or than `most`."""
    bytes_max, head = context.api.settings.file_bytes_max, Head(pieces)
    try:
        ref = await context.api.system.blobs.put(
            context.workspace_id, head, said, bytes_max=bytes_max if most is None else most
        )
    except BlobTooLarge:
        if most is not None and most < bytes_max:
            await refuse_without_room(context, most + 1)
        raise ContentTooLarge(most=bytes_max) from None
    told = judge(said, head.bytes)
    return Judged(replace(ref, type=told.media_type), said, told.detected)


async def record_file(context: Context, file_id: UUID, name: str, judged: Judged, at: datetime) -> dict[str, Any]:
    """Records the file, and says what was recorded; of the same file again it changes nothing."""
    ref = judged.ref
    command = StoreFile(
        at=at,
        file_id=file_id,
        name=base_name(name),
        media_type=judged.said,
        size=ref.size,
        content={BLOB: {"v": 1, "hash": ref.hash, "size": ref.size, "type": ref.type}},
        detected=judged.detected,
    )
    receipt = await Sender(context, "storeFile", None).send(command)
    return {
        "id": str(file_id),
        "name": command.name,
        "mediaType": ref.type,
        "size": ref.size,
        "url": f"/files/{file_id}",
        "position": await context.show_position(await context.position_of(receipt)),
    }


def base_name(name: str) -> str:
    """A name without the folders it may come with."""
    return name.replace("\\", "/").rpartition("/")[2].strip() or NAME_USUAL
