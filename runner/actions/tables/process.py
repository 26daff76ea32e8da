"""The bounds of a process that reads or writes tables: memory, open files, and its end with that of its parent."""

from __future__ import annotations

import ctypes
import fcntl
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
OPEN_FILES_MAX = 64
PROCESS_BYTES = 2 * 1024 * 1024 * 1024
"""Of address space; what is resident is far less."""
PIPE_BYTES = 1024 * 1024
RESIDENT_BYTES_MAX = 192 * 1024 * 1024
"""A process that holds more after its work is replaced."""


def limit_process(memory_bytes: int, file_bytes: int) -> None:
    """Bounds memory and files, leaves no core, and has the kernel end this process with its parent where it offers that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES_MAX, OPEN_FILES_MAX))


def widen_pipes(*pipes: int) -> None:
    """Lets pipes hold more, where the system does, so that both ends work at the same time and wait less for each other."""
    for pipe in pipes:
        with suppress(OSError, AttributeError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def resident_bytes() -> int:
    """The memory this process holds now, where the system tells; else nothing."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()
