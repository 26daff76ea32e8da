"""The system under measurement: embedded PostgreSQL with fsync on, API, runner and projector as processes of their own."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from event_store.embedded import EmbeddedPostgres
from event_store.migrations import migrate
from runner.bootstrap import issue_admin_key
from runner.compose import MIGRATION_FOLDERS, open_system
from runner.home import HOME_MODE
from runner.settings import load_settings
from runner.supervisor import Part, running


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the system answers, and the key to it."""

    url: str
    key: str
    postgres_version: str


@contextlib.asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A whole system on loopback in a new folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="opus-bench-") as folder:
        home = Path(folder)
        os.chmod(folder, HOME_MODE)  # noqa: PTH101 - a folder of ours, made just now
        server = EmbeddedPostgres(home)
        version = server.start().version
        try:
            server.ensure_database()
            migrate(server.owner_dsn(), MIGRATION_FOLDERS)
            environment = {
                "OPUS_HOME": folder,
                "OPUS_DATABASE_URL": server.service_dsn(),
                "OPUS_PORT": str(_free_port()),
                "OPUS_LOG_LEVEL": "warning",
            }
            settings = load_settings(environment)
            async with open_system(settings, "api") as system:
                key, _ = await issue_admin_key(system.dispatch, system.log.log, label="benchmark")
            parts = [
                Part(verb, [verb], home / f"{verb}.log", environment=environment, module="benchmarks.part")
                for verb in ("project", "work", "serve")
            ]
            async with running(parts, lambda _: None):
                yield Stage(settings.api_url, key, version)
        finally:
            server.destroy()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
