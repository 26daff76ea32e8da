"""Serving the application with uvicorn: our limits, and a shutdown that completes streams instead of waiting for them."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

from graphql_api.settings import BODY_BYTES_MAX

GRACE_SECONDS = 5
BACKLOG_CONNECTIONS = 2_048
PING_SECONDS = 20.0


class ApiServer(uvicorn.Server):
    """A server that, told to end, first ends every stream, so that clients come back elsewhere with their cursors."""

    def __init__(self, app: Starlette, *, host: str, port: int) -> None:
        self._app = app
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http="httptools",
            ws="websockets-sansio",
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            backlog=BACKLOG_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws_max_size=BODY_BYTES_MAX,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends streams and long polls, then lets requests under way end within the grace."""
        self._app.state.tail.stop()
        self._app.state.end_waits()
        await super().shutdown(sockets)
