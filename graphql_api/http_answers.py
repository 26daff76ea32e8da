"""Answers of plain HTTP: refusals as JSON in the shape of a GraphQL error, content to download."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from domain.refusals import Refusal
from event_store.units import StoreUnavailable
from graphql_api.errors import refusal_extensions
from graphql_api.refusals import RETRYABLE, not_reached
from graphql_api.strict_json import write_json

UNAUTHENTICATED = 401
_STATUS = {
    "UNAUTHENTICATED": UNAUTHENTICATED,
    "PERMISSION_MISSING": 403,
    "FILE_NOT_FOUND": 404,
    "CONTENT_TOO_LARGE": 413,
    "WORKSPACE_FULL": 413,
    "UPLOAD_NOT_FOUND": 404,
    "UPLOAD_OVER": 410,
    "UPLOAD_OFFSET_DIFFERS": 409,
    "UPLOADS_TOO_MANY": 429,
    "UPLOAD_CHECKSUM_DIFFERS": 460,
    "UPLOAD_CONTENT_TYPE": 415,
    "UPLOAD_VERSION_UNSUPPORTED": 412,
    "SIGNATURE_WRONG": 401,
    "WEBHOOK_NOT_FOUND": 404,
    "WEBHOOK_IS_REMOVED": 410,
    "IDEMPOTENCY_KEY_REUSED": 409,
    "JOB_INPUTS_WRONG": 422,
}
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,126}")
UNKNOWN_MEDIA_TYPE = "application/octet-stream"
RETRY_SECONDS = "1"


def refused(refusal: Refusal | StoreUnavailable) -> Response:
    """A refusal with its status; 400 where none fits better."""
    if isinstance(refusal, StoreUnavailable):
        refusal = not_reached(refusal)
    error = {"message": refusal.message, "extensions": refusal_extensions(refusal)}
    retryable = refusal.code in RETRYABLE
    status = 503 if retryable else _STATUS.get(refusal.code, 400)
    headers = {"WWW-Authenticate": "Bearer"} if refusal.code == "UNAUTHENTICATED" else {}
    if retryable:
        headers["Retry-After"] = RETRY_SECONDS
    return json_answer({"data": None, "errors": [error]}, status, headers)


def json_answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A value as JSON."""
    return Response(write_json(value), status, headers, media_type="application/json")


def media_type_of(text: str | None) -> str:
    """The media type without its parameters; content of an unknown one is bytes."""
    kind = (text or "").partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else UNKNOWN_MEDIA_TYPE


def download(
    pieces: AsyncIterator[bytes],
    name: str,
    media_type: str,
    known: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
) -> Response:
    """Content to save, never to be run in a page of ours, whatever its name and type say."""
    return StreamingResponse(pieces, status, content_headers(name, media_type, known))


def content_headers(name: str, media_type: str, known: Mapping[str, str]) -> dict[str, str]:
    """The headers of content to save."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name) or "file"
    return {
        "Content-Type": media_type_of(media_type),
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=0, must-revalidate",
        **known,
    }
