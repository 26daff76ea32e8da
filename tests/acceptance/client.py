"""The public API as a client meets it that has to live with faults: GraphQL over HTTP, WebSocket and server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.plain_http import PLAIN

ANSWER_SECONDS_MAX = 30.0
PERSIST_SECONDS_MAX = 60.0
PAUSE_SECONDS = 0.05
CONNECTIONS_MAX = 64


class NotAnswered(Exception):
    """The request was cut off, or its answer says that the same may succeed a moment later."""


class Client:
    """One key, at one API."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.http = httpx2.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=ANSWER_SECONDS_MAX,
            limits=httpx2.Limits(max_connections=CONNECTIONS_MAX),
            verify=PLAIN,
            trust_env=False,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self.http.aclose()

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer to a document; raises NotAnswered."""
        try:
            response = await self.http.post("/graphql", json={"query": document, "variables": variables})
        except httpx2.TransportError as error:
            raise NotAnswered(repr(error)) from error
        answer: dict[str, Any] = orjson.loads(response.content)
        told = [error.get("extensions", {}) for error in answer.get("errors", ())]
        data = answer.get("data") or {}
        told += [field for field in data.values() if isinstance(field, dict)]
        if any(said.get("retryable") for said in told):
            raise NotAnswered(str(answer))
        return answer

    async def ask(self, document: str, **variables: Any) -> Any:
        """The data of an operation of one root field; there are no errors."""
        answer = await self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        (found,) = answer["data"].values()
        return found

    async def persist(self, document: str, **variables: Any) -> Any:
        """The same, asked again until it is answered."""
        async with asyncio.timeout(PERSIST_SECONDS_MAX):
            while True:
                try:
                    return await self.ask(document, **variables)
                except NotAnswered:
                    await asyncio.sleep(PAUSE_SECONDS)

    @asynccontextmanager
    async def over_socket(self, document: str, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The messages of a subscription over a WebSocket, whose connection is aborted at the end."""
        address = self.url.replace("http://", "ws://") + "/graphql"
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as connection:

            async def say(**message: Any) -> None:
                await connection.send(orjson.dumps(message).decode())

            async def messages() -> AsyncIterator[dict[str, Any]]:
                async for raw in connection:
                    message = orjson.loads(raw)
                    if message["type"] == "next":
                        yield message["payload"]
                    elif message["type"] != "connection_ack":
                        yield {"errors": message.get("payload")}
                        return

            await say(type="connection_init", payload={"authorization": f"Bearer {self.key}"})
            await say(type="subscribe", id="1", payload={"query": document, "variables": variables})
            try:
                yield messages()
            finally:
                connection.transport.abort()

    @asynccontextmanager
    async def over_events(self, document: str, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The messages of a subscription over server-sent events, whose connection is dropped at the end."""
        body = {"query": document, "variables": variables}
        headers = {"Accept": "text/event-stream"}
        async with self.http.stream("POST", "/graphql", json=body, headers=headers) as response:

            async def messages() -> AsyncIterator[dict[str, Any]]:
                async for line in response.aiter_lines():
                    if line.startswith("data: ") and line != "data: ":
                        yield orjson.loads(line.removeprefix("data: "))

            yield messages()
