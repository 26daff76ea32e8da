"""The files of a run: read and stored piece by piece, judged by their content, within the room there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.values import BLOB
from event_store.blobs import MARK, BlobDamaged, FolderBlobs
from runner.actions.contract import FileRefused
from runner.files import RunFiles
from runner.secrecy import RunSecrets, SecretFound

pytestmark = pytest.mark.anyio

WORKSPACE = uuid4()


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    """Content that arrives in pieces."""
    for piece in content:
        yield piece


async def room(workspace: UUID) -> int:
    """Room for ten bytes."""
    assert workspace == WORKSPACE
    return 10


def files_in(folder: Path) -> list[Path]:
    """Every file there is, but the mark of the store."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != MARK]


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    (tmp_path / MARK).touch()
    return FolderBlobs(tmp_path)


async def test_a_file_is_kept_and_opened_piece_by_piece(blobs: FolderBlobs) -> None:
    files = RunFiles(blobs, WORKSPACE)
    large = [bytes([number]) * 700_000 for number in range(5)]
    file = await files.keep("large.bin", "application/octet-stream", pieces(*large))
    assert file["name"] == "large.bin"
    assert file["content"][BLOB]["size"] == 3_500_000
    assert b"".join([piece async for piece in files.open(file)]) == b"".join(large)
    assert await files.read(file) == b"".join(large)
    assert files.stored(file["content"])


async def test_what_is_stored_is_judged_by_its_content(blobs: FolderBlobs) -> None:
    files = RunFiles(blobs, WORKSPACE)
    for file in (
        await files.store("a.csv", "text/csv", b"%PDF-1.7"),
        await files.keep("a.csv", "text/csv", pieces(b"%PD", b"F-1.7")),
    ):
        assert file["content"][BLOB]["type"] == "application/pdf"
        assert files.stored(file["content"])


async def test_a_file_without_content_is_what_was_said(blobs: FolderBlobs) -> None:
    file = await RunFiles(blobs, WORKSPACE).store("sample", "application/pdf", b"")
    assert file["content"][BLOB]["type"] == "application/pdf"


async def test_a_file_over_the_room_is_refused_and_nothing_kept(blobs: FolderBlobs, tmp_path: Path) -> None:
    files = RunFiles(blobs, WORKSPACE, room=room)
    assert await files.store("fits", "text/plain", b"1234567890")
    for storing in (
        files.store("a.txt", "text/plain", b"12345678901"),
        files.keep("a.txt", "text/plain", pieces(b"123456", b"78901")),
    ):
        with pytest.raises(FileRefused) as refused:
            await storing
        assert refused.value.code == "FILE_TOO_LARGE"
        assert refused.value.message == "Expected a file of at most 10 bytes, but a.txt is larger."
    assert len(files_in(tmp_path)) == 1


async def test_content_that_was_changed_is_never_given_whole(blobs: FolderBlobs, tmp_path: Path) -> None:
    files = RunFiles(blobs, WORKSPACE)
    file = await files.store("a.txt", "text/plain", b"content")
    name = file["content"][BLOB]["hash"]
    (tmp_path / str(WORKSPACE) / name[:2] / name).write_bytes(b"changed")
    with pytest.raises(BlobDamaged):
        [piece async for piece in files.open(file)]


async def test_a_secret_across_two_pieces_is_not_stored(blobs: FolderBlobs, tmp_path: Path) -> None:
    secrets = RunSecrets()
    secrets.add("hunter2-hunter2")
    files = RunFiles(blobs, WORKSPACE, secrets)
    with pytest.raises(SecretFound):
        await files.keep("leak.txt", "text/plain", pieces(b"it is hunter2-", b"hunter2, he said"))
    assert files_in(tmp_path) == []
