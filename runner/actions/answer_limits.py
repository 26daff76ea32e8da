"""Bounds what is read of the answers of servers whose clients are libraries: these read on, whatever comes, until the memory of the process is full."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

ANSWER_BYTES_MAX = 64 * 1024 * 1024
"""Of one answer: a stream of events takes many times as much as what it says."""
EVENT_BYTES_MAX = 8 * 1024 * 1024
"""Of one event of a stream: libraries gather it piece by piece, copying all of it each time."""
_EVENT_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")


class AnswerTooLarge(Exception):
    """An answer was not read to its end; the message says why."""


def bound(http: httpx2.AsyncClient, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
    """Has a client read no more of an answer than this, and none that is compressed, as few bytes may become any number of them."""
    http.headers["Accept-Encoding"] = "identity"
    http.event_hooks["response"].append(partial(_bound, event_bytes_max))


def too_large_in(error: BaseException | None) -> AnswerTooLarge | None:
    """What says that an answer was too large, if that led to an error of some library."""
    return next((cause for cause in causes(error) if isinstance(cause, AnswerTooLarge)), None)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what led to it, and those of a group."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


async def _bound(event_bytes_max: int, response: httpx2.Response) -> None:
    import httpx2  # noqa: PLC0415 - HTTP on first use

    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        reason = AnswerTooLarge(
            f"Expected an answer that is not compressed, as was asked for, but it is ({packed[:20]})."
        )
        raise httpx2.DecodingError(str(reason), request=response.request) from reason
    if not isinstance(response.stream, httpx2.AsyncByteStream):
        return

    class Bounded(httpx2.AsyncByteStream):
        """What an answer brings, up to the limit."""

        def __init__(self, inner: httpx2.AsyncByteStream) -> None:
            self._inner = inner

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left, of_event = ANSWER_BYTES_MAX, event_bytes_max
            async for piece in self._inner:
                ended = any(end in piece for end in _EVENT_ENDS)
                left, of_event = left - len(piece), event_bytes_max if ended else of_event - len(piece)
                if left < 0 or of_event < 0:
                    most = f"{ANSWER_BYTES_MAX} bytes, and {event_bytes_max} in one piece"
                    reason = AnswerTooLarge(f"Expected an answer of at most {most}, but it is larger.")
                    raise httpx2.RemoteProtocolError(str(reason)) from reason
                yield piece

        async def aclose(self) -> None:
            await self._inner.aclose()

    response.stream = Bounded(response.stream)
