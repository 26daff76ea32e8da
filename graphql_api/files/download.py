"""Stored content going out: whole with its checksum held, or a range of it so that a download can go on where it broke off."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from event_store.blobs import BlobDamaged, BlobMissing, BlobStore
from graphql_api.http_answers import content_headers, download
from graphql_api.values.links import Content

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def content_answer(blobs: BlobStore, workspace_id: UUID, request: Request, content: Content) -> Response:
    """The content, or what of it was asked for.

    The checksum is that of the whole, so a range is sent unchecked; `Repr-Digest` lets its reader check what it put together.
    """
    tag = f'"{content.hash}"'
    known = {"ETag": tag, "Accept-Ranges": "bytes", "Repr-Digest": f"sha-256=:{_digest(content.hash)}:"}
    if _names(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=known)
    size = await blobs.size(workspace_id, content.hash)
    if size is None:
        raise BlobMissing(content.hash)
    if size != content.size:
        raise BlobDamaged(content.hash)
    asked = _range(request, tag, size)
    if asked is not None and not asked:
        return Response(status_code=416, headers={**known, "Content-Range": f"bytes */{size}"})
    status, part = (200, range(size)) if asked is None else (206, asked)
    known["Content-Length"] = str(len(part))
    if asked is not None:
        known["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    if request.method == "HEAD":
        return Response(status_code=status, headers=content_headers(content.name, content.media_type, known))
    whole = asked is None
    pieces = (
        blobs.open(workspace_id, content.hash)
        if whole
        else blobs.open_range(workspace_id, content.hash, part.start, part.stop)
    )
    return download(pieces, content.name, content.media_type, known, status)


def _range(request: Request, tag: str, size: int) -> range | None:
    """The bytes asked for; an empty range where there are none such, None where all of them are."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or not any(match.groups()) or request.headers.get("if-range", tag) != tag:
        return None  # Several ranges at once, or none that can be read: whoever asks so has to take the whole.
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _names(header: str | None, tag: str) -> bool:
    tags: Iterable[str] = (header or "").split(",")
    return any(each.strip().removeprefix("W/") in {tag, "*"} for each in tags)


def _digest(content_hash: str) -> str:
    return base64.b64encode(bytes.fromhex(content_hash)).decode()
