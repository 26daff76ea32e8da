"""DBOS on the same PostgreSQL as ours, with the same settings; each workload in a new database with workers set for it."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg import sql

from benchmarks.peers.installing import python_with
from benchmarks.peers.starting import process
from benchmarks.processes import CLIENT, Roots
from event_store.embedded import EmbeddedPostgres

PACKAGES = ["dbos==3.4.0", "psycopg[binary]==3.3.9"]
READY_SECONDS_MAX = 60.0
_DATABASE = "dbos_bench"
_DRIVER = Path(__file__).parent / "driver.py"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the driver is to do, with how many worker processes, each doing how much at once and looking how often."""

    mode: str
    workflow: str
    jobs: int
    processes: int = 2
    concurrency: int = 8
    polling: float = 0.05
    warm_up: int = 0
    arguments: list[int] = field(default_factory=list)


class Driver:
    """The driver of one workload, ready to begin."""

    def __init__(self, started: Process, roots: Roots) -> None:
        self._process = started
        self.roots = roots

    async def phase(self) -> dict[str, Any]:
        """Has it do the next phase; what it tells of it."""
        if self._process.stdin is None:
            raise RuntimeError("Expected a driver that can be told to begin, but it has no input.")
        self._process.stdin.write(b"go\n")
        return await told(self._process)


@dataclass(frozen=True, slots=True)
class Dbos:
    """Where it is installed, and the database server."""

    python: Path
    server: EmbeddedPostgres
    folder: Path

    @contextlib.asynccontextmanager
    async def driver(self, asked: Asked) -> AsyncIterator[Driver]:
        """A driver and its workers on a new database."""
        with psycopg.connect(self.server.owner_dsn("postgres"), autocommit=True) as connection:
            name = sql.Identifier(_DATABASE)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        command = [str(self.python), str(_DRIVER), orjson.dumps(asdict(asked)).decode()]
        environment = {"DBOS_BENCH_URL": self.server.owner_dsn(_DATABASE)}
        async with process(
            command, log=self.folder / "driver.log", folder=self.folder, environment=environment, spoken_with=True
        ) as started:
            async with asyncio.timeout(READY_SECONDS_MAX):
                workers = (await told(started))["ready"]
            database = {"postgresql": [self.server.pid or 0]}
            if workers:
                yield Driver(started, {"workers": workers, **database, CLIENT: [started.pid]})
            else:
                yield Driver(started, {"workers": [started.pid], **database})


@contextlib.asynccontextmanager
async def dbos() -> AsyncIterator[Dbos]:
    """A PostgreSQL as ours."""
    python = await python_with("dbos", PACKAGES)
    with tempfile.TemporaryDirectory(prefix="opus-bench-dbos-") as folder:
        server = EmbeddedPostgres(Path(folder))
        try:
            server.start()
            yield Dbos(python, server, Path(folder))
        finally:
            server.destroy()


async def told(driver: Process) -> dict[str, Any]:
    """The next line that a driver tells; what else its libraries print is passed over."""
    while driver.stdout is not None and (line := await driver.stdout.readline()):
        if line.startswith(b"{"):
            answer: dict[str, Any] = orjson.loads(line)
            return answer
    raise RuntimeError("Expected the driver of DBOS to tell how it went, but it ended.")
