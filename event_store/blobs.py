"""Files and large values: content-addressed within a workspace, on disk before whoever stores them goes on."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from event_store.keys import sync_folder

CHUNK_BYTES = 1024 * 1024
DRAFT_SECONDS_MAX = 24 * 60 * 60
"""What a killed process left half-written is removed after this."""
_DRAFT = ".draft-"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Stored content: the SHA-256 of its bytes as hex, their number, and the media type it was stored as."""

    hash: str
    size: int
    type: str


class BlobMissing(Exception):
    """Expected stored content, but there is none of this hash in the workspace."""


class BlobDamaged(Exception):
    """Expected stored content to have the hash it is named by, but its bytes were changed."""


class BlobTooLarge(Exception):
    """Expected content within a limit, but it is larger; nothing was kept."""


class BlobStore(Protocol):
    """Where content is kept; what is put twice is kept once."""

    async def put(
        self, workspace: UUID, content: bytes | AsyncIterable[bytes], media_type: str, *, bytes_max: int | None = None
    ) -> BlobRef:
        """Stores content; durable when this returns. Raises BlobTooLarge above `bytes_max`."""

    def open(self, workspace: UUID, content_hash: str) -> AsyncIterator[bytes]:
        """The content in pieces; the last one is given only after the checksum held. Raises BlobMissing, BlobDamaged."""

    async def read(self, workspace: UUID, content_hash: str) -> bytes:
        """The whole content, checked. Raises BlobMissing, BlobDamaged."""

    async def exists(self, workspace: UUID, content_hash: str) -> bool:
        """Whether content of this hash is stored in the workspace."""


def open_blobs(url: str) -> BlobStore:
    """The store at a URL: `file:///folder`."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise ValueError(
            f"Expected the blob store as file:///folder, but got {parts.scheme}://…, which is not supported yet."
        )
    return FolderBlobs(Path(unquote(parts.path)))


class FolderBlobs:
    """A blob store in a folder: `<workspace>/<first two characters of the hash>/<hash>`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept: set[Path] = set()

    async def put(
        self, workspace: UUID, content: bytes | AsyncIterable[bytes], media_type: str, *, bytes_max: int | None = None
    ) -> BlobRef:
        """Stores content: written under another name, synced, renamed, and the folder synced, before this returns."""
        folder = self._root / str(workspace)
        draft = folder / f"{_DRAFT}{secrets.token_hex(16)}"
        digest, size = hashlib.sha256(), 0
        if folder not in self._swept:
            await asyncio.to_thread(_make_folder, folder)
            await asyncio.to_thread(_sweep, folder)
            self._swept.add(folder)
        file = await asyncio.to_thread(_create, draft)
        try:
            async for piece in _pieces(content):
                size += len(piece)
                _check_size(size, bytes_max)
                await asyncio.to_thread(_write, file, piece, digest)
            name = digest.hexdigest()
            await asyncio.to_thread(_settle, file, draft, folder / name[:2] / name)
        except BaseException:
            file.close()
            draft.unlink(missing_ok=True)
            raise
        return BlobRef(name, size, media_type)

    async def open(self, workspace: UUID, content_hash: str) -> AsyncIterator[bytes]:
        """The content in pieces; the last one is given only after the checksum held."""
        path = self._path(workspace, content_hash)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError as error:
            raise BlobMissing(content_hash) from error
        digest, held = hashlib.sha256(), b""
        try:
            while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
                await asyncio.to_thread(digest.update, piece)
                if held:
                    yield held
                held = piece
        finally:
            file.close()
        if digest.hexdigest() != content_hash:
            raise BlobDamaged(content_hash)
        if held:
            yield held

    async def read(self, workspace: UUID, content_hash: str) -> bytes:
        """The whole content, checked."""
        return b"".join([piece async for piece in self.open(workspace, content_hash)])

    async def exists(self, workspace: UUID, content_hash: str) -> bool:
        """Whether content of this hash is stored in the workspace."""
        return await asyncio.to_thread(self._path(workspace, content_hash).is_file)

    def _path(self, workspace: UUID, content_hash: str) -> Path:
        if not _HASH.fullmatch(content_hash):  # It becomes part of a path.
            raise BlobMissing(content_hash)
        return self._root / str(workspace) / content_hash[:2] / content_hash


async def _pieces(content: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    async for piece in content:
        yield piece


def _check_size(size: int, bytes_max: int | None) -> None:
    if bytes_max is not None and size > bytes_max:
        raise BlobTooLarge(f"Expected at most {bytes_max} bytes, but the content is larger.")


def _create(draft: Path) -> BinaryIO:
    return os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _write(file: BinaryIO, piece: bytes, digest: hashlib._Hash) -> None:
    file.write(piece)
    digest.update(piece)


def _settle(file: BinaryIO, draft: Path, place: Path) -> None:
    """Makes a written draft durable under its name."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    _make_folder(place.parent)
    draft.replace(place)
    sync_folder(place.parent)


def _make_folder(folder: Path) -> None:
    """Makes a folder and puts every new name of its path on disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def _sweep(folder: Path) -> None:
    """Removes old drafts; a young one may be in another process's hands."""
    before = time.time() - DRAFT_SECONDS_MAX
    for draft in folder.glob(f"{_DRAFT}*"):
        with suppress(FileNotFoundError):
            if draft.stat().st_mtime < before:
                draft.unlink()
