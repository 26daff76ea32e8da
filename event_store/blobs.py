"""Files and large values: content-addressed within a workspace, on disk before whoever stores them goes on."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from event_store.keys import sync_folder
from event_store.units import StoreUnavailable

CHUNK_BYTES = 1024 * 1024
DRAFT_SECONDS_MAX = 24 * 60 * 60
"""What a killed process left half-written is removed after this."""
MARK = ".opus-blobs"
"""The file by which a folder is known as the one that was begun: where it is not mounted, it is missing."""
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


class BlobStoreAway(StoreUnavailable, OSError):
    """The blob store cannot be reached or refuses to write; nothing was stored, and what is stored there is not lost."""


class BlobTooLarge(Exception):
    """Expected content within a limit, but it is larger; nothing was kept."""


class BlobStore(Protocol):
    """Where content is kept; what is put twice is kept once."""

    async def begin(self, *, anew: bool) -> bool:
        """Makes an empty store one to put into (only when `anew`: nothing was ever stored); False when the store is away."""

    async def put(
        self, workspace: UUID, content: bytes | AsyncIterable[bytes], media_type: str, *, bytes_max: int | None = None
    ) -> BlobRef:
        """Stores content; durable when this returns. Raises BlobTooLarge above `bytes_max`, and BlobStoreAway."""

    def open(self, workspace: UUID, content_hash: str) -> AsyncIterator[bytes]:
        """The content in pieces; the last one is given only after the checksum held. Raises BlobMissing, BlobDamaged, BlobStoreAway."""

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
    """A blob store in a folder: `<workspace>/<first two characters of the hash>/<hash>`, and a mark that says it is there."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept: set[Path] = set()

    async def begin(self, *, anew: bool) -> bool:
        """Marks the folder, if it holds content or nothing was ever stored; an empty one is else a folder that is not mounted."""
        with _away():
            return await asyncio.to_thread(self._begin, anew=anew)

    async def put(
        self, workspace: UUID, content: bytes | AsyncIterable[bytes], media_type: str, *, bytes_max: int | None = None
    ) -> BlobRef:
        """Stores content: written under another name, synced, renamed, and the folder synced, before this returns."""
        folder = self._root / str(workspace)
        draft = folder / f"{_DRAFT}{secrets.token_hex(16)}"
        digest, size = hashlib.sha256(), 0
        with _away():
            file = await asyncio.to_thread(self._open_draft, folder, draft)
        try:
            async for piece in _pieces(content):
                size += len(piece)
                _check_size(size, bytes_max)
                with _away():
                    await asyncio.to_thread(_write, file, piece, digest)
            name = digest.hexdigest()
            with _away():
                await asyncio.to_thread(_settle, file, draft, folder / name[:2] / name)
        except BaseException:
            with suppress(OSError):
                file.close()  # On a full disk, closing fails as writing did.
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        return BlobRef(name, size, media_type)

    async def open(self, workspace: UUID, content_hash: str) -> AsyncIterator[bytes]:
        """The content in pieces; the last one is given only after the checksum held."""
        path = self._path(workspace, content_hash)
        with _away():
            file = await asyncio.to_thread(self._open, path)
        if file is None:
            raise BlobMissing(content_hash)
        digest, held = hashlib.sha256(), b""
        try:
            while piece := await _read_piece(file):
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
        with _away():
            return await asyncio.to_thread(self._is_there, self._path(workspace, content_hash))

    def _begin(self, *, anew: bool) -> bool:
        mark = self._root / MARK
        if mark.is_file():
            return True
        if not anew and not (self._root.is_dir() and any(self._root.iterdir())):
            return False
        _make_folder(self._root)
        with suppress(FileExistsError):  # Another process was faster.
            _create(mark).close()
        sync_folder(self._root)
        return True

    def _check_mark(self) -> None:
        if not (self._root / MARK).is_file():
            raise BlobStoreAway(
                f"Expected the mark {MARK} in the folder of the blob store, but it is missing; is the folder mounted?"
            )

    def _open_draft(self, folder: Path, draft: Path) -> BinaryIO:
        self._check_mark()
        if folder not in self._swept:
            _make_folder(folder)
            _sweep(folder)
            self._swept.add(folder)
        try:
            return _create(draft)
        except FileNotFoundError:  # Another store is mounted there than before.
            _make_folder(folder)
            return _create(draft)

    def _open(self, path: Path) -> BinaryIO | None:
        try:
            return path.open("rb")
        except FileNotFoundError:
            self._check_mark()
            return None

    def _is_there(self, path: Path) -> bool:
        if path.is_file():
            return True
        self._check_mark()
        return False

    def _path(self, workspace: UUID, content_hash: str) -> Path:
        if not _HASH.fullmatch(content_hash):  # It becomes part of a path.
            raise BlobMissing(content_hash)
        return self._root / str(workspace) / content_hash[:2] / content_hash


@contextmanager
def _away() -> Iterator[None]:
    """Whatever the system refuses is told as one thing: the store is away, for now."""
    try:
        yield
    except BlobStoreAway:
        raise
    except OSError as error:
        raise BlobStoreAway(f"Expected the blob store to answer, but: {error.strerror or error}") from error


async def _read_piece(file: BinaryIO) -> bytes:
    with _away():
        return await asyncio.to_thread(file.read, CHUNK_BYTES)


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
