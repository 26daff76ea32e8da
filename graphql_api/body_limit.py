"""Bounds the size of request bodies before anything reads them, whether their length is told or not."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.refusals import Refusal
from graphql_api.http_answers import refused


class ContentTooLarge(Refusal):
    """Expected a body of at most {most} bytes, but it is larger."""


class BodyLimit:
    """Refuses a body over the bound of its path, at the latest when the byte over it arrives."""

    def __init__(self, app: ASGIApp, bytes_max: Callable[[str], int]) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is within the bound."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._bytes_max(scope["path"])
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if told.isdigit() and int(told) > most:
            await refused(ContentTooLarge(most=most))(scope, receive, send)
            return
        came, begun = 0, False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise ContentTooLarge(most=most)
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except ContentTooLarge as refusal:
            if begun:
                raise
            await refused(refusal)(scope, receive, send)
