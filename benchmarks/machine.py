"""On what, and with which versions, was measured."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from benchmarks.peers.dbos.system import PACKAGES as DBOS
from benchmarks.peers.restate.system import SERVER as RESTATE_SERVER
from benchmarks.peers.restate.system import WORKERS as RESTATE_WORKERS
from benchmarks.processes import cores
from event_store.embedded.binaries import find_binaries

SYNCS = 200
SYNC_BYTES = 8_192
LOAD_MAX = 0.5
BUSY = ": **others were at work, so that rates and times mean little here; CPU seconds do**"


def machine() -> list[tuple[str, str]]:
    """What the machine is, and how it stands before anything is measured: names and values for a table."""
    load, _, _ = os.getloadavg()
    gibibytes = psutil.virtual_memory().total / 2**30
    return [
        ("Processor", f"{_line('/proc/cpuinfo', 'model name', ':')}, {cores()} cores used"),
        ("Memory", f"{gibibytes:.0f} GiB"),
        ("System", f"{_line('/etc/os-release', 'PRETTY_NAME', '=')}, Linux {platform.release()}"),
        ("A write of 8 KiB made durable (fdatasync), median", f"{sync_milliseconds():.2f} ms"),
        ("Load of the machine before", f"{load:.1f}" + (BUSY if load > LOAD_MAX else "")),
        ("Measured", f"{datetime.now(UTC):%Y-%m-%d}"),
    ]


def versions() -> list[tuple[str, str]]:
    """What was measured: names and versions for a table."""
    program = find_binaries(None, None).program("postgres")
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    postgres = said.stdout.split()[-1]
    return [
        ("opus", f"{version('opus-workflows')}, Python {platform.python_version()}, PostgreSQL {postgres}"),
        ("Restate", ", ".join(RESTATE_SERVER + RESTATE_WORKERS)),
        ("DBOS", ", ".join(DBOS) + f", the same PostgreSQL {postgres} with the same settings"),
    ]


def sync_milliseconds() -> float:
    """How long a small write takes until it is on disk, where the measured systems write."""
    taken: list[float] = []
    with tempfile.TemporaryFile() as file:
        for _ in range(SYNCS):
            file.write(b"x" * SYNC_BYTES)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1_000)
    return median(taken)


def _line(path: str, begins: str, separator: str) -> str:
    lines = Path(path).read_text().splitlines()
    found = next((line for line in lines if line.startswith(begins)), "")
    return found.partition(separator)[2].strip().strip('"') or "unknown"
