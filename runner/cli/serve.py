"""The API as a part."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

from graphql_api.app import create_app
from graphql_api.serving import ApiServer
from graphql_api.settings import ApiSettings
from runner.cli.parts import run_part
from runner.compose import open_system
from runner.listening import listen
from runner.part import say_ready, told_to_stop
from runner.settings import Settings


def serve() -> None:
    """Runs the API."""
    run_part(_serve)


async def _serve(settings: Settings) -> None:
    from runner.findings import open_findings  # noqa: PLC0415 - only the API needs what it checks code with

    with listen(settings) as bound:
        async with (
            told_to_stop() as stop,
            open_system(settings, "api") as system,
            open_findings(system.reader) as findings,
        ):
            door = ApiSettings(
                development=settings.development,
                file_bytes_max=settings.file_bytes_max,
                workspace_files_max=settings.workspace_files_max,
                workspace_bytes_max=settings.workspace_bytes_max,
            )
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
