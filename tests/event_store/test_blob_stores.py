"""What every blob store does, tried on a folder and on a real S3 server: content kept, ranges read, what is set aside still read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from event_store.blobs import BlobDamaged, BlobMissing, BlobStore, BlobStoreAway, BlobTooLarge, open_blobs
from tests.s3_server import S3Server, s3_server

pytestmark = pytest.mark.anyio

WORKSPACE = uuid4()
LONG_BYTES = 20 * 1024 * 1024 + 7
"""More than two parts of S3."""


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    """The server of these tests."""
    with s3_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(params=["folder", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store is to be."""
    if request.param == "folder":
        return (tmp_path / "blobs").as_uri()
    server: S3Server = request.getfixturevalue("server")
    return server.url("content", f"of tests/{uuid4()}")


@pytest.fixture
async def blobs(url: str) -> BlobStore:
    """A new store."""
    store = open_blobs(url)
    assert await store.begin(anew=True)
    return store


async def pieces(content: bytes, size: int = 1024 * 1024) -> AsyncIterator[bytes]:
    """Content that arrives in pieces."""
    for first in range(0, len(content), size):
        yield content[first : first + size]


async def kept(blobs: BlobStore, workspace: UUID = WORKSPACE) -> set[tuple[str, int, bool]]:
    """What a walk finds."""
    return {(each.hash, each.size, each.aside) async for each in blobs.walk(workspace)}


