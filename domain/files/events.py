"""What can happen to a file."""

from __future__ import annotations

from typing import Any, ClassVar

from domain.events import Event, added


class FileStored(Event):
    """A file was stored; `content` is the `$blob` wrapper of its bytes, which were on disk before."""

    wire: ClassVar[str] = "file.stored.v1"
    name: Any
    media_type: str  # as it was said
    size: int  # bytes
    content: dict[str, Any]  # its `type` is the media type that counts
    detected: str | None = added()  # the media type that the bytes showed, whatever was said


FileEvent = FileStored  # A union as soon as there is a second.
