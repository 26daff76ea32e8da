"""What a blob store is: content by the hash of its bytes, how it is read, and how what nothing refers to is removed."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from event_store.units import StoreUnavailable

CHUNK_BYTES = 1024 * 1024
DRAFT_SECONDS_MAX = 24 * 60 * 60
"""What a killed process left half-written is removed after this."""
MARK = ".opus-blobs"
"""The file by which a store is known as the one that was begun: where it is not mounted, it is missing."""


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Stored content: the SHA-256 of its bytes as hex, their number, and the media type it was stored as."""

    hash: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Content that lies in a store: since when it does, or since when it is set aside to be removed."""

    hash: str
    size: int
    since: datetime
    aside: bool = False


class BlobMissing(Exception):
    """Expected stored content, but there is none of this hash in the workspace."""


class BlobDamaged(Exception):
    """Expected stored content to have the hash it is named by, but its bytes were changed."""


class BlobStoreAway(StoreUnavailable, OSError):
    """The blob store cannot be reached or refuses to write; nothing was stored, and what is stored there is not lost."""


class BlobTooLarge(Exception):
    """Expected content within a limit, but it is larger; nothing was kept."""


class BlobStore(Protocol):
    """Where content is kept; what is put twice is kept once.

    A workspace is the border: content of one is not seen in another. An upload under way keeps its parts as if its own id were a workspace.
    What is set aside is still read; what is put is never only set aside.
    """

    async def begin(self, *, anew: bool) -> bool:
        """Makes an empty store one to put into (only when `anew`: nothing was ever stored); False when the store is away."""

    async def owner(self) -> str:
        """The log whose references are believed when content is removed, as the mark says; empty where none was named yet."""

    async def be_owned(self, owner: str) -> None:
        """Names the log whose references are believed from now on."""

    async def put(
        self, workspace: UUID, content: bytes | AsyncIterable[bytes], media_type: str, *, bytes_max: int | None = None
    ) -> BlobRef:
        """Stores content; durable when this returns. Raises BlobTooLarge above `bytes_max`, and BlobStoreAway."""

    def open(self, workspace: UUID, content_hash: str) -> AsyncIterator[bytes]:
        """The content in pieces; the last one is given only after the checksum held. Raises BlobMissing, BlobDamaged, BlobStoreAway."""

    def open_range(self, workspace: UUID, content_hash: str, first: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `first` up to, not with, `end`; not checked, since the checksum is that of the whole. Raises as `open`."""

    async def read(self, workspace: UUID, content_hash: str) -> bytes:
        """The whole content, checked. Raises BlobMissing, BlobDamaged."""

    async def exists(self, workspace: UUID, content_hash: str) -> bool:
        """Whether content of this hash is stored in the workspace."""

    async def size(self, workspace: UUID, content_hash: str) -> int | None:
        """How many bytes are stored under this hash in the workspace; None where nothing is."""

    async def workspaces(self) -> list[UUID]:
        """The ids under which anything is stored."""

    def walk(self, workspace: UUID) -> AsyncIterator[Kept]:
        """All content of a workspace, what is set aside too, in no order."""

    async def set_aside(self, workspace: UUID, content_hash: str) -> None:
        """Moves content to where it waits to be removed. Nothing happens where there is none."""

    async def bring_back(self, workspace: UUID, content_hash: str) -> None:
        """Moves content that was set aside back. Nothing happens where there is none."""

    async def remove_aside(self, workspace: UUID, content_hash: str, *, before: datetime) -> bool:
        """Removes content that was set aside before a moment, for good, and says whether it did; what was put or set aside since stays."""

    async def remove_all(self, workspace: UUID) -> None:
        """Removes everything under an id that nothing refers to: an upload that has ended."""

    async def remove_drafts(self) -> None:
        """Removes what killed processes left half-written a day ago or longer."""


async def pieces_of(content: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Content piece by piece, however it is given."""
    if isinstance(content, bytes):
        yield content
        return
    async for piece in content:
        yield piece


def check_size(size: int, bytes_max: int | None) -> None:
    """Raises BlobTooLarge when there is more than the limit, if there is one."""
    if bytes_max is not None and size > bytes_max:
        raise BlobTooLarge(f"Expected at most {bytes_max} bytes, but the content is larger.")
