"""A Restate server and its workers, started anew for each round and gone afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.http import Http
from benchmarks.peers.installing import npm_with, python_with
from benchmarks.peers.starting import process
from benchmarks.ports import free_port
from benchmarks.processes import Roots

SERVER = ["@restatedev/restate-server@1.7.12"]
WORKERS = ["restate_sdk[serde]==1.3.0", "hypercorn==0.18.0", "uvloop==0.22.1"]
WORKER_PROCESSES = 2
READY_SECONDS_MAX = 60.0
POLL_SECONDS = 0.1
# Hypercorn's defaults end a connection after a thousand requests and bound its streams: Restate wants neither.
HYPERCORN = (
    "keep_alive_max_requests = 1000000000\nh2_max_concurrent_streams = 2147483647\nkeep_alive_timeout = 2147483647\n"
    'backlog = 2048\nworker_class = "uvloop"\n'
)
_BINARY = Path("@restatedev/restate-server-linux-x64/bin/restate-server")


@dataclass(frozen=True, slots=True)
class Restate:
    """Its two doors and its processes."""

    ingress: Http
    admin: Http
    roots: Roots

    async def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query of its state."""
        status, content = await self.admin.send("POST", "/query", {"query": sql})
        if status != 200:
            raise RuntimeError(f"Expected Restate to answer {sql}, but it said: {content[:500]!r}")
        rows: list[dict[str, Any]] = orjson.loads(content)["rows"]
        return rows

    async def send(self, path: str, asked: object) -> bytes:
        """Calls a handler."""
        status, content = await self.ingress.send("POST", path, asked)
        if status >= 300:
            raise RuntimeError(f"Expected Restate to take {path}, but it said: {content[:500]!r}")
        return content


@contextlib.asynccontextmanager
async def restate() -> AsyncIterator[Restate]:
    """A server with an empty log, two worker processes, and their services registered."""
    binary = await npm_with("restate-server", SERVER) / _BINARY
    python = await python_with("restate-workers", WORKERS)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="opus-bench-restate-")))
        ports = {name: free_port() for name in ("ingress", "admin", "node", "workers")}
        server = await stack.enter_async_context(
            process(
                [str(binary), "--node-name", "one"],
                log=folder / "server.log",
                folder=folder,
                environment=_settings(folder, ports),
            )
        )
        (folder / "hypercorn.toml").write_text(HYPERCORN)
        bound = [
            "-c",
            str(folder / "hypercorn.toml"),
            "-w",
            str(WORKER_PROCESSES),
            "-b",
            f"127.0.0.1:{ports['workers']}",
        ]
        workers = await stack.enter_async_context(
            process(
                [str(python), "-m", "hypercorn", *bound, "app:app"],
                log=folder / "workers.log",
                folder=Path(__file__).parent,
            )
        )
        system = Restate(
            Http("127.0.0.1", ports["ingress"]),
            Http("127.0.0.1", ports["admin"]),
            {"server": [server.pid], "workers": [workers.pid]},
        )
        stack.callback(system.ingress.close)
        stack.callback(system.admin.close)
        async with asyncio.timeout(READY_SECONDS_MAX):
            await _answers(system.admin, "GET", "/health")
            await _answers(
                system.admin, "POST", "/deployments", {"uri": f"http://127.0.0.1:{ports['workers']}", "force": True}
            )
            await _answers(system.ingress, "GET", "/restate/health")
        yield system


def _settings(folder: Path, ports: dict[str, int]) -> dict[str, str]:
    return {
        "RESTATE_BASE_DIR": str(folder / "data"),
        "RESTATE_LOG_FILTER": "warn",
        "RESTATE_DISABLE_TELEMETRY": "true",
        "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ports['ingress']}",
        "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{ports['admin']}",
        "RESTATE_BIND_ADDRESS": f"127.0.0.1:{ports['node']}",
        "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{ports['node']}",
    }


async def _answers(http: Http, method: str, path: str, asked: object = None) -> None:
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            status, _ = await http.send(method, path, asked)
            if status < 300:
                return
        await asyncio.sleep(POLL_SECONDS)
