"""One running system for the examples of all pages, with the settings that their counterparts need."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from event_store.embedded import EmbeddedPostgres
from tests.docs.counterparts import settings
from tests.runner.up import READY, Up, free_port


@pytest.fixture(scope="session")
def up() -> Iterator[Up]:
    """`opus up` in a folder of its own, ready."""
    folder = Path(tempfile.mkdtemp(prefix="opus-docs-"))
    folder.chmod(0o711)
    up = Up(folder / "home", free_port(), **settings())
    try:
        up.until(READY)
        yield up
        assert up.stop() == 0
    finally:
        up.stop(signal.SIGKILL)
        EmbeddedPostgres(up.home).destroy()
        shutil.rmtree(folder)
