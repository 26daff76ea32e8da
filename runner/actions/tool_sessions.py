"""Sessions with tool servers (MCP): opened for one call and ended with it; programs of the owner's list by stdio, others by HTTP.

The library is imported when the first session is opened.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from runner.actions.answer_limits import bound, causes
from runner.actions.contract import Failed
from runner.outgoing import Outgoing
from runner.tool_servers import ToolServers

if TYPE_CHECKING:
    import httpx2
    from mcp import Client

SERVER_UNKNOWN = "SERVER_UNKNOWN"
SERVER_UNREACHABLE = "SERVER_UNREACHABLE"
SERVER_DENIED = "SERVER_DENIED"
CREDENTIAL_MISFIT = "CREDENTIAL_MISFIT"
ADDRESS_REFUSED = "ADDRESS_REFUSED"
CLIENT_NAME = "opus-workflows"
CLIENT_VERSION = "1"
EVENT_BYTES_MAX = 32 * 1024 * 1024
SAID_CHARACTERS_MAX = 500


class NoSession(Exception):
    """There is no session with a server; the failure says why."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(failed.code)


@dataclass(slots=True)
class Session:
    """A session with a server; by HTTP with the last status that was an error, which the library does not tell."""

    client: Client
    error_status: int | None = None

    async def heed(self, response: httpx2.Response) -> None:
        """Notes a status that is an error."""
        if response.status_code >= 400:
            self.error_status = response.status_code


@asynccontextmanager
async def session_by_program(servers: ToolServers, name: str, seconds: float) -> AsyncIterator[Session]:
    """A session with a program of the list, started for it; raises NoSession."""
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - on first use
    from mcp.client.stdio import stdio_client  # noqa: PLC0415

    server = servers.get(name)
    if server is None:
        known = ", ".join(sorted(servers)) or "none"
        message = f"Expected a tool server that the owner of the platform lists ({known}), but got {name}."
        raise NoSession(Failed(SERVER_UNKNOWN, message))
    program = StdioServerParameters(
        command=server.command, args=list(server.args), env=dict(server.env), cwd=server.cwd
    )
    with _nowhere() as errors:
        session = Session(Client(stdio_client(program, errlog=errors), **_client(seconds)))
        async with _opened(session, name):
            yield session


@asynccontextmanager
async def session_by_http(
    outgoing: Outgoing, kind: str, values: Mapping[str, Any], name: str, seconds: float
) -> AsyncIterator[Session]:
    """A session with the server that a credential opens; raises NoSession."""
    from mcp import Client  # noqa: PLC0415 - on first use
    from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415

    url = values.get("url")
    if kind != "mcp" or not isinstance(url, str):
        message = f"Expected {name} to be a credential of the kind mcp, but it is {kind}."
        raise NoSession(Failed(CREDENTIAL_MISFIT, message))
    async with outgoing.client(headers=_headers(values), timeout=seconds) as http:
        transport = streamable_http_client(url, http_client=http, max_sse_event_size=EVENT_BYTES_MAX)
        session = Session(Client(transport, **_client(seconds)))
        http.event_hooks["response"].append(session.heed)
        bound(http, EVENT_BYTES_MAX * 2)  # The library's own limit, and what it says of it, come first.
        async with _opened(session, name):
            yield session


@asynccontextmanager
async def _opened(session: Session, name: str) -> AsyncIterator[None]:
    """What goes wrong while it is opened is told as one failure; what goes wrong later is the caller's."""
    entered = False
    try:
        async with session.client:
            session.error_status = None  # Of its first steps: older servers refuse those of newer ones.
            entered = True
            yield
    except BaseException as error:
        if entered or not isinstance(error, Exception):
            raise
        raise NoSession(_unreachable(error, session.error_status, name)) from None


def _unreachable(error: Exception, status: int | None, name: str) -> Failed:
    for cause in causes(error):
        if getattr(cause, "code", None) == ADDRESS_REFUSED:
            return Failed(ADDRESS_REFUSED, str(cause))
    if status in (401, 403):
        message = f"Expected a credential that the tool server accepts, but {name} is answered with {status}."
        return Failed(SERVER_DENIED, message)
    message = f"Expected to reach the tool server of {name}, but no session came about: {said_by(error)}"
    return Failed(SERVER_UNREACHABLE, message, retryable=True)


def said_by(error: BaseException) -> str:
    """The words of an error, short: of a group those of its first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = " ".join(f"{type(error).__name__} {error}".replace("\0", " ").split())
    return text if len(text) <= SAID_CHARACTERS_MAX else text[:SAID_CHARACTERS_MAX] + "…"


def alone(error: Exception) -> Exception:
    """An error without the groups that the tasks of a session wrap it in, so that who awaits it knows it again."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _client(seconds: float) -> dict[str, Any]:
    from mcp_types import Implementation  # noqa: PLC0415 - on first use

    info = Implementation(name=CLIENT_NAME, version=CLIENT_VERSION)
    return {"client_info": info, "read_timeout_seconds": seconds, "cache": None}


def _headers(values: Mapping[str, Any]) -> dict[str, str]:
    token, header = values.get("token"), values.get("header")
    if not isinstance(token, str) or not token:
        return {}
    return {header: token} if isinstance(header, str) and header else {"Authorization": f"Bearer {token}"}


@contextmanager
def _nowhere() -> Iterator[TextIO]:
    """Where a program says what it says beside its answers: that may hold anything, and is kept nowhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as file:
        yield file
