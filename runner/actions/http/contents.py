"""File contents in pieces, as they are sent and kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from runner.actions.contract import FileContents


async def opened(files: FileContents, file: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """The content of a file in pieces."""
    opening = getattr(files, "open", None)
    if opening is None:
        yield await files.read(file)
        return
    async for piece in opening(file):
        yield piece


async def kept(files: FileContents, name: str, media_type: str, pieces: AsyncIterator[bytes]) -> dict[str, Any]:
    """The file value of content that comes in pieces."""
    keeping = getattr(files, "keep", None)
    if keeping is None:
        return await files.store(name, media_type, b"".join([piece async for piece in pieces]))
    value: dict[str, Any] = await keeping(name, media_type, pieces)
    return value
