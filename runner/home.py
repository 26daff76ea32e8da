"""The home folder belongs to one `opus up` at a time, and to what the last one left behind until that has ended."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from runner.refused import Refused

LEFT_SECONDS_MAX = 40.0  # Parts whose supervisor was killed end by themselves, in order.
POLL_SECONDS = 0.1

HOME_MODE = 0o711  # As root the account of PostgreSQL passes through to its own folder, which nobody else can read.


class AlreadyUp(Refused):
    """Expected no other `opus up` on this home folder, but one is running."""


@contextlib.contextmanager
def only_one(home: Path, say: Callable[[str], None]) -> Iterator[int]:
    """Holds the home folder, or raises AlreadyUp; yields a descriptor for the parts to keep open as long as they run."""
    home.mkdir(mode=HOME_MODE, parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as up, (home / "parts.lock").open("w") as parts:
        if not _locked(up):
            raise AlreadyUp(f"Expected no other `opus up` on {home}, but one is running; stop it first.")
        if not _locked(parts):
            say("waiting for the parts of an earlier `opus up` to end …")
            _wait_for(parts, home)
        yield parts.fileno()


def _wait_for(lock: IO[str], home: Path) -> None:
    deadline = time.monotonic() + LEFT_SECONDS_MAX
    while not _locked(lock):
        if time.monotonic() > deadline:
            message = f"Expected the parts of an earlier `opus up` on {home} to end by themselves, but one still runs."
            raise AlreadyUp(message)
        time.sleep(POLL_SECONDS)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
