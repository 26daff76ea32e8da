"""What content is by its first bytes, and which media type therefore counts: never a name, and what a client says only where bytes cannot tell."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

HEAD_BYTES = 64 * 1024
"""How many of its first bytes are looked at."""
SIGNATURE_BYTES_MAX = 8 * 1024  # No signature lies further in, the names of what a zip file holds apart.
PDF_BYTES_MAX = 1024  # A PDF may begin with other bytes; readers look this far.
UNKNOWN = "application/octet-stream"
OLE = "application/x-ole-storage"
PARQUET = "application/vnd.apache.parquet"
PDF = "application/pdf"
ZIP = "application/zip"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_ENTRY = re.compile(rb"PK\x03\x04.{26}(word|xl|ppt)/", re.DOTALL)
_OFFICE_KINDS = MappingProxyType(
    {b"word": "wordprocessingml.document", b"xl": "spreadsheetml.sheet", b"ppt": "presentationml.presentation"}
)
_OWN = MappingProxyType({b"PAR1": PARQUET, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": OLE})
_CONTAINERS = MappingProxyType(
    {
        OLE: ("application/msword", "application/vnd.ms-"),
        "audio/ogg": ("application/ogg", "audio/", "video/ogg"),
        "video/ogg": ("application/ogg", "audio/", "video/ogg"),
        "video/webm": ("audio/webm",),
        "video/mp4": ("audio/mp4",),
        "video/x-matroska": ("audio/x-matroska",),
    }
)
"""Signatures that several media types share: which of those a client may choose."""
_NONE = ("-",)
_SHORT = frozenset({"image/bmp", "application/x-msdownload", "application/x-compress"})
"""Signatures of two letters, with which a text may begin."""
_PRINTABLE = bytes(sorted({*range(256)} - ({*range(0x20)} - {*b"\t\n\r\f\x1b"})))
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_TEXTS = ("text/",)
_TEXT_TYPES = frozenset(
    {
        "application/json",
        "application/x-ndjson",
        "application/xml",
        "application/yaml",
        "image/svg+xml",
        "message/rfc822",
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """The media type that counts, and what the content showed itself to be, when it did."""

    media_type: str
    detected: str | None


def judge(said: str, head: bytes) -> Told:
    """What counts of what a client said and what the first bytes show. Of no bytes nothing is known but what was said."""
    if not head:
        return Told(said, None)
    detected = detect(head)
    if detected is not None:
        return Told(said if _is_one_of(detected, said) else detected, detected)
    if said in _signed() or (_is_text_type(said) and not is_text(head)):
        return Told(UNKNOWN, None)
    return Told(said, None)


def detect(head: bytes) -> str | None:
    """The media type that the first bytes show; None where they show none, as of text."""
    for signature, media_type in _OWN.items():
        if head.startswith(signature):
            return media_type
    if b"%PDF-" in head[:PDF_BYTES_MAX]:
        return PDF
    found = _library().guess_mime(bytearray(head[:SIGNATURE_BYTES_MAX]))
    if found == ZIP:
        return _of_zip(head)
    if found in _SHORT and is_text(head):
        return None
    return None if found is None else str(found)


def is_text(head: bytes) -> bool:
    """Whether these bytes can be text in any usual encoding."""
    return head.startswith(_MARKS) or not head.translate(None, delete=_PRINTABLE)


class Head:
    """Passes content on, and keeps its first bytes to judge it by."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = pieces
        self.bytes = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The content, as it comes."""
        async for piece in self._pieces:
            if len(self.bytes) < HEAD_BYTES:
                self.bytes += bytes(piece[: HEAD_BYTES - len(self.bytes)])
            yield piece


def _of_zip(head: bytes) -> str:
    """Documents of an office are zip files too; some begin with another entry than those that the library knows."""
    found = _OFFICE_ENTRY.search(head)
    return ZIP if found is None else f"{_OFFICE}{_OFFICE_KINDS[found[1]]}"


def _is_one_of(detected: str, said: str) -> bool:
    """Whether what a client said is a closer word for what the content shows."""
    if detected == ZIP:  # Many formats are zip files; of those that have a signature of their own this one is none.
        return said not in _signed() and not said.startswith(_OFFICE) and not _is_text_type(said) and said != UNKNOWN
    return said.startswith(_CONTAINERS.get(detected, _NONE))


def _is_text_type(media_type: str) -> bool:
    return media_type.startswith(_TEXTS) or media_type in _TEXT_TYPES


@cache
def _signed() -> frozenset[str]:
    """The media types that can be told by their signatures: content without one is none of them."""
    return frozenset({*(kind.mime for kind in _library().types), *_OWN.values(), PDF})


@cache
def _library() -> Any:
    import filetype  # noqa: PLC0415 - needed by whoever stores files

    return filetype
