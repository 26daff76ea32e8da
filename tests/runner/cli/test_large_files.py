"""A large file goes in and out of a whole system, and no process has more of it in memory than a few parts."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from event_store.embedded import EmbeddedPostgres
from tests.runner.up import READY, Up, free_port

pytestmark = pytest.mark.soak

MEGABYTE = 1024 * 1024
FILE_BYTES = 400 * MEGABYTE
API_BYTES_MAX = 60 * MEGABYTE
"""What the API may need more than before, for a file however large."""


@pytest.fixture
def up() -> Iterator[Up]:
    """`opus up` that takes files of a gigabyte."""
    folder = Path(tempfile.mkdtemp(prefix="opus-large-"))
    folder.chmod(0o711)
    up = Up(folder / "home", free_port(), OPUS_FILE_BYTES_MAX="1000000000")
    try:
        up.until(READY)
        yield up
        assert up.stop() == 0
    finally:
        up.stop(signal.SIGKILL)
        EmbeddedPostgres(up.home).destroy()
        shutil.rmtree(folder)


def peak(process: psutil.Process) -> int:
    """The most memory a process has had."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def hash_of(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def test_a_large_file_goes_in_and_out_within_little_memory(up: Up, tmp_path: Path) -> None:
    path, back = tmp_path / "large.bin", tmp_path / "back.bin"
    with path.open("wb") as content:
        for _ in range(FILE_BYTES // MEGABYTE):
            content.write(os.urandom(MEGABYTE))
    api = up.part("serve")
    before = peak(api)
    file = up.opus("files", "put", str(path)).strip()
    up.opus("files", "get", file, "--to", str(back))
    assert back.stat().st_size == FILE_BYTES
    assert hash_of(back) == hash_of(path)
    assert peak(api) - before < API_BYTES_MAX
