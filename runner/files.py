"""What actions may do with files: read those they were given, and store new ones in the workspace of their run."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.values import BLOB, Value, is_wrapper, shorten
from event_store.blobs import BlobRef, BlobStore, BlobTooLarge
from event_store.blobs.detecting import HEAD_BYTES, Head, judge
from runner.actions.contract import FileRefused
from runner.secrecy import RunSecrets, SecretFound

WRAPPER_VERSION = 1
JSON_TYPE = "application/json"

RoomOf = Callable[[UUID], Awaitable[int]]
"""A workspace → the most bytes that one more file of it may have; raises FileRefused where there is no room."""


class RunFiles:
    """The files of one run. It knows which content the run was given or stored, so that no other can be passed on as a file."""

    def __init__(
        self, blobs: BlobStore, workspace: UUID, secrets: RunSecrets | None = None, room: RoomOf | None = None
    ) -> None:
        self._blobs = blobs
        self._workspace = workspace
        self._secrets = RunSecrets() if secrets is None else secrets
        self._room = room
        self._stored: list[Value] = []

    async def read(self, file: Mapping[str, Any]) -> bytes:
        """The whole content of a file value, its checksum verified."""
        return await self._blobs.read(self._workspace, file["content"][BLOB]["hash"])

    def open(self, file: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """The content of a file value in pieces; the last one is given only after the checksum held."""
        return self._blobs.open(self._workspace, file["content"][BLOB]["hash"])

    async def store(self, name: str, media_type: str, content: bytes) -> dict[str, Any]:
        """Stores content durably and returns the file value `{"name": …, "content": {"$blob": …}}`; raises FileRefused, SecretFound."""
        if self._secrets and self._secrets.is_in_bytes(content):
            raise SecretFound
        return await self._keep(name, media_type, content, content[:HEAD_BYTES])

    async def keep(self, name: str, media_type: str, pieces: AsyncIterable[bytes]) -> dict[str, Any]:
        """Stores content that comes in pieces, of any size within the limit, as `store` does."""
        head = Head(self._watched(pieces))
        return await self._keep(name, media_type, head, head)

    async def _keep(
        self, name: str, media_type: str, content: bytes | AsyncIterable[bytes], head: bytes | Head
    ) -> dict[str, Any]:
        if self._secrets and self._secrets.is_in_text(name):
            raise SecretFound
        bytes_max = None if self._room is None else await self._room(self._workspace)
        try:
            ref = await self._blobs.put(self._workspace, content, media_type, bytes_max=bytes_max)
        except BlobTooLarge:
            message = f"Expected a file of at most {bytes_max} bytes, but {shorten(name)} is larger."
            raise FileRefused("FILE_TOO_LARGE", message) from None
        told = judge(media_type, head if isinstance(head, bytes) else head.bytes)
        kept = wrapper(replace(ref, type=told.media_type))
        self._stored.append(kept)
        return {"name": name, "content": kept}

    async def _watched(self, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        watch = self._secrets.watch()
        async for piece in pieces:
            watch.look(piece)
            yield piece

    def stored(self, content: Value) -> bool:
        """Whether this run stored this content, under this size and type."""
        return content in self._stored


def wrapper(ref: BlobRef) -> dict[str, Any]:
    """What stands in an event in place of content that is kept in the blob store."""
    return {BLOB: {"v": WRAPPER_VERSION, "hash": ref.hash, "size": ref.size, "type": ref.type}}


def is_file(value: Value) -> bool:
    """Whether a value has the form of a file: a name and content that is kept in the blob store."""
    return (
        isinstance(value, dict)
        and value.keys() == {"name", "content"}
        and isinstance(value["name"], str)
        and is_wrapper(value["content"])
        and BLOB in value["content"]
    )


def contents_in(value: Value) -> Iterator[Value]:
    """The contents, as they stand there, of all files in a value."""
    if is_file(value):
        yield value["content"]
    elif isinstance(value, dict):
        for item in value.values():
            yield from contents_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from contents_in(item)
