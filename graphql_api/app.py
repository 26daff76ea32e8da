"""The ASGI application: the endpoint, files and values, health and readiness, and the tail that lives with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from strawberry.http.ides import get_graphql_ide_html

from domain.refusals import Refusal
from domain.workflows.file_schema import file_schema, schema_text
from event_store.positions import Positions
from event_store.units import StoreUnavailable
from graphql_api.body_limit import BodyLimit
from graphql_api.context import Api, Context
from graphql_api.door import HEADER, Door
from graphql_api.files.http import FORM_OVERHEAD_BYTES, fetch, fetch_signed, fetch_value, store
from graphql_api.http_answers import json_answer, refused
from graphql_api.identity import identify
from graphql_api.schema import build_schema
from graphql_api.settings import ApiSettings
from graphql_api.system import Findings, System
from graphql_api.tail import Tail
from graphql_api.uploads import http as uploads
from graphql_api.uploads.endings import Endings
from graphql_api.uploads.headers import TUS_ASKED, TUS_TOLD
from graphql_api.webhooks.http import receive
from graphql_api.workflows.drafts import Drafts

READY_SECONDS_MAX = 2.0

Answer = Callable[[Context, Request], Awaitable[Response]]


def create_app(system: System, settings: ApiSettings, *, findings: Findings) -> Starlette:
    """The API on parts that are open already; the tail begins and ends with the application's lifespan."""
    tail = Tail(system.reader)
    api = Api(system, settings, findings, tail, Positions(system.log, system.reader.hash_at), Drafts(), Endings())
    door = Door(build_schema(), api)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        reading = asyncio.create_task(tail.run())
        try:
            yield
        finally:
            tail.stop()
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    def keyed(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            authorization = request.headers.get(HEADER)
            identity = await identify(system.views, authorization)
            return await answer(Context(api, identity, authorization), request)

        return answered

    async def fetched(request: Request) -> Response:
        by_link = "signature" in request.query_params and HEADER not in request.headers
        return await (fetch_signed(system, request) if by_link else keyed(fetch)(request))

    async def called(request: Request) -> Response:
        return await receive(api, request)

    routes = [
        Route("/graphql", door, methods=["POST"]),
        Route("/graphql", _page if settings.development else _no_page, methods=["GET"]),
        WebSocketRoute("/graphql", door),
        Route("/files", keyed(store), methods=["POST"]),
        Route("/files/{id}", fetched, methods=["GET"]),
        Route("/uploads", _told(settings), methods=["OPTIONS"]),
        Route("/uploads/{id}", _told(settings), methods=["OPTIONS"]),
        Route("/uploads", keyed(uploads.as_tus(uploads.create)), methods=["POST"]),
        Route("/uploads/{id}", keyed(uploads.as_tus(uploads.change)), methods=["HEAD", "PATCH", "DELETE", "POST"]),
        Route("/values/{token}", keyed(fetch_value), methods=["GET"]),
        Route("/hooks/{id}", called, methods=["POST"]),
        Route("/schema/workflow.json", _workflow_schema, methods=["GET"]),
        Route("/healthz", _alive, methods=["GET"]),
        Route("/readyz", _readiness(system), methods=["GET"]),
    ]

    def bytes_max(path: str) -> int:
        takes_files = path == "/files" or path.startswith("/uploads")
        return settings.file_bytes_max + FORM_OVERHEAD_BYTES if takes_files else settings.body_bytes_max

    middleware = [Middleware(BodyLimit, bytes_max=bytes_max)]
    if settings.allowed_origins:
        # Keys travel in a header that no browser sends by itself, so credentials need not be allowed.
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "HEAD", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Range", *TUS_ASKED],
            expose_headers=["Location", "Content-Disposition", "Content-Location", "Content-Range", *TUS_TOLD],
        )
        middleware.insert(0, cors)
    app = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={Refusal: _refused, StoreUnavailable: _refused, HTTPException: _not_understood},
        lifespan=lifespan,
    )
    app.state.tail = tail
    app.state.end_waits = system.external_tasks.end_waits
    return app


def _told(settings: ApiSettings) -> Callable[[Request], Awaitable[Response]]:
    async def told(_: Request) -> Response:
        """What can be done with uploads: anyone may know."""
        return uploads.options(settings.file_bytes_max)

    return told


async def _page(_: Request) -> Response:
    """The GraphiQL page: anyone may open it, nothing answers it without a key."""
    return HTMLResponse(get_graphql_ide_html(graphql_ide="graphiql"))


async def _no_page(_: Request) -> Response:
    said = {
        "message": "Expected a POST with a GraphQL operation as JSON, but got a GET.",
        "extensions": {"code": "BAD_REQUEST"},
    }
    return json_answer({"data": None, "errors": [said]}, 405, {"Allow": "POST"})


async def _workflow_schema(_: Request) -> Response:
    """The JSON Schema of workflow files, for editors: it tells nothing of what is stored, so it needs no key."""
    return Response(_schema_text(), media_type="application/schema+json", headers={"Cache-Control": "max-age=3600"})


@cache
def _schema_text() -> str:
    return schema_text(file_schema())


async def _alive(_: Request) -> Response:
    return PlainTextResponse("alive\n")


def _readiness(system: System) -> Callable[[Request], Awaitable[Response]]:
    async def ready(_: Request) -> Response:
        """Whether log and read models can be read; else in a sentence why not."""
        try:
            last = await asyncio.wait_for(system.reader.last_position(), READY_SECONDS_MAX)
        except (StoreUnavailable, TimeoutError):
            return PlainTextResponse("Expected the database to answer, but it does not.\n", 503)
        position = system.waiting.position
        if position is None:
            return PlainTextResponse("Expected to know how far the read models are, but they cannot be asked.\n", 503)
        return json_answer({"ready": True, "at": datetime.now(UTC).isoformat(), "behind": max(last - position, 0)})

    return ready


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal | StoreUnavailable):
        raise error
    return refused(error)


async def _not_understood(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    said = {"message": str(error.detail), "extensions": {"code": "BAD_REQUEST"}}
    return json_answer({"data": None, "errors": [said]}, error.status_code, dict(error.headers or {}))
