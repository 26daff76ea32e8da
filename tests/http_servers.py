"""Real HTTP servers on loopback for tests: an application under uvicorn, or raw bytes from a socket; ended with the block."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

LOOPBACK = "127.0.0.1"

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(routes: Sequence[BaseRoute], **settings: Any) -> AsyncIterator[str]:
    """An application of these routes in this loop; gives its URL, without a slash at the end."""
    # A socket of our own would not be told to send at once, and every answer then take 40 ms.
    config = uvicorn.Config(
        Starlette(routes=routes),
        host=LOOPBACK,
        port=0,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=0,
        **settings,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        scheme = "https" if config.is_ssl else "http"
        yield f"{scheme}://{LOOPBACK}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        await end(server)


async def end(server: uvicorn.Server) -> None:
    """At once: its own way to end waits a tenth of a second."""
    for each in server.servers:
        each.close()
    under_way = list(server.server_state.tasks)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    for connection in list(server.server_state.connections):
        connection.shutdown()
    await asyncio.sleep(0)


@asynccontextmanager
async def speaking(speak: Speak, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that says to each connection what it likes; gives its URL."""
    open_: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        current = asyncio.current_task()
        assert current is not None
        open_.add(current)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await speak(reader, writer)
        finally:
            open_.discard(current)
            writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(open_):
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The head of a request, whose body is left unread."""
    return await reader.readuntil(b"\r\n\r\n")
