"""The public API as a measuring client uses it: documents over HTTP, WebSockets for subscriptions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count, cycle
from typing import Any
from urllib.parse import urlsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.http import Http

SECONDS_MAX = 120.0


class Refused(RuntimeError):
    """The API answered with errors; `codes` are theirs."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__(f"Expected an answer without errors, but the API said: {str(errors)[:2_000]}")
        self.codes = {error.get("extensions", {}).get("code") for error in errors}
        self.retryable = all(error.get("extensions", {}).get("retryable") for error in errors)


class SubscriptionEnded(Refused):
    """A subscription ended with errors; its number says which."""

    def __init__(self, number: str, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.number = number


class Client:
    """One key, and the processes of the API that take turns."""

    def __init__(self, urls: Sequence[str], key: str) -> None:
        self.urls, self.key = urls, key
        self._authorization = f"Bearer {key}"
        self._urls = cycle(urls)
        places = [urlsplit(url) for url in urls]
        headers = {"Authorization": self._authorization}
        self._all = [Http(str(place.hostname), place.port or 80, headers) for place in places]
        self._turns = cycle(self._all)

    def close(self) -> None:
        """Closes the connections."""
        for http in self._all:
            http.close()

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation."""
        body = {"query": document, "variables": variables}
        _, content = await asyncio.wait_for(next(self._turns).send("POST", "/graphql", body), SECONDS_MAX)
        answer = orjson.loads(content)
        if errors := answer.get("errors"):
            raise Refused(errors)
        data: dict[str, Any] = answer["data"]
        return data

    async def ask(self, document: str, **variables: Any) -> Any:
        """The data of an operation with one field."""
        (data,) = (await self.answer(document, **variables)).values()
        return data

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Socket]:
        """A WebSocket that speaks graphql-transport-ws."""
        address = next(self._urls).replace("http://", "ws://") + "/graphql"
        protocols: Any = ["graphql-transport-ws"]
        async with connect(address, subprotocols=protocols, proxy=None) as connection:
            await connection.send(
                json.dumps({"type": "connection_init", "payload": {"authorization": self._authorization}})
            )
            acknowledged = orjson.loads(await connection.recv())
            if acknowledged["type"] != "connection_ack":
                raise RuntimeError(f"Expected the API to take the connection, but it said: {acknowledged}")
            yield Socket(connection)


class Socket:
    """Subscriptions on one WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)

    async def follow(self, document: str, **variables: Any) -> AsyncIterator[dict[str, Any]]:
        """The messages of a subscription with one field, until the caller stops."""
        number = await self.subscribe(document, **variables)
        try:
            while True:
                told, data = await self.receive()
                if told == number:  # Not the rest of the subscription before.
                    yield data
        finally:
            await self._connection.send(json.dumps({"id": number, "type": "complete"}))

    async def subscribe(self, document: str, **variables: Any) -> str:
        """Begins a subscription; its messages are told under the number returned."""
        number = str(next(self._numbers))
        payload = {"query": document, "variables": variables}
        await self._connection.send(json.dumps({"id": number, "type": "subscribe", "payload": payload}))
        return number

    async def receive(self) -> tuple[str, dict[str, Any]]:
        """The next message of any subscription with the number of its own; raises SubscriptionEnded for one that was refused."""
        while True:
            message = orjson.loads(await self._connection.recv())
            payload = message.get("payload")
            if message["type"] == "next" and not payload.get("errors"):
                (data,) = payload["data"].values()
                return message["id"], data
            if message["type"] in {"next", "error"}:
                raise SubscriptionEnded(message["id"], payload if isinstance(payload, list) else payload["errors"])
