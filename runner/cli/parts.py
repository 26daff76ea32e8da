"""The parts of the system: API, runner and projector, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvloop

from graphql_api.app import create_app
from graphql_api.serving import ApiServer
from graphql_api.settings import ApiSettings
from runner.cli.database import running_database, telling_all
from runner.compose import open_system, projector, worker
from runner.findings import open_findings
from runner.listening import listen
from runner.logs import begin_logs
from runner.part import say_ready, told_to_stop
from runner.settings import Settings, load_settings_or_exit

ALLOCATIONS_BEFORE_COLLECTION = 50_000


def serve() -> None:
    """Runs the API."""
    _run(_serve)


def work() -> None:
    """Runs a runner."""
    _run(_work)


def project() -> None:
    """Runs a projector."""
    _run(_project)


def _run(part: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    settings = load_settings_or_exit()
    begin_logs(settings)
    _relieve_collector()
    with telling_all(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(part(running_database(settings)))


def _relieve_collector() -> None:
    """What is imported stays for ever, and most of what follows is freed by counting references: collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BEFORE_COLLECTION, 20, 50)


async def _serve(settings: Settings) -> None:
    with listen(settings) as bound:
        async with told_to_stop() as stop, open_system(settings, "api") as system, open_findings() as findings:
            door = ApiSettings(development=settings.development, file_bytes_max=settings.file_bytes_max)
            server = _Server(create_app(system, door, findings=findings), host=settings.host, port=settings.port)
            serving = asyncio.create_task(server.serve(sockets=[bound]))
            told = asyncio.create_task(stop.wait())
            await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            server.should_exit = True
            await serving


class _Server(ApiServer):
    """The API's server, told to stop by us instead of by signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says that the part is ready once connections are taken."""
        await super().startup(sockets)
        if self.started:
            say_ready()


async def _work(settings: Settings) -> None:
    async with told_to_stop() as stop, open_system(settings, "runner") as system:
        await worker(system).run(stop, say_ready)


async def _project(settings: Settings) -> None:
    async with told_to_stop() as stop, open_system(settings, "projector") as system:
        keeper = projector(system)
        working = asyncio.create_task(keeper.run())
        told = asyncio.create_task(stop.wait())
        say_ready()  # Also one that stands by is ready for its part.
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        keeper.stop()
        await working
