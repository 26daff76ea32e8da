"""Files on their way to and from the API: what breaks off goes on where it was, instead of beginning anew."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import httpx2

from runner.refused import Refused

ONE_REQUEST_BYTES_MAX: Final = 8 * 1024 * 1024
"""A file up to this size is sent at once; what then breaks off is told, and sent anew by whoever wants to."""
SENT_AT_ONCE_BYTES: Final = 16 * 1024 * 1024
RESUME_SECONDS_MAX: Final = 300.0
"""Also the last answer to an upload, which becomes a file then, may take a while."""
RESUME_PAUSE_SECONDS: Final = 0.5
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_OFFSET_TYPE: Final = "application/offset+octet-stream"
_PIECE_BYTES: Final = 256 * 1024

Refusal = Callable[[httpx2.Response], Exception]
"""The refusal in an answer."""


class FileChanged(Refused):
    """Expected a file to stay as it is while it is sent, but it changed."""


class ContentDamaged(Refused):
    """Expected content of the checksum that the API told, but it has another."""


def send_in_parts(http: httpx2.Client, path: Path, refused: Refusal) -> str:
    """Sends a file by the tus protocol, and gives its id; raises what the API refuses, or the last TransportError."""
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    with path.open("rb") as content:
        size = content.seek(0, 2)
        told = {"filename": path.name, "filetype": media_type}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        begun = _checked(
            http.post("/uploads", headers={**_TUS, "Upload-Length": str(size), "Upload-Metadata": metadata}), refused
        )
        url, answer, offset, deadline = begun.headers["location"], begun, -1, 0.0
        while "content-location" not in answer.headers:
            came = int(answer.headers["upload-offset"])
            if came > offset:
                offset, deadline = came, time.monotonic() + RESUME_SECONDS_MAX
            if content.seek(0, 2) != size:
                raise FileChanged(
                    f"Expected {path} to stay as it is while it is sent, but its size changed; send it again."
                )
            try:
                answer = _send_one(http, url, content, offset, min(SENT_AT_ONCE_BYTES, size - offset))
                if answer.status_code == httpx2.codes.CONFLICT:  # What broke off came further than was told.
                    answer = http.head(url, headers=_TUS)
                _checked(answer, refused)
            except httpx2.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(RESUME_PAUSE_SECONDS)
                answer = _ask(http, url, refused, deadline)
    file: str = answer.headers["content-location"].rpartition("/")[2]
    return file


def fetch(http: httpx2.Client, path: str, refused: Refusal) -> Iterator[bytes]:
    """The content behind a path in pieces; goes on with the same content after a connection that broke.

    What comes in ranges nobody has checked: at the end the whole is compared with the digest that the API told.
    """
    came, tag, deadline, digest = 0, "", time.monotonic() + RESUME_SECONDS_MAX, hashlib.sha256()
    while True:
        again = {"Range": f"bytes={came}-", "If-Range": tag} if came else {}
        try:
            with http.stream("GET", path, headers=again) as response:
                if response.status_code >= httpx2.codes.BAD_REQUEST:
                    response.read()
                    raise refused(response)
                if came and response.status_code != httpx2.codes.PARTIAL_CONTENT:
                    raise httpx2.ReadError("the content is another by now")
                tag = response.headers.get("etag", "")
                for piece in response.iter_bytes():
                    came += len(piece)
                    digest.update(piece)
                    deadline = time.monotonic() + RESUME_SECONDS_MAX
                    yield piece
                _check_digest(response, digest.digest(), path)
                return
        except httpx2.TransportError:
            if not tag or time.monotonic() > deadline:
                raise
        time.sleep(RESUME_PAUSE_SECONDS)


def _send_one(http: httpx2.Client, url: str, content: BinaryIO, offset: int, size: int) -> httpx2.Response:
    content.seek(offset)
    headers = {**_TUS, "Content-Type": _OFFSET_TYPE, "Upload-Offset": str(offset), "Content-Length": str(size)}
    return http.patch(url, content=_pieces(content, size), headers=headers)


def _ask(http: httpx2.Client, url: str, refused: Refusal, deadline: float) -> httpx2.Response:
    """How much is there, asked until the API answers again."""
    while True:
        try:
            return _checked(http.head(url, headers=_TUS), refused)
        except httpx2.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(RESUME_PAUSE_SECONDS)


def _pieces(content: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := content.read(min(size, _PIECE_BYTES))):
        size -= len(piece)
        yield piece


def _check_digest(response: httpx2.Response, found: bytes, path: str) -> None:
    told = response.headers.get("repr-digest")
    if told is not None and told != f"sha-256=:{base64.b64encode(found).decode()}:":
        raise ContentDamaged(f"Expected the content of {path} as it was stored, but what came has another checksum.")


def _checked(response: httpx2.Response, refused: Refusal) -> httpx2.Response:
    if response.status_code >= httpx2.codes.BAD_REQUEST:
        raise refused(response)
    return response
