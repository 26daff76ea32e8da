"""A real HTTP server on loopback that speaks the protocols of OpenAI and of Anthropic, and answers as a test says, badly too."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.http_servers import serving

INPUT_TOKENS, OUTPUT_TOKENS = 21, 7
PIECE_CHARACTERS = 5
KEY = "sk-the-key"


@dataclass(frozen=True, slots=True)
class Says:
    """An answer: as arguments of the tool it was given, when it was given one, else as text. `stop` says why it ended."""

    answer: Any
    as_text: bool = False
    stop: str | None = None
    tokens: tuple[int, int] | None = (INPUT_TOKENS, OUTPUT_TOKENS)


@dataclass(frozen=True, slots=True)
class Status:
    """No answer but an error, as the protocol has it."""

    status: int
    message: str
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends in the middle of the answer, after some of its events."""

    words: str = "Half of"
    events: int = 2


@dataclass(frozen=True, slots=True)
class Garbage:
    """An answer that is none by the protocol."""


@dataclass(frozen=True, slots=True)
class Floods:
    """One line that never ends; `packed`: so that little of it becomes much."""

    packed: bool = False


@dataclass(frozen=True, slots=True)
class Refuses:
    """The model declines."""

    words: str


@dataclass(frozen=True, slots=True)
class Never:
    """Nothing comes."""


Reply = Says | Status | Cut | Garbage | Floods | Refuses | Never


@dataclass(slots=True)
class Models:
    """What models answer next, and what they were asked."""

    url: str = ""
    replies: deque[Reply] = field(default_factory=deque)
    otherwise: Callable[[dict[str, Any]], Reply] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def next(self, *replies: Reply) -> None:
        """They answer so, in this order."""
        self.replies.extend(replies)

    @property
    def openai(self) -> dict[str, Any]:
        """A credential for them by the protocol of OpenAI."""
        return {"provider": "openai", "key": KEY, "base_url": f"{self.url}/v1"}

    @property
    def anthropic(self) -> dict[str, Any]:
        """A credential for them by the protocol of Anthropic."""
        return {"provider": "anthropic", "key": KEY, "base_url": self.url}

    def said(self, place: int = -1) -> str:
        """Everything that stands in what was asked, as one text."""
        return json.dumps(self.asked[place], ensure_ascii=False)

    async def reply(self, request: Request) -> tuple[dict[str, Any], Reply]:
        """What was asked, and what is answered."""
        asked = await request.json()
        self.asked.append(asked)
        self.headers.append(dict(request.headers))
        if self.replies:
            return asked, self.replies.popleft()
        if self.otherwise is None:
            raise AssertionError("asked more often than the test expects")
        return asked, self.otherwise(asked)

    async def openai_chat(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        asked, reply = await self.reply(request)
        match reply:
            case Status():
                error = {"message": reply.message, "type": "error", "code": reply.code}
                return JSONResponse({"error": error}, reply.status, reply.headers)
            case Garbage():
                return Response(b"data: {what is this\n\ndata: [DONE]\n\n", media_type="text/event-stream")
            case Floods():
                return flooding(reply)
            case Never():
                return await _never()
            case Cut():
                return StreamingResponse(
                    _cut(_openai_events(asked, Says(reply.words)), reply.events), media_type="text/event-stream"
                )
            case Refuses():
                return StreamingResponse(_openai_refusal(reply.words), media_type="text/event-stream")
            case Says():
                return StreamingResponse(_each(_openai_events(asked, reply)), media_type="text/event-stream")

    async def anthropic_messages(self, request: Request) -> Response:
        """`POST /v1/messages`."""
        asked, reply = await self.reply(request)
        match reply:
            case Status():
                error = {"type": reply.code or "api_error", "message": reply.message}
                return JSONResponse({"type": "error", "error": error}, reply.status, reply.headers)
            case Garbage():
                return Response(b"event: message_start\ndata: {what\n\n", media_type="text/event-stream")
            case Floods():
                return flooding(reply)
            case Never():
                return await _never()
            case Cut():
                return StreamingResponse(
                    _cut(_anthropic_events(asked, Says(reply.words)), reply.events), media_type="text/event-stream"
                )
            case Refuses():
                says = Says(reply.words, as_text=True, stop="refusal")
                return StreamingResponse(_each(_anthropic_events(asked, says)), media_type="text/event-stream")
            case Says():
                return StreamingResponse(_each(_anthropic_events(asked, reply)), media_type="text/event-stream")


@asynccontextmanager
async def models() -> AsyncIterator[Models]:
    """Models that answer as they are told, as long as the block lasts."""
    speaking = Models()
    routes = [
        Route("/v1/chat/completions", speaking.openai_chat, methods=["POST"]),
        Route("/v1/messages", speaking.anthropic_messages, methods=["POST"]),
        Route("/v1/models", _models, methods=["GET"]),
    ]
    async with serving(routes) as url:
        speaking.url = url
        yield speaking


async def _models(request: Request) -> Response:
    """`GET /v1/models`, for who shows the key."""
    shown = (request.headers.get("authorization"), request.headers.get("x-api-key"))
    if f"Bearer {KEY}" not in shown and KEY not in shown:
        return JSONResponse({"error": {"message": "Wrong key."}}, 401)
    return JSONResponse({"object": "list", "data": [{"id": "tiny-1", "object": "model"}]})


async def _flood(*, packed: bool) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16) if packed else None
    piece = b"data: " + b"x" * 1_000_000
    while True:
        await asyncio.sleep(0)  # So little is sent that nothing else would let others go on.
        yield piece if packer is None else packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)


