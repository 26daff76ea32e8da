"""The worker of the example, as users run theirs: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.runner.up import Up

WORKER = Path(__file__).parents[3] / "examples" / "worker" / "letters.py"
STOP_SECONDS_MAX = 60.0


@contextmanager
def counterpart(up: Up, folder: Path) -> Iterator[Mapping[str, str]]:
    """The worker, at the queue of the page."""
    key = (up.home / "keys" / "admin.key").read_text().strip()
    address = f"http://127.0.0.1:{up.port}"
    with subprocess.Popen([sys.executable, str(WORKER), address, "letters"], env={"OPUS_API_KEY": key}) as worker:
        try:
            yield {}
        finally:
            worker.terminate()
            worker.wait(STOP_SECONDS_MAX)
