"""Tables behind a URL: fetched as they are read, and sent as they are written; only to where the network may be reached."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urlsplit

from domain.kinds.export_data import ExportDataConfiguration
from domain.kinds.placeholders import fill
from runner.actions.contract import Tools
from runner.actions.tables.frames import PIECE_BYTES, EffectUnknown, TableRefused
from runner.actions.tables.spooling import SPOOLED_BYTES_MAX
from runner.outgoing import AddressRefused, refusal_in
from runner.retry_after import retry_after

if TYPE_CHECKING:
    import httpx2

HTTP_STATUS, URL_UNREACHABLE = "HTTP_STATUS", "URL_UNREACHABLE"
REFUSED_UNDONE = frozenset({408, 425, 429, 503})
"""By these a service says that it did nothing, and may later."""
OF_GATEWAYS = frozenset({502, 504})
"""By these something in between says that it does not know what the service did."""
AGAIN = REFUSED_UNDONE | OF_GATEWAYS | {500}
ANSWER_SHOWN_CHARACTERS_MAX = 200


def in_url(url: str, inputs: Mapping[str, Any]) -> str:
    """The URL with its inputs, each as one part of it whatever it holds."""
    return fill(url, inputs, lambda text: quote(text, safe="")) or ""


async def fetched(url: str, credential: str | None, tools: Tools) -> AsyncIterator[bytes]:
    """The content at a URL, piece by piece; raises TableRefused before it gives any where there is none to be had."""
    marks = await marks_of(url, credential, tools)
    return _fetched(url, marks, tools, follow_redirects=credential is None)


async def _fetched(
    url: str, marks: tuple[dict[str, str], dict[str, str]], tools: Tools, *, follow_redirects: bool
) -> AsyncIterator[bytes]:
    headers, params = marks
    async with reaching(url), tools.outgoing.client(follow_redirects=follow_redirects) as client:
        size = 0
        async with client.stream("GET", url, headers=headers, params=params or None) as response:
            await refuse_status(response)
            async for piece in response.aiter_bytes(PIECE_BYTES):
                size += len(piece)
                if size > SPOOLED_BYTES_MAX:
                    raise TableRefused(
                        "TOO_LARGE", f"Expected at most {SPOOLED_BYTES_MAX} bytes, but the answer is larger."
                    )
                yield piece


async def sent(
    config: ExportDataConfiguration,
    inputs: Mapping[str, Any],
    content: AsyncIterator[bytes],
    tools: Tools,
    *,
    media_type: str,
    attempt_id: str,
) -> tuple[int, dict[str, Any]]:
    """The status that the service answered, and what an auditor needs of the request; raises TableRefused for a failure."""
    url = in_url(config.url or "", inputs)
    headers, params = await marks_of(url, config.credential, tools)
    with tempfile.TemporaryFile() as file:
        size = await written_to(file, content)
        headers = {**headers, "Content-Type": media_type, "Content-Length": str(size), "Idempotency-Key": attempt_id}
        once = config.method == "POST"
        async with reaching(url, once=once), tools.outgoing.client(follow_redirects=False, fresh=once) as client:
            if once:
                await tools.effect()
            response = await client.request(
                config.method, url, headers=headers, params=params or None, content=pieces_of(file)
            )
            await refuse_status(response, once=once)
            parts = urlsplit(url)
            told = {"method": config.method, "url": f"{parts.scheme}://{parts.netloc}{parts.path}", "bytes": size}
            return response.status_code, told | {"status": response.status_code}


async def written_to(file: BinaryIO, content: AsyncIterator[bytes]) -> int:
    """Writes content to a file, goes to its beginning, and gives how many bytes it has."""
    size = 0
    async for piece in content:
        size += len(piece)
        if size > SPOOLED_BYTES_MAX:
            raise TableRefused("EXPORT_TOO_LARGE", f"Expected at most {SPOOLED_BYTES_MAX} bytes, but it is larger.")
        await asyncio.to_thread(file.write, piece)  # A disk may be slow, and others wait for the loop.
    file.seek(0)
    return size


async def pieces_of(file: BinaryIO) -> AsyncIterator[bytes]:
    """The content of a file, piece by piece."""
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        yield piece


async def marks_of(url: str, credential: str | None, tools: Tools) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the query parameters that show who asks."""
    if credential is None:
        return {}, {}
    from runner.actions.http.failed import RequestFailed  # noqa: PLC0415 - HTTP on first use
    from runner.actions.http.signing_in import SignIn  # noqa: PLC0415 - HTTP on first use

    opened = await tools.credentials.open(credential)
    try:
        marks = await SignIn(credential, opened, tools.credentials, tools.outgoing).marks(urlsplit(url).hostname or "")
    except RequestFailed as error:
        failed = error.failed
        raise TableRefused(
            failed.code,
            failed.message,
            failed.details,
            retryable=failed.retryable,
            retry_after_seconds=failed.retry_after_seconds,
        ) from None
    except AddressRefused as refused:  # That of the server of tokens.
        raise TableRefused(refused.code, str(refused)) from None
    return dict(marks.headers), dict(marks.query)


@asynccontextmanager
async def reaching(url: str, *, once: bool = False) -> AsyncIterator[None]:
    """Tells what keeps a service from being reached as a refusal; what must not be done `once` more, as EffectUnknown when it was sent."""
    import httpx2  # noqa: PLC0415 - HTTP on first use

    host = urlsplit(url).hostname or "the host"
    try:
        yield
    except AddressRefused as refused:
        raise TableRefused(refused.code, str(refused)) from None
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError):
        raise TableRefused(
            "URL_MISFIT", "Expected a URL that begins with https:// or http://, but it is none."
        ) from None
    except httpx2.TooManyRedirects:
        raise TableRefused(URL_UNREACHABLE, f"Expected {host} to answer, but it redirects again and again.") from None
    except (httpx2.HTTPError, OSError, TimeoutError) as error:
        if (refusal := refusal_in(error)) is not None:
            raise TableRefused(refusal.code, str(refusal)) from None
        what = type(error).__name__
        if once and not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
            raise EffectUnknown from error
        raise TableRefused(
            URL_UNREACHABLE, f"Expected {host} to answer whole, but got {what}.", retryable=True
        ) from None


async def refuse_status(response: httpx2.Response, *, once: bool = False) -> None:
    """Raises TableRefused unless the service did what it was asked; EffectUnknown where that must not be done `once` more and may have been done."""
    if response.is_success:
        return
    status = response.status_code
    if once and status in OF_GATEWAYS:
        raise EffectUnknown(f"{status}")
    said = ""
    async for piece in response.aiter_bytes(PIECE_BYTES):
        said = piece.decode("utf-8", "replace")
        break
    shown = " ".join("".join(each if each.isprintable() else " " for each in said).split())[
        :ANSWER_SHOWN_CHARACTERS_MAX
    ]
    host = response.request.url.host
    raise TableRefused(
        HTTP_STATUS,
        f"Expected {host} to answer with a status of success, but got {status}{f': {shown}' if shown else '.'}",
        {"status": status},
        retryable=status in (REFUSED_UNDONE if once else AGAIN),
        retry_after_seconds=retry_after(response.headers.get("Retry-After")),
    )