def flooding(reply: Floods, media_type: str = "text/event-stream") -> Response:
    """An answer without end."""
    headers = {"content-encoding": "gzip"} if reply.packed else {}
    return StreamingResponse(_flood(packed=reply.packed), media_type=media_type, headers=headers)


async def _never() -> Response:
    await asyncio.Event().wait()
    raise AssertionError


async def _each(events: Iterator[bytes]) -> AsyncIterator[bytes]:
    for event in events:
        yield event


async def _cut(events: Iterator[bytes], count: int) -> AsyncIterator[bytes]:
    for event, _ in zip(events, range(count), strict=False):
        yield event
    raise ConnectionResetError("as the test wants it")


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), PIECE_CHARACTERS):
        yield text[at : at + PIECE_CHARACTERS]


def _text(reply: Says) -> str:
    return reply.answer if isinstance(reply.answer, str) else json.dumps(reply.answer)


def _openai_events(asked: dict[str, Any], reply: Says) -> Iterator[bytes]:
    tools = [] if reply.as_text else asked.get("tools") or []
    yield _openai_chunk({"role": "assistant", "content": None if tools else ""})
    if tools:
        call = {"index": 0, "id": "call_1", "type": "function"}
        name = tools[0]["function"]["name"]
        yield _openai_chunk({"tool_calls": [{**call, "function": {"name": name, "arguments": ""}}]})
        for piece in _pieces(_text(reply)):
            yield _openai_chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    else:
        for piece in _pieces(_text(reply)):
            yield _openai_chunk({"content": piece})
    yield _openai_chunk({}, reply.stop or ("tool_calls" if tools else "stop"))
    if reply.tokens is not None:
        tokens_in, tokens_out = reply.tokens
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
        yield _data({**_openai_head(), "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


async def _openai_refusal(words: str) -> AsyncIterator[bytes]:
    yield _openai_chunk({"role": "assistant", "content": None})
    yield _openai_chunk({"refusal": words})
    yield _openai_chunk({}, "stop")
    yield b"data: [DONE]\n\n"


def _openai_head() -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "tiny-1-dated"}


def _openai_chunk(delta: dict[str, Any], stop: str | None = None) -> bytes:
    return _data({**_openai_head(), "choices": [{"index": 0, "delta": delta, "finish_reason": stop}]})


def _data(said: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(said).encode() + b"\n\n"


def _anthropic_events(asked: dict[str, Any], reply: Says) -> Iterator[bytes]:
    tools = [] if reply.as_text else asked.get("tools") or []
    tokens_in, tokens_out = reply.tokens or (0, 0)
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "tiny-1-dated",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": tokens_in, "output_tokens": 0},
    }
    yield _event("message_start", message=message)
    if tools:
        block: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": tools[0]["name"], "input": {}}
        deltas = ({"type": "input_json_delta", "partial_json": piece} for piece in _pieces(_text(reply)))
    else:
        block = {"type": "text", "text": ""}
        deltas = ({"type": "text_delta", "text": piece} for piece in _pieces(_text(reply)))
    yield _event("content_block_start", index=0, content_block=block)
    for delta in deltas:
        yield _event("content_block_delta", index=0, delta=delta)
    yield _event("content_block_stop", index=0)
    stop = reply.stop or ("tool_use" if tools else "end_turn")
    yield _event(
        "message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": tokens_out}
    )
    yield _event("message_stop")


def _event(kind: str, **said: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **said})}\n\n".encode()
