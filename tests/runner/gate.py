"""A web server for tests of credentials: it asks for each kind of sign-in, and remembers what it was shown."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.http_servers import serving

SECRET = "canary-gate-4c1b"
BASIC = "Basic " + base64.b64encode(f"alice:{SECRET}".encode()).decode()


@dataclass(slots=True)
class Gate:
    """The server."""

    url: str = ""
    shown: list[str] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)  # until it is set, /slow does not answer


async def _bearer(gate: Gate, request: Request) -> Response:
    return _judged(gate, request, request.headers.get("authorization") == f"Bearer {SECRET}")


async def _header(gate: Gate, request: Request) -> Response:
    return _judged(gate, request, request.headers.get("x-key") == SECRET)


async def _query(gate: Gate, request: Request) -> Response:
    return _judged(gate, request, request.query_params.get("key") == SECRET)


async def _basic(gate: Gate, request: Request) -> Response:
    return _judged(gate, request, request.headers.get("authorization") == BASIC)


async def _token(request: Request) -> Response:
    form = (await request.body()).decode()
    if "grant_type=client_credentials" not in form or request.headers.get("authorization") != BASIC:
        return Response(status_code=401)
    return JSONResponse({"access_token": "canary-token", "expires_in": 60})


async def _slow(gate: Gate, request: Request) -> Response:
    gate.shown.append(request.url.path)
    await gate.held.wait()
    return Response()


async def _away(_: Gate, __: Request) -> Response:
    return RedirectResponse("/bearer")


def _judged(gate: Gate, request: Request, accepted: bool) -> Response:  # noqa: FBT001
    gate.shown.append(request.url.path)
    return Response(status_code=200 if accepted else 401)


@asynccontextmanager
async def open_gate() -> AsyncIterator[Gate]:
    """The server on a free port, as long as the block lasts."""
    gate = Gate()
    paths = {"bearer": _bearer, "header": _header, "query": _query, "basic": _basic, "slow": _slow, "away": _away}
    routes = [Route(f"/{name}", partial(answer, gate), methods=["GET"]) for name, answer in paths.items()]
    async with serving([*routes, Route("/token", _token, methods=["POST"])]) as gate.url:
        yield gate
