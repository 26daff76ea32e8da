"""Blobs: named by their content, on disk before the answer, checked when read."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

import pytest

from event_store import blobs as blobs_module
from event_store.blobs import MARK, BlobDamaged, BlobMissing, BlobStore, BlobStoreAway, BlobTooLarge, open_blobs
from event_store.blobs.folder import FolderBlobs
from tests.event_store.notes import until
from tests.small_disk import small_disk

pytestmark = pytest.mark.anyio

WORKSPACE = uuid4()


@pytest.fixture
async def blobs(tmp_path: Path) -> BlobStore:
    """A new store."""
    store = open_blobs((tmp_path / "with space" / "blobs").as_uri())
    assert await store.begin(anew=True)
    return store


def place(tmp_path: Path, workspace: UUID, name: str) -> Path:
    """Where content lies."""
    return tmp_path / "with space" / "blobs" / str(workspace) / name[:2] / name


def leftovers(tmp_path: Path) -> list[Path]:
    """Drafts that were not removed."""
    return list(tmp_path.rglob(".draft-*"))


def files(tmp_path: Path) -> list[Path]:
    """Every file there is, but the mark of the store."""
    return [path for path in tmp_path.rglob("*") if path.is_file() and path.name != MARK]


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    """Content that arrives in pieces."""
    for piece in content:
        yield piece


@pytest.mark.parametrize(
    "content", [b"", b"a", bytes(3 * blobs_module.CHUNK_BYTES + 1)], ids=["empty", "small", "large"]
)
async def test_content_is_named_by_its_hash_and_read_back(blobs: BlobStore, tmp_path: Path, content: bytes) -> None:
    ref = await blobs.put(WORKSPACE, content, "text/plain")
    assert (ref.hash, ref.size, ref.type) == (sha256(content).hexdigest(), len(content), "text/plain")
    assert await blobs.read(WORKSPACE, ref.hash) == content
    assert await blobs.exists(WORKSPACE, ref.hash)
    assert stat.S_IMODE(place(tmp_path, WORKSPACE, ref.hash).stat().st_mode) == 0o600
    assert leftovers(tmp_path) == []


async def test_what_is_put_twice_is_kept_once(blobs: BlobStore, tmp_path: Path) -> None:
    refs = await asyncio.gather(*(blobs.put(WORKSPACE, pieces(b"one ", b"thing"), "text/plain") for _ in range(8)))
    assert {ref.hash for ref in refs} == {sha256(b"one thing").hexdigest()}
    assert files(tmp_path) == [place(tmp_path, WORKSPACE, refs[0].hash)]


async def test_file_and_folders_are_synced_before_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    blobs = open_blobs((tmp_path / "with space" / "blobs").as_uri())
    await blobs.begin(anew=True)
    assert synced == [tmp_path.name, "with space", "blobs"]
    ref = await blobs.put(WORKSPACE, b"content", "text/plain")
    assert synced[3:] == ["blobs", *synced[4:5], str(WORKSPACE), ref.hash[:2]]
    assert synced[4].startswith(".draft-")


async def test_workspaces_do_not_see_each_other(blobs: BlobStore) -> None:
    ref = await blobs.put(WORKSPACE, b"mine", "text/plain")
    other = uuid4()
    assert not await blobs.exists(other, ref.hash)
    with pytest.raises(BlobMissing):
        await blobs.read(other, ref.hash)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63])
async def test_a_name_that_is_no_hash_leads_nowhere(blobs: BlobStore, name: str) -> None:
    with pytest.raises(BlobMissing):
        await blobs.read(WORKSPACE, name)


async def test_damaged_content_is_never_given_whole(blobs: BlobStore, tmp_path: Path) -> None:
    content = bytes(2 * blobs_module.CHUNK_BYTES)
    ref = await blobs.put(WORKSPACE, content, "text/plain")
    with place(tmp_path, WORKSPACE, ref.hash).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"x")
    with pytest.raises(BlobDamaged):
        await blobs.read(WORKSPACE, ref.hash)
    reading = blobs.open(WORKSPACE, ref.hash)
    assert await anext(reading) == content[: blobs_module.CHUNK_BYTES]
    with pytest.raises(BlobDamaged):
        await anext(reading)


async def test_too_much_is_refused_and_nothing_kept(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(BlobTooLarge):
        await blobs.put(WORKSPACE, pieces(b"12345", b"67890"), "text/plain", bytes_max=9)
    assert files(tmp_path) == []
    assert (await blobs.put(WORKSPACE, b"123456789", "text/plain", bytes_max=9)).size == 9


async def test_what_a_killed_process_left_is_removed_after_a_day(blobs: BlobStore, tmp_path: Path) -> None:
    folder = place(tmp_path, WORKSPACE, "00").parent.parent
    folder.mkdir(parents=True)
    for name, age in (("old", blobs_module.DRAFT_SECONDS_MAX + 60), ("young", 60)):
        draft = folder / f".draft-{name}"
        draft.touch()
        moment = draft.stat().st_mtime - age
        os.utime(draft, (moment, moment))
    await blobs.put(WORKSPACE, b"content", "text/plain")
    assert [draft.name for draft in leftovers(tmp_path)] == [".draft-young"]


@pytest.mark.parametrize("url", ["http://host/folder", "file://host/folder", "folder", "file:relative"])
def test_a_store_elsewhere_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match="Expected the blob store as file:///folder"):
        open_blobs(url)


async def test_a_folder_that_is_not_mounted_is_told_from_missing_content(blobs: BlobStore, tmp_path: Path) -> None:
    ref = await blobs.put(WORKSPACE, b"content", "text/plain")
    folder = tmp_path / "with space" / "blobs"
    away = folder.with_name("mounted elsewhere")
    folder.rename(away)
    folder.mkdir()  # As the bare folder under a mount that is gone.
    for asked in (
        blobs.read(WORKSPACE, ref.hash),
        blobs.exists(WORKSPACE, ref.hash),
        blobs.put(WORKSPACE, b"more", "text/plain"),
    ):
        with pytest.raises(BlobStoreAway, match="is the folder mounted"):
            await asked
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)
    assert await blobs.read(WORKSPACE, ref.hash) == b"content"
    with pytest.raises(BlobMissing):
        await blobs.read(WORKSPACE, "0" * 64)


async def test_an_empty_folder_is_begun_only_when_nothing_was_ever_stored(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    blobs = open_blobs(folder.as_uri())
    assert not await blobs.begin(anew=False)
    folder.mkdir()
    assert not await blobs.begin(anew=False)
    (folder / str(WORKSPACE)).mkdir()  # Content of a build that made no marks.
    assert await blobs.begin(anew=False)
    assert await open_blobs(folder.as_uri()).begin(anew=False)


async def test_on_a_full_disk_nothing_is_half_stored_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    large = bytes(3 * blobs_module.CHUNK_BYTES)
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        blobs = open_blobs((disk.folder / "blobs").as_uri())
        assert await blobs.begin(anew=True)
        kept = await blobs.put(WORKSPACE, b"before", "text/plain")
        with pytest.raises(BlobStoreAway, match="No space left on device"):
            await blobs.put(WORKSPACE, large, "text/plain")
        assert leftovers(disk.folder) == []
        assert await blobs.read(WORKSPACE, kept.hash) == b"before"
        disk.grow(8)
        ref = await blobs.put(WORKSPACE, large, "text/plain")
        assert await blobs.read(WORKSPACE, ref.hash) == large


async def test_a_file_that_comes_open_after_its_reader_has_gone_is_closed(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = await blobs.put(WORKSPACE, b"content", "text/plain")
    opened: list[BinaryIO] = []
    begun, go_on = threading.Event(), threading.Event()
    open_file = FolderBlobs._open

    def slowly(store: FolderBlobs, workspace: UUID, content_hash: str) -> BinaryIO | None:
        begun.set()
        go_on.wait(10)
        file = open_file(store, workspace, content_hash)
        assert file is not None
        opened.append(file)
        return file

    monkeypatch.setattr(FolderBlobs, "_open", slowly)
    reading = asyncio.create_task(blobs.read(WORKSPACE, stored.hash))
    await asyncio.to_thread(begun.wait, 10)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    go_on.set()

    await until(lambda: bool(opened) and opened[0].closed)
