"""`POST /files`, `GET /files/{id}` and `GET /values/{token}`: content in and out, streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from domain.files.subject import StoreFile
from domain.values import BLOB
from event_store.blobs import CHUNK_BYTES, BlobMissing, BlobRef, BlobTooLarge
from graphql_api.body_limit import ContentTooLarge
from graphql_api.commanding import Sender, new_id, now
from graphql_api.context import Context, read_id
from graphql_api.http_answers import download, json_answer, media_type_of
from graphql_api.jobs.log import job_logs
from graphql_api.refusals import ArgumentRefused, FileNotFound
from graphql_api.strict_json import write_json
from graphql_api.values.given import stored_file
from graphql_api.values.links import Content
from graphql_api.values.shown import links, shown

FORM_OVERHEAD_BYTES = 64 * 1024  # boundaries, headers and names beside the file itself
NAME_USUAL = "file"


async def store(context: Context, request: Request) -> Response:
    """Stores one file: a form with a field of a file, or the bare content with `?name=`. Answers its id, 201."""
    context.identity.require("file:write")
    if media_type_of(request.headers.get("content-type")) == "multipart/form-data":
        name, ref = await _from_form(context, request)
    else:
        name = request.query_params.get("name") or NAME_USUAL
        ref = await _put(context, request.stream(), media_type_of(request.headers.get("content-type")))
    at = now()
    file_id = new_id(at)
    content = {BLOB: {"v": 1, "hash": ref.hash, "size": ref.size, "type": ref.type}}
    command = StoreFile(
        at=at, file_id=file_id, name=_base_name(name), media_type=ref.type, size=ref.size, content=content
    )
    receipt = await Sender(context, "storeFile", None).send(command)
    said: dict[str, Any] = {
        "id": str(file_id),
        "name": command.name,
        "mediaType": ref.type,
        "size": ref.size,
        "url": f"/files/{file_id}",
        "position": await context.show_position(receipt.position),
    }
    return json_answer(said, 201, {"Location": said["url"]})


async def fetch(context: Context, request: Request) -> Response:
    """The content of a stored file."""
    context.identity.require("file:read")
    text = request.path_params["id"]
    file_id = read_id(text)
    file = None if file_id is None else await stored_file(context, file_id)
    if file is None:
        raise FileNotFound(id=text)
    event = file.event
    name = event.name if isinstance(event.name, str) else NAME_USUAL
    return await _content(context, request, Content(event.content[BLOB]["hash"], event.size, event.media_type, name))


async def fetch_value(context: Context, request: Request) -> Response:
    """The content behind a link that a query gave; whoever was shown the value may fetch it."""
    content = links(context).read(request.path_params["token"])
    if content is None:
        raise FileNotFound(id="this link")
    if isinstance(content, Content):
        return await _content(context, request, content)
    gathered, name = content
    log = await context.loader(job_logs).load((gathered.job_id, gathered.until))
    return download(_as_list(context, log.gathered(gathered)), name, "application/json")


async def _as_list(context: Context, values: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    before = b"["
    async for value in values:
        yield before + write_json(shown(context, value))
        before = b","
    yield b"[]" if before == b"[" else b"]"


async def _content(context: Context, request: Request, content: Content) -> Response:
    if request.headers.get("if-none-match") == f'"{content.hash}"':
        return Response(status_code=304)
    blobs = context.api.system.blobs
    if not await blobs.exists(context.workspace_id, content.hash):
        raise BlobMissing(content.hash)
    pieces = blobs.open(context.workspace_id, content.hash)
    known = {"Content-Length": str(content.size), "ETag": f'"{content.hash}"'}
    return download(pieces, content.name, content.media_type, known)


async def _from_form(context: Context, request: Request) -> tuple[str, BlobRef]:
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            file = next((part for part in form.values() if isinstance(part, UploadFile)), None)
            if file is None:
                raise ArgumentRefused(expected="a form with one file", name="the body", found="none")
            return file.filename or NAME_USUAL, await _put(context, _pieces(file), media_type_of(file.content_type))
    except MultiPartException as error:
        raise ArgumentRefused(expected="a form with one file", name="the body", found=error.message) from None


async def _put(context: Context, pieces: AsyncIterator[bytes], media_type: str) -> BlobRef:
    most = context.api.settings.file_bytes_max
    try:
        return await context.api.system.blobs.put(context.workspace_id, pieces, media_type, bytes_max=most)
    except BlobTooLarge:
        raise ContentTooLarge(most=most) from None


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(CHUNK_BYTES):
        yield piece


def _base_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].strip() or NAME_USUAL
