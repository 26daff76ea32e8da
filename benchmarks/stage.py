"""The system under measurement: embedded PostgreSQL with fsync on, APIs, runners and a projector as processes of their own."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Client
from benchmarks.ports import free_port
from benchmarks.processes import Roots
from event_store.embedded import EmbeddedPostgres
from event_store.migrations import migrate
from runner.bootstrap import issue_admin_key
from runner.compose import MIGRATION_FOLDERS, open_system
from runner.home import HOME_MODE
from runner.settings import load_settings
from runner.supervisor import Part, running

OURS = ("api", "runner", "projector")
"""The groups of processes that are ours; PostgreSQL is counted apart."""

_VERBS = {"api": "serve", "runner": "work", "projector": "project"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A client of the running system, its processes by what they are, and how the owner and the parts connect to its database."""

    client: Client
    roots: Roots
    dsn: str
    service_dsn: str


@contextlib.asynccontextmanager
async def stage(*, runners: int = 1, apis: int = 1) -> AsyncIterator[Stage]:
    """A whole system on loopback in a new folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="opus-bench-") as folder:
        home = Path(folder)
        os.chmod(folder, HOME_MODE)  # noqa: PTH101 - a folder of ours, made just now
        server = EmbeddedPostgres(home)
        try:
            server.start()
            server.ensure_database()
            migrate(server.owner_dsn(), MIGRATION_FOLDERS)
            environment = {"OPUS_HOME": folder, "OPUS_DATABASE_URL": server.service_dsn(), "OPUS_LOG_LEVEL": "warning"}
            async with open_system(load_settings(environment), "api") as system:
                key, _ = await issue_admin_key(system.dispatch, system.log.log, label="benchmark")
            counts = {"projector": 1, "runner": runners, "api": apis}
            parts = {name: _parts(name, count, home, environment) for name, count in counts.items()}
            said: list[str] = []
            async with running([part for group in parts.values() for part in group], said.append):
                said.clear()  # Each said that it is ready.
                urls = [f"http://127.0.0.1:{part.environment['OPUS_PORT']}" for part in parts["api"]]
                roots = {name: [_pid(part) for part in parts[name]] for name in OURS}
                client = Client(urls, key)
                try:
                    yield Stage(
                        client, {**roots, "postgresql": [server.pid or 0]}, server.owner_dsn(), server.service_dsn()
                    )
                    if said:
                        raise RuntimeError(f"Expected all parts to go on, but: {'; '.join(said)}")
                finally:
                    client.close()
        finally:
            server.destroy()


def _parts(name: str, count: int, home: Path, environment: dict[str, str]) -> list[Part]:
    verb = _VERBS[name]
    return [
        Part(
            f"{name} {number}",
            [verb],
            home / f"{verb}_{number}.log",
            environment={**environment, "OPUS_PORT": str(free_port())},
            module="benchmarks.part",
        )
        for number in range(1, count + 1)
    ]


def _pid(part: Part) -> int:
    if part.process is None:
        raise RuntimeError(f"Expected {part.name} to run, but it does not.")
    return part.process.pid
