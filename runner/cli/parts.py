"""The parts of the system as commands: `opus serve`, `work` and `project`; `opus up` runs them all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvicorn
import uvloop

from graphql_api.app import create_app
from graphql_api.settings import ApiSettings
from runner.cli.database import running_database
from runner.cli.output import telling
from runner.compose import open_system, projector, worker
from runner.listening import listen
from runner.logs import begin_logs
from runner.part import say_ready, told_to_stop
from runner.settings import Settings, load_settings_or_exit

CONNECTIONS_WAITING_MAX = 2_048
SHUTDOWN_SECONDS = 5


def serve() -> None:
    """Run the API alone."""
    _run(_serve)


def work() -> None:
    """Run a runner alone, which performs tasks; several share the jobs between them."""
    _run(_work)


def project() -> None:
    """Run a projector alone, which keeps the read models up to date; a second one stands by."""
    _run(_project)


def _run(part: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    settings = load_settings_or_exit()
    begin_logs(settings)
    with telling(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(part(running_database(settings)))


async def _serve(settings: Settings) -> None:
    with listen(settings) as bound:
        async with told_to_stop() as stop, open_system(settings, "api") as system:
            app = create_app(
                system, ApiSettings(development=settings.development, file_bytes_max=settings.file_bytes_max)
            )
            config = uvicorn.Config(
                app,
                http="httptools",
                ws="websockets-sansio",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=CONNECTIONS_WAITING_MAX,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
            server = _Server(config)
            serving = asyncio.create_task(server.serve(sockets=[bound]))
            told = asyncio.create_task(stop.wait())
            await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """Uvicorn's server, told to stop by us instead of by signals."""

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
