"""Gets the peers, each into a place of its own in the user's cache folder, when it is not there yet."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

INSTALL_SECONDS_MAX = 300.0
_COMPLETE = "complete"


class PeerMissing(RuntimeError):
    """A peer could not be installed."""


def cache_folder() -> Path:
    """Where the peers are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opus-benchmarks"


async def python_with(name: str, packages: Sequence[str]) -> Path:
    """The Python of a virtual environment that has these packages."""
    folder = _folder(name, packages)
    python = folder / "bin" / "python"
    if not (folder / _COMPLETE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        await _run([sys.executable, "-m", "venv", str(folder)])
        await _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
        (folder / _COMPLETE).touch()
    return python


async def npm_with(name: str, packages: Sequence[str]) -> Path:
    """The folder `node_modules` of an npm prefix that has these packages."""
    npm = shutil.which("npm")
    if npm is None:
        raise PeerMissing(f"Expected npm, which brings {', '.join(packages)}, but it is not installed.")
    folder = _folder(name, packages)
    if not (folder / _COMPLETE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        await _run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages])
        (folder / _COMPLETE).touch()
    return folder / "node_modules"


def _folder(name: str, packages: Sequence[str]) -> Path:
    """One for each set of versions, so that a new version is a new place."""
    versions = "-".join(package.rpartition("@")[2].rpartition("==")[2] for package in packages)
    return cache_folder() / f"{name}-{versions}"


async def _run(arguments: Sequence[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), INSTALL_SECONDS_MAX)
    except BaseException:
        process.kill()
        raise
    if process.returncode != 0:
        last = said.decode(errors="replace").strip()[-500:]
        raise PeerMissing(f"Expected {' '.join(arguments)} to succeed, but it said: {last}")
