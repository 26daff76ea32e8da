"""A blob store in a bucket of any S3, by obstore: the same names as in a folder, large content in parts, durable when it is complete.

Content whose hash is known before it is sent goes to its place at once; what is longer than one part is sent as a draft, and copied
there by the server when its hash is known.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from obstore import open_writer_async
from obstore.exceptions import BaseError
from obstore.store import S3Store

from event_store.blobs.contract import (
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

PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 2
CONNECT_SECONDS_MAX = 5
REQUEST_SECONDS_MAX = 60
"""Of one part: none is larger than what can be sent in this time."""
RETRIES_MAX = 3
MARK_SECONDS = 5.0
"""How long whoever stores content believes that the bucket is the right one."""
RETRY_SECONDS_MAX = 20
ASIDE = ".aside"
DRAFTS = ".drafts"
SHOWN_CHARACTERS_MAX = 200
_HASH = re.compile(r"[0-9a-f]{64}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
_OPTIONS = {"endpoint", "region"}

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket and the beginning of the names in it; who may use it is said by the variables AWS_*, not here."""

    bucket: str
    prefix: str | None = None
    endpoint: str | None = None
    region: str | None = None


def read_place(url: str) -> Place:
    """The place that `s3://bucket/prefix?endpoint=…&region=…` names; raises ValueError with a sentence."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or "@" in parts.netloc or not _BUCKET.fullmatch(parts.netloc):
        raise ValueError("Expected s3://bucket/prefix with the name of a bucket and without keys, but got another URL.")
    if unknown := sorted(set(options) - _OPTIONS):
        raise ValueError(
            f"Expected no options of the blob store but endpoint and region, but got {', '.join(unknown)}."
        )
    endpoint = options.get("endpoint")
    if endpoint is not None and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise ValueError("Expected the endpoint of the blob store as http://… or https://…, but got another URL.")
    return Place(parts.netloc, unquote(parts.path).strip("/") or None, endpoint, options.get("region"))


class S3Blobs:
    """A blob store in a bucket, with a mark that says it is the one that was begun."""

    def __init__(self, place: Place) -> None:
        self._store = S3Store(place.bucket, prefix=place.prefix, **_config(place))
        self._marked_until = 0.0  # by the monotonic clock

    async def begin(self, *, anew: bool) -> bool:
        """Marks the place, if it holds content or nothing was ever stored; an empty one is else another bucket than the one meant."""
        if await self._size_of(MARK) is not None:
            return True
        if not anew and not [each async for each in self._folders()]:
            return False
        await _asked(self._store.put_async(MARK, b""))
        return True

    async def owner(self) -> str:
        """The log whose references are believed, as the mark says."""
        await self._check_mark()
        return bytes(await (await _asked(self._store.get_async(MARK))).bytes_async()).decode()

    async def be_owned(self, owner: str) -> None:
        """Names the log whose references are believed from now on."""
        await _asked(self._store.put_async(MARK, owner.encode(), use_multipart=False))

    async def put(
        self, workspace: UUID, content: bytes | AsyncIterable[bytes], media_type: str, *, bytes_max: int | None = None
    ) -> BlobRef:
        """Stores content; the server has all of it under its name before this returns."""
        pieces, first = pieces_of(content), bytearray()
        async for piece in pieces:
            first += piece
            check_size(len(first), bytes_max)
            if len(first) > PART_BYTES:
                return await self._put_long(workspace, bytes(first), pieces, media_type, bytes_max)
        await self._expect_mark()
        name = hashlib.sha256(first).hexdigest()
        await _asked(self._store.put_async(_key(workspace, name), bytes(first), use_multipart=False))
        return BlobRef(name, len(first), media_type)

    async def open(self, workspace: UUID, content_hash: str) -> AsyncIterator[bytes]:
        """The content in pieces; the last one is given only after the checksum held."""
        size = await self._size_or_missing(workspace, content_hash)
        digest, held = hashlib.sha256(), b""
        async for piece in self.open_range(workspace, content_hash, 0, size):
            digest.update(piece)
            if held:
                yield held
            held = piece
        if digest.hexdigest() != content_hash:
            raise BlobDamaged(content_hash)
        if held:
            yield held

    async def open_range(self, workspace: UUID, content_hash: str, first: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `first` up to, not with, `end`: one request a part, so that a slow reader holds none open."""
        for begin in range(first, end, PART_BYTES):
            until = min(begin + PART_BYTES, end)
            piece = await self._read_part(workspace, content_hash, begin, until)
            if len(piece) != until - begin:
                raise BlobDamaged(content_hash)
            yield piece

    async def read(self, workspace: UUID, content_hash: str) -> bytes:
        """The whole content, checked."""
        return b"".join([piece async for piece in self.open(workspace, content_hash)])

    async def exists(self, workspace: UUID, content_hash: str) -> bool:
        """Whether content of this hash is stored in the workspace."""
        return await self.size(workspace, content_hash) is not None

    async def size(self, workspace: UUID, content_hash: str) -> int | None:
        """How many bytes are stored under this hash in the workspace; None where nothing is."""
        for key in _places(workspace, content_hash):
            if (size := await self._size_of(key)) is not None:
                return size
        await self._check_mark()
        return None

    async def workspaces(self) -> list[UUID]:
        """The ids under which anything is stored."""
        await self._check_mark()
        found: list[UUID] = []
        async for name in self._folders():
            with suppress(ValueError):
                found.append(UUID(name))
        return found

    async def walk(self, workspace: UUID) -> AsyncIterator[Kept]:
        """All content of a workspace, what is set aside too, in no order."""
        async for found in self._list(f"{workspace}/"):
            *_, shelf, name = found["path"].split("/")
            if _HASH.fullmatch(name):
                yield Kept(name, found["size"], found["last_modified"], aside=shelf == ASIDE)

    async def set_aside(self, workspace: UUID, content_hash: str) -> None:
        """Moves content to where it waits to be removed; the copy's own time says since when."""
        await self._move(_key(workspace, content_hash), _aside_key(workspace, content_hash))

    async def bring_back(self, workspace: UUID, content_hash: str) -> None:
        """Moves content that was set aside back."""
        await self._move(_aside_key(workspace, content_hash), _key(workspace, content_hash))

    async def remove_aside(self, workspace: UUID, content_hash: str, *, before: datetime) -> bool:
        """Removes content that was set aside before a moment, for good."""
        key = _aside_key(workspace, content_hash)
        try:
            found = await _asked(self._store.head_async(key))
        except FileNotFoundError:
            return False
        if found["last_modified"] >= before:
            return False
        await self._remove(key)
        return True

    async def remove_all(self, workspace: UUID) -> None:
        """Removes everything under an id that nothing refers to."""
        for found in [found async for found in self._list(f"{workspace}/")]:
            await self._remove(found["path"])

    async def remove_drafts(self) -> None:
        """Removes what killed processes left half-sent a day ago or longer."""
        before = datetime.now(UTC) - timedelta(seconds=DRAFT_SECONDS_MAX)
        for found in [found async for found in self._list(f"{DRAFTS}/")]:
            if found["last_modified"] < before:
                await self._remove(found["path"])

    async def _put_long(
        self, workspace: UUID, first: bytes, rest: AsyncIterator[bytes], media_type: str, bytes_max: int | None
    ) -> BlobRef:
        await self._expect_mark()
        digest, size = hashlib.sha256(), 0
        draft = f"{DRAFTS}/{secrets.token_hex(16)}"
        writer = open_writer_async(self._store, draft, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        try:
            async for piece in _after(first, rest):
                size += len(piece)
                check_size(size, bytes_max)
                digest.update(piece)
                await _asked(writer.write(piece))
            await _asked(writer.close())
            name = digest.hexdigest()
            await _asked(self._store.copy_async(draft, _key(workspace, name), overwrite=True))
        finally:
            with suppress(BlobStoreAway):  # An end that is not told leaves a draft, which is removed after a day.
                await self._remove(draft)
        return BlobRef(name, size, media_type)

    async def _read_part(self, workspace: UUID, content_hash: str, first: int, end: int) -> bytes:
        for key in _places(workspace, content_hash):
            with suppress(FileNotFoundError):
                return bytes(await _asked(self._store.get_range_async(key, start=first, end=end)))
        await self._check_mark()
        raise BlobMissing(content_hash)

    async def _size_or_missing(self, workspace: UUID, content_hash: str) -> int:
        size = await self.size(workspace, content_hash)
        if size is None:
            raise BlobMissing(content_hash)
        return size

    async def _size_of(self, key: str) -> int | None:
        try:
            return int((await _asked(self._store.head_async(key)))["size"])
        except FileNotFoundError:
            return None

    async def _expect_mark(self) -> None:
        """Checks the mark, if that was not done a moment ago: it would double the requests of small contents."""
        if time.monotonic() > self._marked_until:
            await self._check_mark()
            self._marked_until = time.monotonic() + MARK_SECONDS

    async def _check_mark(self) -> None:
        if await self._size_of(MARK) is None:
            raise BlobStoreAway(
                f"Expected the mark {MARK} in the bucket of the blob store, but it is missing; is it the right one?"
            )

    async def _folders(self) -> AsyncIterator[str]:
        listed = await _asked(self._store.list_with_delimiter_async())
        for prefix in listed["common_prefixes"]:
            yield prefix.strip("/").rpartition("/")[2]

    async def _list(self, prefix: str) -> AsyncIterator[Any]:
        pages = self._store.list(prefix).__aiter__()
        while True:
            try:
                page = await _asked(pages.__anext__())
            except StopAsyncIteration:
                return
            for found in page:
                yield found

    async def _move(self, source: str, target: str) -> None:
        with suppress(FileNotFoundError):
            await _asked(self._store.copy_async(source, target, overwrite=True))
            await self._remove(source)

    async def _remove(self, key: str) -> None:
        with suppress(FileNotFoundError):
            await _asked(self._store.delete_async(key))


def _config(place: Place) -> dict[str, Any]:
    seconds = {"connect_timeout": f"{CONNECT_SECONDS_MAX}s", "timeout": f"{REQUEST_SECONDS_MAX}s"}
    plain = place.endpoint is not None and place.endpoint.startswith("http://")
    config: dict[str, Any] = {
        "client_options": {**seconds, "allow_http": plain},
        "retry_config": {"max_retries": RETRIES_MAX, "retry_timeout": timedelta(seconds=RETRY_SECONDS_MAX)},
    }
    if place.endpoint is not None:
        config |= {"endpoint": place.endpoint, "virtual_hosted_style_request": False}
    if place.region is not None:
        config["region"] = place.region
    return config


def _key(workspace: UUID, content_hash: str) -> str:
    if not _HASH.fullmatch(content_hash):  # It becomes part of a name.
        raise BlobMissing(content_hash)
    return f"{workspace}/{content_hash[:2]}/{content_hash}"


def _aside_key(workspace: UUID, content_hash: str) -> str:
    if not _HASH.fullmatch(content_hash):
        raise BlobMissing(content_hash)
    return f"{workspace}/{ASIDE}/{content_hash}"


def _places(workspace: UUID, content_hash: str) -> tuple[str, str, str]:
    """Where content may lie; the first place twice, since it may be moved while it is looked for."""
    place = _key(workspace, content_hash)
    return place, _aside_key(workspace, content_hash), place


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _asked(question: Awaitable[Answer]) -> Answer:
    with _away():
        return await question


@contextmanager
def _away() -> Iterator[None]:
    """Whatever the server refuses is told as one thing: the store is away, for now. That something is not there is no refusal."""
    try:
        yield
    except (FileNotFoundError, BlobStoreAway):
        raise
    except (BaseError, OSError) as error:
        raise BlobStoreAway(f"Expected the blob store to answer, but: {_shown(error)}") from error


def _shown(error: Exception) -> str:
    """The first line of what went wrong, without the request."""
    return str(error).strip().partition("\n")[0][:SHOWN_CHARACTERS_MAX] or type(error).__name__
