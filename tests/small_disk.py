"""A disk that is soon full: a file system in memory with a limit, where this machine lets us mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted file system of few bytes."""

    folder: Path

    def grow(self, megabytes: int) -> None:
        """Somebody makes room."""
        _run("mount", "-o", f"remount,size={megabytes}m", str(self.folder))


@contextmanager
def small_disk(folder: Path, megabytes: int, owner: int = 0) -> Iterator[SmallDisk]:
    """A disk of so many megabytes in a folder that is made; skips the test where mounting is not permitted."""
    folder.mkdir(parents=True)
    options = f"size={megabytes}m,mode=700,uid={owner},gid={owner}"
    if (why := _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))) is not None:
        pytest.skip(f"a small disk cannot be mounted here: {why}")
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> str | None:
    """Why a command failed, if it did."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"
