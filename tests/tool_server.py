"""A real MCP server, by the Python SDK: `python -m tests.tool_server` speaks over stdio; `tools_by_http` serves it on loopback."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypedDict

import uvicorn
from mcp import MCPError
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import INVALID_PARAMS, ToolAnnotations
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.http_servers import LOOPBACK, end

ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
TOKEN = "the-token"


class Weather(TypedDict):
    """What the weather is."""

    city: str
    degrees: float
    windy: bool


def server(marks: Path | None = None) -> MCPServer:
    """A server with tools that give, fail, wait and stop. `marks`: a folder where they leave what they did."""
    tools = MCPServer("tested tools", version="1.2.3", log_level="ERROR")

    _give(tools, marks)
    _break(tools, marks)
    return tools


def _mark(marks: Path | None, what: str) -> None:
    if marks is not None:
        with (marks / what).open("a") as file:
            file.write(".")


def _give(tools: MCPServer, marks: Path | None) -> None:
    @tools.tool(annotations=ToolAnnotations(read_only_hint=True))
    def weather(city: str, days: int = 1) -> Weather:
        """What the weather in a city is."""
        _mark(marks, "weather")
        return {"city": city, "degrees": 20.5 + days, "windy": False}

    @tools.tool()
    def shout(text: str) -> str:
        """The text in capitals."""
        return text.upper()

    @tools.tool()
    def picture() -> Image:
        """A picture of one pixel."""
        return Image(data=ONE_PIXEL, format="png")

    @tools.tool()
    def environment(name: str) -> str:
        """What stands in the environment of the server."""
        return os.environ.get(name, "nothing")


def _break(tools: MCPServer, marks: Path | None) -> None:
    @tools.tool()
    def fail(why: str) -> str:
        """Fails."""
        raise ToolError(why)

    @tools.tool()
    async def count(to: int, context: Context[Any, Any]) -> int:
        """Counts, and says how far it is."""
        for done in range(1, to + 1):
            await context.report_progress(done, to, f"at {done}")
        return to

    @tools.tool()
    async def hold(note: str, context: Context[Any, Any]) -> str:
        """Says that half is done, with what it should not say, and does the rest once there is a mark `go`."""
        await context.report_progress(1, 2, f"{note}, by {TOKEN}!")
        while marks is not None and not (marks / "go").exists():  # noqa: ASYNC110 - who makes the mark may be anywhere
            await asyncio.sleep(0.01)
        return "done"

    @tools.tool()
    async def wait() -> str:
        """Waits for ever, and marks when it is cancelled."""
        _mark(marks, "waiting")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            _mark(marks, "cancelled")
            raise
        return "never"

    @tools.tool()
    def refuse() -> str:
        """Has the server refuse the call itself."""
        raise MCPError(INVALID_PARAMS, "Not so.")

    @tools.tool()
    def die() -> str:
        """Ends the process of the server in the middle of the call."""
        _mark(marks, "died")
        os._exit(1)


@asynccontextmanager
async def tools_by_http(marks: Path) -> AsyncIterator[str]:
    """The server on loopback, for who shows the token; gives its URL. What breaks a connection is `/broken`."""
    app = server(marks).streamable_http_app()
    listening = socket.create_server((LOOPBACK, 0))
    config = uvicorn.Config(_guarded(app), log_config=None, access_log=False, timeout_graceful_shutdown=0)
    serving = uvicorn.Server(config)
    config.load()
    serving.lifespan = config.lifespan_class(config)
    await serving.lifespan.startup()
    await serving.startup(sockets=[listening])
    try:
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}/mcp"
    finally:
        await end(serving)
        await serving.lifespan.shutdown()


def _guarded(app: ASGIApp) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if scope["type"] == "http" and headers.get(b"authorization") != f"Bearer {TOKEN}".encode():
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        if scope["type"] == "http" and b"x-broken" in headers:  # A gateway that gives up in the middle of a call.
            body = b""
            while (message := await receive())["type"] == "http.request":
                body += message["body"]
                if not message.get("more_body"):
                    break
            if b'"tools/call"' in body:
                await send({"type": "http.response.start", "status": 502, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
            receive = _again(body, receive)
        await app(scope, receive, send)

    return answer


def _again(body: bytes, receive: Receive) -> Receive:
    """What was read already, once more."""
    told = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_() -> Any:
        return told.pop() if told else await receive()

    return next_


if __name__ == "__main__":
    server(Path(sys.argv[1]) if len(sys.argv) > 1 else None).run("stdio")
