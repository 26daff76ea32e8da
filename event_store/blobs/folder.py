"""A blob store in a folder: `<workspace>/<first two characters of the hash>/<hash>`, synced before the answer."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar
from uuid import UUID

from event_store.blobs.contract import (
    CHUNK_BYTES,
    DRAFT_SECONDS_MAX,
    MARK,
    BlobDamaged,
    BlobMissing,
    BlobRef,
    BlobStoreAway,
    Kept,
    check_size,
    pieces_of,
)
from event_store.keys import sync_folder

ASIDE = ".aside"
"""Beside the content of a workspace: what nothing refers to, until it is removed."""
WALKED_AT_ONCE = 1_000
_DRAFT = ".draft-"
_HASH = re.compile(r"[0-9a-f]{64}")

Given = ParamSpec("Given")
Opened = TypeVar("Opened", bound=BinaryIO | None)


class FolderBlobs:
    """A blob store in a folder, with a mark that says it is there."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept: set[Path] = set()

    async def begin(self, *, anew: bool) -> bool:
        """Marks the folder, if it holds content or nothing was ever stored; an empty one is else a folder that is not mounted."""
        with _away():
            return await asyncio.to_thread(self._begin, anew=anew)

    async def owner(self) -> str:
        """The log whose references are believed, as the mark says."""
        with _away():
            self._check_mark()
            return await asyncio.to_thread((self._root / MARK).read_text)

    async def be_owned(self, owner: str) -> None:
        """Names the log whose references are believed from now on."""
        with _away():
            await asyncio.to_thread(self._write_mark, owner)

    async def put(
        self, workspace: UUID, content: bytes | AsyncIterable[bytes], media_type: str, *, bytes_max: int | None = None
    ) -> BlobRef:
        """Stores content: written under another name, synced, renamed, and the folder synced, before this returns."""
        folder = self._root / str(workspace)
        draft = folder / f"{_DRAFT}{secrets.token_hex(16)}"
        digest, size = hashlib.sha256(), 0
        with _away():
            file = await _opened_beside(self._open_draft, folder, draft)
        try:
            async for piece in pieces_of(content):
                size += len(piece)
                check_size(size, bytes_max)
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
        file = await self._opened(workspace, content_hash)
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

    async def open_range(self, workspace: UUID, content_hash: str, first: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `first` up to, not with, `end`."""
        file = await self._opened(workspace, content_hash)
        try:
            file.seek(first)
            left = end - first
            while left > 0 and (piece := await _read_piece(file, min(left, CHUNK_BYTES))):
                left -= len(piece)
                yield piece
        finally:
            file.close()
        if left > 0:
            raise BlobDamaged(content_hash)

    async def read(self, workspace: UUID, content_hash: str) -> bytes:
        """The whole content, checked."""
        return b"".join([piece async for piece in self.open(workspace, content_hash)])

    async def exists(self, workspace: UUID, content_hash: str) -> bool:
        """Whether content of this hash is stored in the workspace."""
        return await self.size(workspace, content_hash) is not None

    async def size(self, workspace: UUID, content_hash: str) -> int | None:
        """How many bytes are stored under this hash in the workspace; None where nothing is."""
        with _away():
            return await asyncio.to_thread(self._size, workspace, content_hash)

    async def workspaces(self) -> list[UUID]:
        """The ids under which anything is stored."""
        with _away():
            return await asyncio.to_thread(self._workspaces)

    async def walk(self, workspace: UUID) -> AsyncIterator[Kept]:
        """All content of a workspace, what is set aside too, in no order."""
        walking = self._walk(self._root / str(workspace))
        while True:
            with _away():
                some = await asyncio.to_thread(lambda: list(islice(walking, WALKED_AT_ONCE)))
            if not some:
                return
            for kept in some:
                yield kept

    async def set_aside(self, workspace: UUID, content_hash: str) -> None:
        """Moves content to where it waits to be removed; the time of its file says since when."""
        with _away():
            await asyncio.to_thread(self._set_aside, *self._places(workspace, content_hash))

    async def bring_back(self, workspace: UUID, content_hash: str) -> None:
        """Moves content that was set aside back."""
        place, aside = self._places(workspace, content_hash)
        with _away():
            await asyncio.to_thread(_move, aside, place)

    async def remove_aside(self, workspace: UUID, content_hash: str, *, before: datetime) -> bool:
        """Removes content that was set aside before a moment, for good."""
        _, aside = self._places(workspace, content_hash)
        with _away():
            return await asyncio.to_thread(_remove_older, aside, before.timestamp())

    async def remove_all(self, workspace: UUID) -> None:
        """Removes everything under an id that nothing refers to."""
        folder = self._root / str(workspace)
        with _away():
            await asyncio.to_thread(_remove, folder)
        self._swept.discard(folder)

    async def remove_drafts(self) -> None:
        """Removes what killed processes left half-written a day ago or longer."""
        for workspace in await self.workspaces():
            with _away():
                await asyncio.to_thread(_sweep, self._root / str(workspace))

    async def _opened(self, workspace: UUID, content_hash: str) -> BinaryIO:
        with _away():
            file = await _opened_beside(self._open, workspace, content_hash)
        if file is None:
            raise BlobMissing(content_hash)
        return file

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

    def _write_mark(self, owner: str) -> None:
        draft = self._root / f"{_DRAFT}{secrets.token_hex(16)}"
        with _create(draft) as file:
            file.write(owner.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._root / MARK)
        sync_folder(self._root)

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

    def _open(self, workspace: UUID, content_hash: str) -> BinaryIO | None:
        place, aside = self._places(workspace, content_hash)
        for path in (place, aside, place):  # It may be moved while it is looked for.
            with suppress(FileNotFoundError):
                return path.open("rb")
        self._check_mark()
        return None

    def _size(self, workspace: UUID, content_hash: str) -> int | None:
        place, aside = self._places(workspace, content_hash)
        for path in (place, aside, place):
            with suppress(FileNotFoundError):
                return path.stat().st_size
        self._check_mark()
        return None

    def _workspaces(self) -> list[UUID]:
        self._check_mark()
        found: list[UUID] = []
        for folder in self._root.iterdir():
            with suppress(ValueError):
                found.append(UUID(folder.name))
        return found

    def _walk(self, folder: Path) -> Iterator[Kept]:
        self._check_mark()
        if not folder.is_dir():
            return
        for shelf in folder.iterdir():
            if not shelf.is_dir():
                continue
            for path in shelf.iterdir():
                with suppress(FileNotFoundError):
                    found = path.stat()
                    if _HASH.fullmatch(path.name):
                        since = datetime.fromtimestamp(found.st_mtime, UTC)
                        yield Kept(path.name, found.st_size, since, aside=shelf.name == ASIDE)

    @staticmethod
    def _set_aside(place: Path, aside: Path) -> None:
        with suppress(FileNotFoundError):
            os.utime(place)
            _move(place, aside)

    def _places(self, workspace: UUID, content_hash: str) -> tuple[Path, Path]:
        if not _HASH.fullmatch(content_hash):  # It becomes part of a path.
            raise BlobMissing(content_hash)
        folder = self._root / str(workspace)
        return folder / content_hash[:2] / content_hash, folder / ASIDE / content_hash


@contextmanager
def _away() -> Iterator[None]:
    """Whatever the system refuses is told as one thing: the store is away, for now."""
    try:
        yield
    except BlobStoreAway:
        raise
    except OSError as error:
        raise BlobStoreAway(f"Expected the blob store to answer, but: {error.strerror or error}") from error


async def _opened_beside(open_file: Callable[Given, Opened], *args: Given.args, **kwargs: Given.kwargs) -> Opened:
    """What is opened in a thread. Who asked may be gone before it is open: then it is closed at once."""
    opening = asyncio.ensure_future(asyncio.to_thread(open_file, *args, **kwargs))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_opened)
        raise


def _close_opened(opening: asyncio.Future[Opened]) -> None:
    if not opening.cancelled() and opening.exception() is None and (file := opening.result()) is not None:
        file.close()


async def _read_piece(file: BinaryIO, size: int = CHUNK_BYTES) -> bytes:
    with _away():
        return await asyncio.to_thread(file.read, size)


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


def _move(source: Path, target: Path) -> None:
    """Moves a file, if it is there, so that it is in one of both places at any moment."""
    _make_folder(target.parent)
    with suppress(FileNotFoundError):
        source.replace(target)
        sync_folder(target.parent)


def _remove_older(path: Path, before: float) -> bool:
    try:
        if path.stat().st_mtime >= before:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _remove(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
