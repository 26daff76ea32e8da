"""The transport of HTTP clients that asks before it connects, and connects to the address that was judged."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from importlib.metadata import version
from typing import Any

import httpcore2
import httpx2

from runner.outgoing import ANSWER_SECONDS_MAX, CONNECT_SECONDS_MAX, REDIRECTS_MAX, HostUnknown

CONNECTIONS_MAX = 1_000
IDLE_CONNECTIONS_MAX = 100
IDLE_SECONDS_MAX = 15.0
REDIRECT_BYTES_MAX = 256 * 1024
CODINGS_MAX = 1
"""What is packed several times may take a few hundred bytes to send, and unpacking it holds the loop for minutes."""
USER_AGENT = f"opus-workflows/{version('opus-workflows')}"

Judge = Callable[[str, int], Awaitable[list[str]]]


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections, to judged addresses only."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to one of the addresses of a host, tried one after another; raises AddressRefused."""
        seconds_max = CONNECT_SECONDS_MAX if timeout is None else timeout
        until = asyncio.get_running_loop().time() + seconds_max
        try:
            addresses = await self._judge(host, port)
        except HostUnknown as error:
            raise httpcore2.ConnectError(str(error)) from error
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"Expected to find the address of {host}, but nobody answers.") from error
        for left in range(len(addresses), 0, -1):
            share = max(0.0, until - asyncio.get_running_loop().time()) / left
            try:
                opened = await self._inner.connect_tcp(addresses[-left], port, share, local_address, socket_options)
                return _Stream(opened)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if left == 1:
                    raise
        raise httpcore2.ConnectError(f"Expected an address of {host}, but there is none.")

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed when its encryption is given up half-way, which the library leaves to the garbage collector."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Connections that are kept open for who comes next, all of them to judged addresses."""

    def __init__(self, judge: Judge, trusted: ssl.SSLContext | None = None) -> None:
        self._judge = judge
        self._trusted = (
            trusted or httpx2.create_ssl_context()
        )  # Reads all certificates, which takes some hundredths of a second.
        super().__init__(verify=self._trusted, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=self._trusted,
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=IDLE_CONNECTIONS_MAX,
            keepalive_expiry=IDLE_SECONDS_MAX,
            network_backend=GuardedBackend(judge),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer; of a redirect, which is read by whoever follows it, only a short body."""
        answer = await super().handle_async_request(request)
        if _codings(answer) > CODINGS_MAX:
            await answer.aclose()
            raise httpx2.DecodingError(f"Expected an answer packed once, but it is packed {_codings(answer)} times.")
        if answer.has_redirect_location and isinstance(answer.stream, httpx2.AsyncByteStream):
            answer.stream = _Short(answer.stream)
        return answer

    def beside(self) -> GuardedTransport:
        """Connections of its own."""
        return GuardedTransport(self._judge, self._trusted)

    def lent(self) -> httpx2.AsyncBaseTransport:
        """The same connections, for a client whose end is not theirs."""
        return _Lent(self)


def _codings(answer: httpx2.Response) -> int:
    named = answer.headers.get_list("content-encoding", split_commas=True)
    return sum(each.strip().lower() not in ("", "identity") for each in named)


class _Short(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = REDIRECT_BYTES_MAX
        async for piece in self._inner:
            left -= len(piece)
            if left < 0:
                raise httpx2.RemoteProtocolError(
                    f"Expected a redirect of at most {REDIRECT_BYTES_MAX} bytes, but it is larger."
                )
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Lent(httpx2.AsyncBaseTransport):
    def __init__(self, owner: GuardedTransport) -> None:
        self._owner = owner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._owner.handle_async_request(request)


def open_client(transport: httpx2.AsyncBaseTransport, **options: Any) -> httpx2.AsyncClient:
    """A client on this transport that follows no redirect unless it is told to, and trusts nothing of the environment."""
    headers = httpx2.Headers({"User-Agent": USER_AGENT})
    headers.update(options.pop("headers", None))
    options = {"timeout": httpx2.Timeout(ANSWER_SECONDS_MAX, connect=CONNECT_SECONDS_MAX), **options}
    return httpx2.AsyncClient(
        transport=transport, trust_env=False, headers=headers, **{"max_redirects": REDIRECTS_MAX, **options}
    )
