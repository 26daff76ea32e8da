"""`/uploads` and `/uploads/{id}`: the tus protocol 1.0, by which an upload goes on where it broke off.

What came in is put on disk and recorded part by part, so that a connection or a process that ends loses less than a part. When all is
there, the parts become one file, whose id follows from that of the upload: doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from domain.files.subject import check_name
from domain.ids import derive
from domain.refusals import Refusal
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.units import StoreUnavailable
from graphql_api.body_limit import ContentTooLarge
from graphql_api.commanding import new_id, now
from graphql_api.context import Context, read_id
from graphql_api.files.storing import base_name, keep_content, record_file, refuse_without_room
from graphql_api.http_answers import refused
from graphql_api.uploads.contract import Part, Upload
from graphql_api.uploads.headers import (
    EVERY,
    VERSION,
    capabilities,
    check_content_type,
    check_version,
    checksum_in,
    described_in,
    metadata_of,
    number_in,
    state_of,
)
from graphql_api.uploads.refusals import (
    UploadChecksumDiffers,
    UploadNotFound,
    UploadOffsetDiffers,
    UploadOver,
    UploadsTooMany,
)

PART_BYTES = 4 * 1024 * 1024
"""What one upload under way holds in memory, and loses at most when its process dies."""
UPLOADS_OPEN_MAX = 200
"""Of one workspace."""
PURPOSE = "file"
PART_TYPE = "application/octet-stream"
_OVERRIDE = "x-http-method-override"

Answer = Callable[[Context, Request], Awaitable[Response]]


def as_tus(answer: Answer) -> Answer:
    """Says with every answer, refusals too, which version of the protocol it is in."""

    async def answered(context: Context, request: Request) -> Response:
        try:
            context.identity.require("file:write")
            check_version(request)
            return await answer(context, request)
        except (Refusal, StoreUnavailable) as refusal:
            response = refused(refusal)
            response.headers.update({**EVERY, "Tus-Version": VERSION})
            return response

    return answered


def options(bytes_max: int) -> Response:
    """What the server can do."""
    return Response(status_code=204, headers=capabilities(bytes_max))


async def create(context: Context, request: Request) -> Response:
    """Begins an upload; bytes that come along are taken at once."""
    length = number_in(request, "Upload-Length")
    told_name, media_type = described_in(request)
    name = base_name(told_name)
    check_name(name)  # Now, not when all of it is there.
    await refuse_without_room(context, length)
    at = now()
    upload = Upload(new_id(at), context.workspace_id, name, media_type, length, 0, at + timedelta(0), None)
    if not await context.api.system.uploads.begin(upload, open_max=UPLOADS_OPEN_MAX):
        raise UploadsTooMany(most=UPLOADS_OPEN_MAX)
    said = {"Location": f"/uploads/{upload.id}"}
    if request.headers.get("content-type") is not None:
        check_content_type(request)
        upload = await _take(context, request, upload)
    said |= await _finish(context, upload)
    return Response(status_code=201, headers={**state_of(await _found(context, upload.id)), **said})


async def change(context: Context, request: Request) -> Response:
    """Answers what is asked of one upload: how much is there, more bytes for it, or its end."""
    file = read_id(request.path_params["id"])
    upload = None if file is None else await context.api.system.uploads.find(context.workspace_id, file)
    if upload is None:
        raise UploadNotFound(id=request.path_params["id"])
    method = request.headers.get(_OVERRIDE, request.method).upper()
    if method == "HEAD":
        said = await _finish(context, upload)
        return Response(
            headers={**state_of(upload), "Upload-Length": str(upload.length), **metadata_of(upload), **said}
        )
    if method == "DELETE":
        return await _terminate(context, upload)
    if method == "PATCH":
        return await _continue(context, request, upload)
    return Response(status_code=405, headers={**EVERY, "Allow": "HEAD, PATCH, DELETE, OPTIONS"})


async def _continue(context: Context, request: Request, upload: Upload) -> Response:
    check_content_type(request)
    offset = number_in(request, "Upload-Offset")
    _refuse_over(upload)
    if offset != upload.received:
        raise UploadOffsetDiffers(received=upload.received, offset=offset)
    if upload.outcome is None:
        upload = await _take(context, request, upload)
    said = await _finish(context, upload)
    return Response(status_code=204, headers={**state_of(await _found(context, upload.id)), **said})


async def _terminate(context: Context, upload: Upload) -> Response:
    if upload.outcome is not None:
        raise UploadOver(outcome=upload.outcome)
    await context.api.system.uploads.end(upload.id, "terminated")
    await context.api.system.blobs.remove_all(upload.id)
    return Response(status_code=204, headers=EVERY)


async def _take(context: Context, request: Request, upload: Upload) -> Upload:
    """Puts the bytes of a request on disk, part by part; of bytes with a checksum all of them, or none."""
    checksum = checksum_in(request)
    taken: list[Part] = []
    async for piece in _parts(request, upload.length - upload.received, checksum):
        ref = await context.api.system.blobs.put(upload.id, piece, PART_TYPE)
        taken.append(Part(upload.received, ref.size, ref.hash))
        upload = replace(upload, received=upload.received + ref.size)
        if checksum is None:
            await _record(context, upload, taken)
            taken = []
    if checksum is not None and checksum[0].digest() != checksum[1]:
        raise UploadChecksumDiffers
    await _record(context, upload, taken)
    return upload


async def _record(context: Context, upload: Upload, parts: list[Part]) -> None:
    if parts and not await context.api.system.uploads.add(upload.id, parts):
        found = await _found(context, upload.id)
        _refuse_over(found)
        raise UploadOffsetDiffers(received=found.received, offset=parts[0].first)


async def _parts(request: Request, most: int, checksum: tuple[Any, bytes] | None) -> AsyncIterator[bytes]:
    """The body in parts; where the connection ends before it does, what came until then is the last of them."""
    buffer, came = bytearray(), 0
    try:
        async for piece in request.stream():
            came += len(piece)
            if came > most:
                raise ContentTooLarge(most=most)
            if checksum is not None:
                checksum[0].update(piece)
            buffer += piece
            while len(buffer) >= PART_BYTES:
                yield bytes(buffer[:PART_BYTES])
                del buffer[:PART_BYTES]
    except ClientDisconnect:
        if checksum is not None:
            raise UploadChecksumDiffers from None
    if buffer:
        yield bytes(buffer)


async def _finish(context: Context, upload: Upload) -> dict[str, str]:
    """Makes a file of an upload that is whole, and says where it is; of one that is not, nothing."""
    _refuse_over(upload)
    if not upload.is_whole:
        return {}
    if upload.outcome is None:
        await context.api.endings.once(upload.id, partial(_end, context, upload))
    return {"Content-Location": f"/files/{derive(upload.id, PURPOSE)}"}


async def _end(context: Context, upload: Upload) -> None:
    try:
        judged = await keep_content(context, _content(context, upload), upload.media_type)
    except (BlobMissing, BlobDamaged):
        found = await _found(context, upload.id)
        _refuse_over(found)
        if found.outcome is None:
            raise
        return  # Another process was faster, and has put the parts away.
    await record_file(context, derive(upload.id, PURPOSE), upload.name, judged, now())
    await context.api.system.uploads.end(upload.id, "stored")
    await context.api.system.blobs.remove_all(upload.id)


async def _content(context: Context, upload: Upload) -> AsyncIterator[bytes]:
    for part in await context.api.system.uploads.parts(upload.id):
        async for piece in context.api.system.blobs.open(upload.id, part.hash):
            yield piece


async def _found(context: Context, upload_id: UUID) -> Upload:
    found = await context.api.system.uploads.find(context.workspace_id, upload_id)
    if found is None:
        raise UploadNotFound(id=str(upload_id))
    return found


def _refuse_over(upload: Upload) -> None:
    if upload.outcome in {"terminated", "expired"}:
        raise UploadOver(outcome=upload.outcome)
