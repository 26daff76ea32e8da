"""The public API as a measuring client uses it: documents over HTTP, one WebSocket for subscriptions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx2
import orjson
from websockets.asyncio.client import ClientConnection, connect

SECONDS_MAX = 120.0


class Client:
    """One key, a few connections."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._authorization = f"Bearer {key}"
        self._http = httpx2.AsyncClient(
            base_url=url, headers={"Authorization": self._authorization}, timeout=SECONDS_MAX, trust_env=False
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def ask(self, document: str, **variables: Any) -> Any:
        """The data of an operation with one field."""
        response = await self._http.post("/graphql", json={"query": document, "variables": variables})
        answer = orjson.loads(response.content)
        if answer.get("errors"):
            raise RuntimeError(f"The API answered with errors: {answer['errors']}")
        (data,) = answer["data"].values()
        return data

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Socket]:
        """A WebSocket that speaks graphql-transport-ws."""
        address = self._url.replace("http://", "ws://") + "/graphql"
        async with connect(address, subprotocols=["graphql-transport-ws"], proxy=None) as connection:  # type: ignore[list-item]
            await connection.send(
                json.dumps({"type": "connection_init", "payload": {"authorization": self._authorization}})
            )
            acknowledged = orjson.loads(await connection.recv())
            if acknowledged["type"] != "connection_ack":
                raise RuntimeError(f"The API did not take the connection: {acknowledged}")
            yield Socket(connection)


class Socket:
    """Subscriptions on one WebSocket, one at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)

    async def follow(self, document: str, **variables: Any) -> AsyncIterator[dict[str, Any]]:
        """The messages of a subscription with one field, until the caller stops."""
        number = str(next(self._numbers))
        payload = {"query": document, "variables": variables}
        await self._connection.send(json.dumps({"id": number, "type": "subscribe", "payload": payload}))
        try:
            async for raw in self._connection:
                message = orjson.loads(raw)
                if message.get("id") != number:
                    continue  # The rest of the subscription before.
                if message["type"] != "next" or message["payload"].get("errors"):
                    raise RuntimeError(f"The subscription ended: {message}")
                (data,) = message["payload"]["data"].values()
                yield data
        finally:
            await self._connection.send(json.dumps({"id": number, "type": "complete"}))
