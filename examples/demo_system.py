"""A whole system for the length of a demonstration: a fresh home folder, a free port, `opus up` as a process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from event_store.embedded import EmbeddedPostgres
from runner.cli.client import ApiClient
from runner.cli.output import ADMIN_KEY_FILE, console
from runner.part import PARENT_FD
from runner.refused import Refused

READY = "all parts are ready"
READY_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 60.0


class System:
    """A running system: its API, and the command line as its users have it."""

    def __init__(self, home: Path, port: int) -> None:
        self._opus = [sys.executable, "-m", "runner.cli"]
        # Nothing that is set here for a real system may be touched.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("OPUS_")}
        self._environment = {**ours, "OPUS_HOME": str(home), "OPUS_PORT": str(port)}
        self._url = f"http://127.0.0.1:{port}"
        self._key_file = home / ADMIN_KEY_FILE

    def opus(self, *arguments: str) -> None:
        """Runs a command line; what it says is shown."""
        console.print(f"$ opus {' '.join(arguments)}", style="dim")
        subprocess.run([*self._opus, *arguments], env=self._environment, check=True)

    def client(self) -> ApiClient:
        """The public API with the admin's key."""
        return ApiClient(self._url, self._key_file.read_text().strip())

    def up(self) -> subprocess.Popen[str]:
        """Starts `opus up` and waits until all parts are ready."""
        console.print("$ opus up", style="dim")
        # A demonstration that is killed takes it along: the pipe's other end is open here alone, as long as we live.
        lifeline, _ = os.pipe()
        process = subprocess.Popen(
            [*self._opus, "up"],
            env={**self._environment, PARENT_FD: str(lifeline)},
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[lifeline],
            start_new_session=True,
        )
        os.close(lifeline)
        lines, ready = process.stdout or (), threading.Event()
        threading.Thread(target=_read, args=(lines, ready), daemon=True).start()
        if not ready.wait(READY_SECONDS_MAX) or process.poll() is not None:
            stop(process)
            raise Refused("Expected `opus up` to become ready, but it did not.")
        return process


@contextlib.contextmanager
def running_system(home: Path) -> Iterator[System]:
    """A system in a home folder that is made anew; all of it is stopped when the block ends."""
    EmbeddedPostgres(home).destroy()  # What a demonstration that was killed may have left running.
    shutil.rmtree(home, ignore_errors=True)
    system = System(home, _free_port())
    process = system.up()
    try:
        yield system
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """Stops `opus up` as Ctrl-C does, and waits until all its parts have ended."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()


def _read(lines: Sequence[str], ready: threading.Event) -> None:
    """Shows what is said until all parts are ready, and from then on only what is not expected."""
    for line in lines:
        if not ready.is_set() or "ended" in line:
            console.print(f"  {line.rstrip()}")
        if READY in line:
            ready.set()
    ready.set()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
