"""`POST /files`, `GET /files/{id}` and `GET /values/{token}`: content in and out, streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from domain.files.subject import check_name
from domain.values import BLOB
from event_store.blobs import CHUNK_BYTES
from graphql_api.commanding import new_id, now
from graphql_api.context import Context, read_id
from graphql_api.files.download import content_answer
from graphql_api.files.signing import is_signed
from graphql_api.files.storing import NAME_USUAL, Judged, base_name, keep_content, record_file, refuse_without_room
from graphql_api.http_answers import download, json_answer, media_type_of
from graphql_api.jobs.log import job_logs
from graphql_api.refusals import ArgumentRefused, FileNotFound
from graphql_api.strict_json import write_json
from graphql_api.system import System
from graphql_api.values.given import stored_file
from graphql_api.values.links import Content, content_of
from graphql_api.values.shown import links, shown
from projections.files import find_any_file

FORM_OVERHEAD_BYTES = 64 * 1024  # boundaries, headers and names beside the file itself


async def store(context: Context, request: Request) -> Response:
    """Stores one file: a form with a field of a file, or the bare content with `?name=`. Answers its id, 201."""
    context.identity.require("file:write")
    most = await refuse_without_room(context)
    if media_type_of(request.headers.get("content-type")) == "multipart/form-data":
        name, judged = await _from_form(context, request, most)
    else:
        name = request.query_params.get("name") or NAME_USUAL
        check_name(base_name(name))  # Before any of it is kept.
        said_type = media_type_of(request.headers.get("content-type"))
        judged = await keep_content(context, request.stream(), said_type, most)
    at = now()
    said = await record_file(context, new_id(at), name, judged, at)
    return json_answer(said, 201, {"Location": said["url"]})


async def fetch(context: Context, request: Request) -> Response:
    """The content of a stored file."""
    context.identity.require("file:read")
    text = request.path_params["id"]
    file_id = read_id(text)
    file = None if file_id is None else await stored_file(context, file_id)
    if file is None:
        raise FileNotFound(id=text)
    content = content_of(file.event.content[BLOB], _name(file.event.name))
    return await content_answer(context.api.system.blobs, context.workspace_id, request, content)


async def fetch_signed(system: System, request: Request) -> Response:
    """The content of a file for whoever has a link to it that has not expired."""
    file_id = read_id(request.path_params["id"])
    row = None if file_id is None else await find_any_file(system.views, file_id)
    given = request.query_params.get("expires", ""), request.query_params.get("signature", "")
    if row is None or not is_signed(system.master_key, row.workspace_id, row.file_id, *given):
        raise FileNotFound(id="this link")
    content = content_of(row.content[BLOB], _name(row.name))
    return await content_answer(system.blobs, row.workspace_id, request, content)


async def fetch_value(context: Context, request: Request) -> Response:
    """The content behind a link that a query gave; whoever was shown the value may fetch it."""
    content = links(context).read(request.path_params["token"])
    if content is None:
        raise FileNotFound(id="this link")
    if isinstance(content, Content):
        return await content_answer(context.api.system.blobs, context.workspace_id, request, content)
    gathered, name = content
    log = await context.loader(job_logs).load((gathered.job_id, gathered.until))
    return download(_as_list(context, log.gathered(gathered)), name, "application/json")


async def _as_list(context: Context, values: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    before = b"["
    async for value in values:
        yield before + write_json(shown(context, value))
        before = b","
    yield b"[]" if before == b"[" else b"]"


async def _from_form(context: Context, request: Request, most: int) -> tuple[str, Judged]:
    async with request.form(max_files=1, max_fields=10) as form:
        file = next((part for part in form.values() if isinstance(part, UploadFile)), None)
        if file is None:
            raise ArgumentRefused(expected="a form with one file", name="the body", found="none")
        name = file.filename or NAME_USUAL
        check_name(base_name(name))
        return name, await keep_content(context, _pieces(file), media_type_of(file.content_type), most)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(CHUNK_BYTES):
        yield piece


def _name(name: Any) -> str:
    return name if isinstance(name, str) else NAME_USUAL
