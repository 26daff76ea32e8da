"""How anything that a task does reaches the network: a name is resolved here, judged, and connected to at exactly the address judged.

So no name can lead inside by what it resolves to, neither at the second look (DNS rebinding) nor by a redirect, since every connection
comes by here. Nothing of HTTP is imported before the first client is asked for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from runner.addresses import PrivateNetworks, read_address

if TYPE_CHECKING:
    import httpx2

    from runner.outgoing_transport import GuardedTransport

ADDRESS_REFUSED = "ADDRESS_REFUSED"
RESOLVE_SECONDS_MAX = 10.0
RESOLVE_AT_ONCE_MAX = 16
"""Names are resolved in threads of their own, so that slow name servers keep nothing else waiting."""
CONNECT_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 60.0
"""How long a peer may be silent, unless its client is told otherwise."""
ADDRESSES_TRIED_MAX = 4
REDIRECTS_MAX = 5


class AddressRefused(Exception):
    """A task may not reach this address; `code` is what its run fails with. It says no address, so that none can be found out."""

    code = ADDRESS_REFUSED

    def __init__(self, host: str, port: int, what: str) -> None:
        self.host, self.port, self.what = host, port, what
        super().__init__(
            f"Expected a public address, but {host}:{port} leads to a {what} one. "
            "The platform owner can allow it with OPUS_PRIVATE_NETWORKS."
        )


class HostUnknown(OSError):
    """A name leads to no address; whether it will later is not known."""

    def __init__(self, host: str) -> None:
        super().__init__(f"Expected the name of a host, but {host} leads to no address.")


class Outgoing:
    """The one door to the network of a process."""

    def __init__(self, private_networks: PrivateNetworks | None = None) -> None:
        self._allowed = private_networks or PrivateNetworks()
        self._resolving = ThreadPoolExecutor(RESOLVE_AT_ONCE_MAX, "resolve")
        self._shared: GuardedTransport | None = None

    async def judge(self, host: str, port: int) -> list[str]:
        """The addresses of a host that tasks may reach on this port; raises AddressRefused when there is none, HostUnknown, TimeoutError."""
        if (literal := read_address(host)) is not None:
            return self._permitted(host, port, [str(literal)])
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(RESOLVE_SECONDS_MAX):
            found = await loop.run_in_executor(self._resolving, _resolve, host, port)
        return self._permitted(host, port, found)

    async def connect(self, host: str, port: int, *, seconds_max: float = CONNECT_SECONDS_MAX) -> socket.socket:
        """A connected socket that does not block, for clients of other protocols; raises what `judge` raises, or OSError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds_max):
            addresses = await self.judge(host, port)
            for place, address in enumerate(addresses, 1):
                try:
                    async with asyncio.timeout(seconds_max / len(addresses)):
                        return await _connect(loop, address, port)
                except (OSError, TimeoutError):
                    if place == len(addresses):
                        raise
        raise HostUnknown(host)

    def client(self, *, fresh: bool = False, **options: Any) -> httpx2.AsyncClient:
        """A client of HTTP that reaches only what may be reached. Cookies are its own; connections are shared, unless it is `fresh`.

        Options are those of `httpx2.AsyncClient`, but for transport, proxies and trust in the environment.
        """
        from runner.outgoing_transport import GuardedTransport, open_client  # noqa: PLC0415 - HTTP on first use

        if self._shared is None:
            self._shared = GuardedTransport(self.judge)
        return open_client(self._shared.beside() if fresh else self._shared.lent(), **options)

    async def aclose(self) -> None:
        """Ends every connection that is kept open."""
        shared, self._shared = self._shared, None
        if shared is not None:
            await shared.aclose()
        self._resolving.shutdown(wait=False, cancel_futures=True)

    def _permitted(self, host: str, port: int, found: Sequence[str]) -> list[str]:
        trusted = self._allowed.allow_host(host, port)
        permitted, refused = [], "reserved"
        for written in found:
            address = read_address(written)
            what = None if address is not None and trusted else self._refused(written, port)
            if what is None:
                permitted.append(written)
            else:
                refused = what
        if not permitted:
            raise AddressRefused(host, port, refused)
        return permitted[:ADDRESSES_TRIED_MAX]

    def _refused(self, written: str, port: int) -> str | None:
        address = read_address(written)
        return "reserved" if address is None else self._allowed.refused(address, port)


def refusal_in(error: BaseException | None) -> AddressRefused | None:
    """The refusal of an address that led to an error of some library, if one did."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, AddressRefused):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise HostUnknown(host) from None
    return list(dict.fromkeys(str(where[4][0]) for where in found))


async def _connect(loop: asyncio.AbstractEventLoop, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made