@pytest.mark.parametrize("size", [0, 1, 100_000, LONG_BYTES])
async def test_content_in_pieces_is_read_back(blobs: BlobStore, size: int) -> None:
    content = sha256(str(size).encode()).digest() * (size // 32 + 1)
    content = content[:size]
    ref = await blobs.put(WORKSPACE, pieces(content), "text/plain")
    assert (ref.hash, ref.size) == (sha256(content).hexdigest(), size)
    assert await blobs.read(WORKSPACE, ref.hash) == content
    assert await blobs.size(WORKSPACE, ref.hash) == size
    assert await blobs.exists(WORKSPACE, ref.hash)
    assert await kept(blobs) == {(ref.hash, size, False)}


async def test_a_range_is_read_wherever_it_lies(blobs: BlobStore) -> None:
    content = bytes(range(256)) * (LONG_BYTES // 256)
    ref = await blobs.put(WORKSPACE, content, "text/plain")
    middle = 8 * 1024 * 1024
    for first, end in ((0, 1), (5, 5), (middle - 3, middle + 3), (len(content) - 9, len(content)), (0, len(content))):
        read = b"".join([piece async for piece in blobs.open_range(WORKSPACE, ref.hash, first, end)])
        assert read == content[first:end]
    with pytest.raises((BlobDamaged, BlobStoreAway)):
        [piece async for piece in blobs.open_range(WORKSPACE, ref.hash, len(content), len(content) + 1)]


async def test_what_is_put_twice_is_kept_once_and_of_each_workspace(blobs: BlobStore) -> None:
    refs = await asyncio.gather(*(blobs.put(WORKSPACE, b"one thing", "text/plain") for _ in range(4)))
    other = uuid4()
    assert await kept(blobs) == {(refs[0].hash, 9, False)}
    assert await kept(blobs, other) == set()
    with pytest.raises(BlobMissing):
        await blobs.read(other, refs[0].hash)
    assert await blobs.workspaces() == [WORKSPACE]


async def test_too_much_is_refused_and_nothing_kept(blobs: BlobStore) -> None:
    for content, most in ((b"1234567890", 9), (bytes(LONG_BYTES), LONG_BYTES - 1)):
        with pytest.raises(BlobTooLarge):
            await blobs.put(WORKSPACE, pieces(content), "text/plain", bytes_max=most)
    assert await kept(blobs) == set()


async def test_content_that_breaks_off_leaves_nothing(blobs: BlobStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(LONG_BYTES)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await blobs.put(WORKSPACE, broken(), "text/plain")
    assert await kept(blobs) == set()


async def test_what_is_set_aside_is_still_read_until_it_is_removed(blobs: BlobStore) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    ref = await blobs.put(WORKSPACE, b"content", "text/plain")
    await blobs.set_aside(WORKSPACE, ref.hash)
    [found] = [each async for each in blobs.walk(WORKSPACE)]
    assert (found.hash, found.size, found.aside) == (ref.hash, 7, True)
    assert began <= found.since <= datetime.now(UTC) + timedelta(seconds=2)
    assert await blobs.read(WORKSPACE, ref.hash) == b"content"
    assert await blobs.size(WORKSPACE, ref.hash) == 7
    await blobs.bring_back(WORKSPACE, ref.hash)
    assert await kept(blobs) == {(ref.hash, 7, False)}
    await blobs.set_aside(WORKSPACE, ref.hash)
    await blobs.remove_aside(WORKSPACE, ref.hash, before=datetime.now(UTC) + timedelta(minutes=1))
    assert await kept(blobs) == set()
    assert not await blobs.exists(WORKSPACE, ref.hash)


async def test_what_is_put_again_outlives_what_was_set_aside(blobs: BlobStore) -> None:
    ref = await blobs.put(WORKSPACE, b"content", "text/plain")
    await blobs.set_aside(WORKSPACE, ref.hash)
    await blobs.put(WORKSPACE, b"content", "text/plain")
    await blobs.remove_aside(WORKSPACE, ref.hash, before=datetime.now(UTC) + timedelta(minutes=1))
    assert await blobs.read(WORKSPACE, ref.hash) == b"content"


async def test_what_was_set_aside_a_moment_ago_is_not_removed(blobs: BlobStore) -> None:
    ref = await blobs.put(WORKSPACE, b"content", "text/plain")
    await blobs.set_aside(WORKSPACE, ref.hash)
    assert not await blobs.remove_aside(WORKSPACE, ref.hash, before=datetime.now(UTC) - timedelta(minutes=1))
    assert await blobs.read(WORKSPACE, ref.hash) == b"content"


async def test_moving_what_is_not_there_changes_nothing(blobs: BlobStore) -> None:
    for move in (blobs.set_aside, blobs.bring_back):
        await move(WORKSPACE, "0" * 64)
    assert not await blobs.remove_aside(WORKSPACE, "0" * 64, before=datetime.now(UTC))
    await blobs.remove_all(uuid4())
    await blobs.remove_drafts()
    assert await kept(blobs) == set()


async def test_everything_under_an_id_is_removed_and_nothing_else(blobs: BlobStore) -> None:
    other = uuid4()
    ref = await blobs.put(WORKSPACE, b"stays", "text/plain")
    for content in (b"a", b"b"):
        await blobs.put(other, content, "text/plain")
    await blobs.remove_all(other)
    assert await kept(blobs, other) == set()
    assert await kept(blobs) == {(ref.hash, 5, False)}
    await blobs.put(other, b"again", "text/plain")
    assert len(await kept(blobs, other)) == 1


async def test_a_name_that_is_no_hash_leads_nowhere(blobs: BlobStore) -> None:
    for name in ("", "../../etc/passwd", "A" * 64):
        with pytest.raises(BlobMissing):
            await blobs.read(WORKSPACE, name)


async def test_a_store_that_was_never_begun_is_away(url: str) -> None:
    store = open_blobs(url)
    assert not await store.begin(anew=False)
    with pytest.raises(BlobStoreAway):
        await store.put(WORKSPACE, b"content", "text/plain")
    with pytest.raises(BlobStoreAway):
        await store.read(WORKSPACE, "0" * 64)
    assert await store.begin(anew=True)
    assert await open_blobs(url).begin(anew=False)


async def test_damaged_content_in_a_bucket_is_never_given_whole(server: S3Server) -> None:
    from event_store.blobs.s3 import S3Blobs, read_place  # noqa: PLC0415 - as the store itself does

    store = S3Blobs(read_place(server.url("content", str(uuid4()))))
    await store.begin(anew=True)
    content = bytes(LONG_BYTES)
    ref = await store.put(WORKSPACE, pieces(content), "text/plain")
    key = f"{WORKSPACE}/{ref.hash[:2]}/{ref.hash}"
    await store._store.put_async(key, bytes(LONG_BYTES - 1) + b"x")
    with pytest.raises(BlobDamaged):
        await store.read(WORKSPACE, ref.hash)


async def test_keys_that_are_refused_are_told_as_a_store_that_is_away(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    store = open_blobs(server.url("content", str(uuid4())))
    with pytest.raises(BlobStoreAway, match="Expected the blob store to answer, but") as told:
        await store.begin(anew=True)
    assert "another-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("s3://", "name of a bucket"),
        ("s3://key:secret@bucket/x", "without keys"),
        ("s3://bucket?endpoint=ftp://host", "endpoint"),
        ("s3://bucket?key=secret", "endpoint and region"),
    ],
)
def test_a_place_that_cannot_be_read_is_refused_with_a_sentence(place: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as told:
        open_blobs(place)
    assert "secret" not in str(told.value)


@pytest.mark.soak
async def test_a_server_that_is_gone_is_away_and_what_it_had_is_there_afterwards(server: S3Server) -> None:
    place = server.url("content", str(uuid4()))
    store = open_blobs(place)
    await store.begin(anew=True)
    ref = await store.put(WORKSPACE, bytes(LONG_BYTES), "text/plain")
    server.stop()
    for asked in (store.read(WORKSPACE, ref.hash), store.put(WORKSPACE, b"more", "text/plain")):
        with pytest.raises(BlobStoreAway):
            await asked
    server.start()
    async with asyncio.timeout(60):
        while True:
            try:
                assert await store.read(WORKSPACE, ref.hash) == bytes(LONG_BYTES)
                return
            except BlobStoreAway:
                await asyncio.sleep(0.1)


async def test_a_store_says_whose_references_are_believed(blobs: BlobStore, url: str) -> None:
    assert await blobs.owner() == ""
    await blobs.be_owned("log:1")
    assert await open_blobs(url).owner() == "log:1"
    await blobs.put(WORKSPACE, b"content", "text/plain")
