"""GraphQL over HTTP, server-sent events and WebSocket: the library's transports, with our JSON, our access and our errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLRequestData
from strawberry.http.exceptions import NonJsonMessageReceived, WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from domain.refusals import Refusal
from graphql_api.context import Api, Context
from graphql_api.http_answers import json_answer, refused
from graphql_api.identity import identify
from graphql_api.limits import SUBSCRIPTIONS_PER_CONNECTION_MAX
from graphql_api.operations import Schema
from graphql_api.refusals import Unauthenticated
from graphql_api.strict_json import BodyRefused, read_json, write_json

INIT_SECONDS_MAX = 10.0
HEADER = "authorization"


class Sockets(ASGIWebSocketAdapter):
    """Messages of a WebSocket: always text, and of the shape the protocol has."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """The messages of the client; the end of the connection ends them."""
        try:
            async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
                if not _is_message(message):
                    raise NonJsonMessageReceived
                yield message
        except RuntimeError:  # The connection was closed between two messages.
            return

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Sends a message."""
        try:
            await self.ws.send_text(write_json(message).decode())
        except RuntimeError as error:
            raise WebSocketDisconnected from error


class Door(GraphQL[Context, None]):
    """The endpoint `/graphql`."""

    allow_queries_via_get = False
    websocket_adapter_class = Sockets

    def __init__(self, schema: Schema, api: Api) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS_MAX),
            max_subscriptions_per_connection=SUBSCRIPTIONS_PER_CONNECTION_MAX,
            allowed_origins=api.settings.allowed_origins,
        )
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; what is no GraphQL request is refused as JSON too."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as error:
            said = {"message": error.reason, "extensions": {"code": "BAD_REQUEST"}}
            response = json_answer({"data": None, "errors": [said]}, error.status_code)
        except Refusal as refusal:
            response = refused(refusal)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """A context for who asks; of a WebSocket that is known with its first message, header or not."""
        authorization = request.headers.get(HEADER)
        if isinstance(request, WebSocket):
            return Context(self._api, None, authorization)
        identity = await identify(self._api.system.views, authorization)
        return Context(self._api, identity, authorization, request.is_disconnected)

    async def on_ws_connect(self, context: Context) -> dict[str, object] | None:
        """Takes the key of the first message; nothing goes on without one."""
        given = next(
            (value for name, value in (context.connection_params or {}).items() if name.lower() == HEADER), None
        )
        authorization = context.authorization if given is None else given
        try:
            context.identified(await identify(self._api.system.views, authorization), authorization)
        except Unauthenticated as refusal:
            raise ConnectionRejectionError({"message": refusal.message}) from None
        return None

    def parse_json(self, data: str | bytes) -> Any:
        """The JSON of a request; what is wrong with it is said in a sentence."""
        try:
            return read_json(data)
        except BodyRefused as refused_body:
            raise HTTPException(400, refused_body.msg) from None

    def decode_json(self, data: str | bytes) -> object:
        """The JSON of a message."""
        return read_json(data)

    def encode_json(self, data: object) -> bytes:
        """An answer as JSON."""
        return write_json(data)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """The operation in a request's body, which is one object in JSON."""
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise HTTPException(415, "Expected a body of type application/json, but it is of another.")
        body = self.parse_json(await request.get_body())
        if not _is_operation(body):
            expected = "an object with the text query, and perhaps the object variables and the text operationName"
            raise HTTPException(400, f"Expected {expected}, but got something else.")
        transport = self._get_stream_transport_from_headers(request.headers)
        return GraphQLRequestData(
            query=body["query"],
            variables=body.get("variables"),
            operation_name=body.get("operationName"),
            extensions=None,
            protocol=transport.protocol if transport else "http",
        )


def _is_operation(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("query"), str)
        and isinstance(body.get("variables"), dict | None)
        and isinstance(body.get("operationName"), str | None)
    )


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    named = message["type"] not in {"subscribe", "complete"} or isinstance(message.get("id"), str)
    return named and (message["type"] != "subscribe" or _is_operation(message.get("payload")))
