"""The headers of the tus protocol: read strictly, so that what cannot be read is refused and not guessed."""

from __future__ import annotations

import base64
import binascii
import hashlib
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request

from graphql_api.http_answers import UNKNOWN_MEDIA_TYPE, media_type_of
from graphql_api.refusals import ArgumentRefused
from graphql_api.uploads.contract import Upload
from graphql_api.uploads.refusals import UploadContentType, UploadVersionUnsupported

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
CHECKSUMS = ("sha1", "sha256")
OFFSET_TYPE = "application/offset+octet-stream"
LENGTH_DIGITS_MAX = 15
METADATA_CHARACTERS_MAX = 8_000
TUS_ASKED = (
    "Tus-Resumable",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "Upload-Checksum",
    "X-HTTP-Method-Override",
)
TUS_TOLD = ("Tus-Resumable", "Tus-Version", "Upload-Offset", "Upload-Length", "Upload-Expires", "Upload-Metadata")
EVERY = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}


def capabilities(bytes_max: int) -> dict[str, str]:
    """What the server can do, for whoever asks with OPTIONS."""
    return {
        **EVERY,
        "Tus-Version": VERSION,
        "Tus-Max-Size": str(bytes_max),
        "Tus-Extension": EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }


def check_version(request: Request) -> None:
    """Refuses another version of the protocol."""
    found = request.headers.get("tus-resumable")
    if found != VERSION:
        raise UploadVersionUnsupported(found=found or "none")


def check_content_type(request: Request) -> None:
    """Refuses a body that does not come as the bytes of an upload."""
    found = request.headers.get("content-type", "")
    if media_type_of(found) != OFFSET_TYPE:
        raise UploadContentType(found=found or "none")


def number_in(request: Request, name: str) -> int:
    """The whole number from 0 in a header."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= LENGTH_DIGITS_MAX):
        raise ArgumentRefused(expected="a whole number from 0", name=name, found=text or "none")
    return int(text)


def described_in(request: Request) -> tuple[str, str]:
    """The name and the media type that the metadata tells, as the usual clients write them."""
    told: dict[str, str] = {}
    text = request.headers.get("upload-metadata", "")
    if len(text) > METADATA_CHARACTERS_MAX:
        raise ArgumentRefused(
            expected=f"at most {METADATA_CHARACTERS_MAX} characters", name="Upload-Metadata", found=str(len(text))
        )
    for pair in filter(None, (pair.strip() for pair in text.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            told[key] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise ArgumentRefused(
                expected="keys, each with its value in Base64", name="Upload-Metadata", found=f"another value of {key}"
            ) from None
    name = told.get("filename") or told.get("name") or ""
    return name, media_type_of(told.get("filetype") or told.get("type") or UNKNOWN_MEDIA_TYPE)


def checksum_in(request: Request) -> tuple[Any, bytes] | None:
    """The hash to feed with the body, and what it has to come to; None where no checksum was sent."""
    text = request.headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    try:
        wanted = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        wanted = b""
    if algorithm not in CHECKSUMS or not wanted:
        raise ArgumentRefused(
            expected=f"{' or '.join(CHECKSUMS)} and the checksum in Base64", name="Upload-Checksum", found="another"
        )
    return hashlib.new(algorithm, usedforsecurity=False), wanted


def metadata_of(upload: Upload) -> dict[str, str]:
    """What is known of an upload, as its metadata told."""
    told = {"filename": upload.name, "filetype": upload.media_type}
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
    return {"Upload-Metadata": ",".join(pairs)}


def state_of(upload: Upload) -> dict[str, str]:
    """How much of an upload is there, and until when it may be continued."""
    return {
        **EVERY,
        "Upload-Offset": str(upload.received),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
    }
