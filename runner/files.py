"""What actions may do with files: read those they were given, and store new ones in the workspace of their run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.values import BLOB, Value, is_wrapper
from event_store.blobs import BlobRef, BlobStore

WRAPPER_VERSION = 1
JSON_TYPE = "application/json"


class RunFiles:
    """The files of one run. It knows which content the run was given or stored, so that no other can be passed on as a file."""

    def __init__(self, blobs: BlobStore, workspace: UUID) -> None:
        self._blobs = blobs
        self._workspace = workspace
        self._stored: set[str] = set()

    async def read(self, file: Mapping[str, Any]) -> bytes:
        """The whole content of a file value, its checksum verified."""
        return await self._blobs.read(self._workspace, file["content"][BLOB]["hash"])

    async def store(self, name: str, media_type: str, content: bytes) -> dict[str, Any]:
        """Stores content durably and returns the file value `{"name": …, "content": {"$blob": …}}`."""
        ref = await self._blobs.put(self._workspace, content, media_type)
        self._stored.add(ref.hash)
        return {"name": name, "content": wrapper(ref)}

    def stored(self, content_hash: str) -> bool:
        """Whether this run stored content of this hash."""
        return content_hash in self._stored


def wrapper(ref: BlobRef) -> dict[str, Any]:
    """What stands in an event in place of content that is kept in the blob store."""
    return {BLOB: {"v": WRAPPER_VERSION, "hash": ref.hash, "size": ref.size, "type": ref.type}}


def hashes_in(value: Value) -> set[str]:
    """The hashes of all content that a value refers to."""
    if isinstance(value, dict):
        if is_wrapper(value) and BLOB in value:
            return {value[BLOB]["hash"]}
        return set().union(*map(hashes_in, value.values()))
    if isinstance(value, list):
        return set().union(*map(hashes_in, value))
    return set()
