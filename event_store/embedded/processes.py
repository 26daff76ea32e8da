"""The operating system's view of a server: which processes work on a data directory, and ending them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

POLL_SECONDS = 0.02

# A server ends long after the object that started it is forgotten; its process is kept here until it is reaped.
_children: dict[int, "subprocess.Popen[bytes]"] = {}


@dataclass(frozen=True)
class PidFile:
    """What PostgreSQL writes of itself into postmaster.pid."""

    pid: int
    ready: bool


def read_pid_file(data: Path) -> PidFile | None:
    """The postmaster.pid of a data directory, or None while there is none or it is half written."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return PidFile(pid=int(lines[0]), ready=len(lines) > 7 and lines[7].strip() == "ready")
    except (FileNotFoundError, ValueError, IndexError):
        return None


def keep_child(child: "subprocess.Popen[bytes]") -> None:
    """Remember a server started by this process, so that it is reaped when it ends."""
    _children[child.pid] = child


def reap_children() -> None:
    """Take leave of servers that ended: a process not reaped looks alive to the next server on the same data."""
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)


def find_postmaster(data: Path) -> int | None:
    """The pid of the running server of this data directory; a pid reused by another program is not it."""
    reap_children()
    found = read_pid_file(data)
    return found.pid if found is not None and works_on(found.pid, data) else None


def works_on(pid: int, data: Path) -> bool:
    """Whether the process is alive, is PostgreSQL, and has this data directory as its own."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        return Path(process.cwd()) == data
    except psutil.Error:
        return False


def list_processes(data: Path) -> list[int]:
    """All processes of PostgreSQL that work on this data directory, also those whose postmaster was killed."""
    return [process.pid for process in psutil.process_iter() if works_on(process.pid, data)]


def drop_stale_locks(data: Path, socket_folder: Path) -> None:
    """Remove lock files whose pid now belongs to something else: PostgreSQL would take that for a running server."""
    if list_processes(data):
        return
    for lock in (data / "postmaster.pid", *socket_folder.glob(".s.PGSQL.*.lock")):
        try:
            pid = int(lock.read_text().split("\n", maxsplit=1)[0])
        except (FileNotFoundError, ValueError):
            continue
        if psutil.pid_exists(pid):
            lock.unlink(missing_ok=True)


def end_processes(pids: list[int], with_signal: signal.Signals) -> None:
    """Send the signal to those of the processes that still live."""
    for pid in pids:
        try:
            os.kill(pid, with_signal)
        except ProcessLookupError:
            continue


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until the condition holds or the time is over; says which."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
