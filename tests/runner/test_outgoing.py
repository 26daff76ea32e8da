"""Every connection goes to an address that was judged, whatever the name resolves to, at every redirect."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from runner.addresses import parse_private_networks
from runner.outgoing import AddressRefused, HostUnknown, Outgoing, refusal_in
from tests.http_servers import read_head, serving, speaking

pytestmark = pytest.mark.anyio

PUBLIC = "93.184.215.14"


async def hello(request: Request) -> Response:
    return PlainTextResponse(request.headers["user-agent"], headers={"Set-Cookie": "session=1"})


async def inside(request: Request) -> Response:
    return RedirectResponse(request.query_params["to"])


async def cookies(request: Request) -> Response:
    return PlainTextResponse(repr(dict(request.cookies)))


ROUTES = [Route("/hello", hello), Route("/inside", inside), Route("/cookies", cookies)]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serving(ROUTES) as found:
        yield found


async def opened(allowed: str) -> AsyncIterator[Outgoing]:
    outgoing = Outgoing(parse_private_networks(allowed))
    yield outgoing
    await outgoing.aclose()


@pytest.fixture
async def closed_in() -> AsyncIterator[Outgoing]:
    async for outgoing in opened(""):
        yield outgoing


@pytest.fixture
async def allowing(url: str) -> AsyncIterator[Outgoing]:
    """Allows the server, under its address and under a name of it."""
    port = urlsplit(url).port
    async for outgoing in opened(f"127.0.0.1:{port},localhost:{port}"):
        yield outgoing


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Has names resolve to these addresses, one answer after another, the last for ever; gives the names asked for."""
    asked: list[str] = []
    left = list(answers)

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr("runner.outgoing._resolve", resolve)
    return asked


async def test_a_loopback_server_is_refused_and_the_sentence_names_the_setting(closed_in: Outgoing, url: str) -> None:
    async with closed_in.client() as client:
        with pytest.raises(AddressRefused, match=r"leads to a local one.*OPUS_PRIVATE_NETWORKS"):
            await client.get(f"{url}/hello")


@pytest.mark.parametrize(
    "host", ["localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "LOCALHOST"]
)
async def test_every_way_to_write_it_is_refused(closed_in: Outgoing, url: str, host: str) -> None:
    async with closed_in.client() as client:
        with pytest.raises((AddressRefused, httpx2.InvalidURL)):
            await client.get(f"http://{host}:{urlsplit(url).port}/hello")


async def test_what_is_allowed_is_reached(allowing: Outgoing, url: str) -> None:
    async with allowing.client() as client:
        answer = await client.get(f"{url}/hello")
        assert answer.text.startswith("opus-workflows/")


async def test_a_redirect_is_judged_anew(allowing: Outgoing, url: str) -> None:
    async with allowing.client(follow_redirects=True) as client:
        assert (await client.get(f"{url}/inside", params={"to": f"{url}/hello"})).status_code == 200
        with pytest.raises(AddressRefused):
            await client.get(f"{url}/inside", params={"to": "http://127.0.0.2:1/hello"})
        with pytest.raises(AddressRefused):
            await client.get(f"{url}/inside", params={"to": "http://169.254.169.254/latest/meta-data/"})


async def test_the_address_that_was_judged_is_the_one_connected_to(
    url: str, closed_in: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, [PUBLIC], ["127.0.0.1"])
    connected: list[str] = []

    async def connect_tcp(_: object, host: str, *__: object) -> object:
        connected.append(host)
        raise httpx2.ConnectError("far away")

    monkeypatch.setattr("httpcore2.AnyIOBackend.connect_tcp", connect_tcp)
    async with closed_in.client() as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"http://rebinding.example:{urlsplit(url).port}/hello")
        assert (asked, connected) == (["rebinding.example"], [PUBLIC])
        with pytest.raises(AddressRefused):
            await client.get(f"http://rebinding.example:{urlsplit(url).port}/hello")
    assert connected == [PUBLIC]


async def test_of_several_addresses_only_public_ones_are_tried(
    closed_in: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ["10.0.0.1", PUBLIC, "::1"])
    assert await closed_in.judge("mixed.example", 443) == [PUBLIC]


async def test_a_name_that_the_owner_vouches_for_may_lead_inside(
    allowing: Outgoing, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ["127.0.0.2"])  # Which is allowed by no network.
    port = urlsplit(url).port or 0
    assert await allowing.judge("localhost", port) == ["127.0.0.2"]
    with pytest.raises(AddressRefused):
        await allowing.judge("localhost", port + 1)
    with pytest.raises(AddressRefused):
        await allowing.judge("other.example", port)


async def test_a_name_without_address_is_told_apart(closed_in: Outgoing) -> None:
    with pytest.raises(HostUnknown, match=r"nowhere\.invalid leads to no address"):
        await closed_in.judge("nowhere.invalid", 80)
    async with closed_in.client() as client:
        with pytest.raises(httpx2.ConnectError, match="leads to no address"):
            await client.get("http://nowhere.invalid/")


async def test_the_next_address_is_tried_when_one_is_dead(
    allowing: Outgoing, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = urlsplit(url).port or 0
    resolving(monkeypatch, ["::1", "127.0.0.1"])  # Nobody listens at the first.
    async with allowing.client() as client:
        assert (await client.get(f"http://localhost:{port}/hello")).status_code == 200
    with closing(await allowing.connect("localhost", port)) as connected:
        assert connected.getpeername() == ("127.0.0.1", port)


async def test_sockets_for_other_protocols_are_judged_too(closed_in: Outgoing, url: str) -> None:
    port = urlsplit(url).port or 0
    with pytest.raises(AddressRefused):
        await closed_in.connect("127.0.0.1", port)


async def test_a_dead_port_is_an_error_and_not_a_refusal(allowing: Outgoing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outgoing = Outgoing(parse_private_networks(f"127.0.0.1:{port}"))
    with pytest.raises(OSError, match=r"refused|Connect"):
        await outgoing.connect("127.0.0.1", port)
    await outgoing.aclose()


async def test_clients_share_connections_but_no_cookies(allowing: Outgoing, url: str) -> None:
    async with allowing.client() as client:
        await client.get(f"{url}/hello")
        assert (await client.get(f"{url}/cookies")).text == "{'session': '1'}"
    async with allowing.client() as client:
        assert (await client.get(f"{url}/cookies")).text == "{}"


async def test_an_endless_redirect_is_not_read_to_its_end() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    outgoing = Outgoing(parse_private_networks("127.0.0.1/32"))
    async with speaking(speak) as url, outgoing.client(follow_redirects=True) as client:
        with pytest.raises(httpx2.RemoteProtocolError, match="a redirect of at most"):
            await client.get(url)
    await outgoing.aclose()


async def test_a_fresh_client_shares_no_connection(allowing: Outgoing, url: str) -> None:
    opened: list[str] = []
    judge = allowing.judge

    async def counted(host: str, port: int) -> list[str]:
        opened.append(host)
        return await judge(host, port)

    allowing.judge = counted  # type: ignore[method-assign]
    for fresh in (False, False, True, True, False):
        async with allowing.client(fresh=fresh) as client:
            await client.get(f"{url}/hello")
    assert len(opened) == 3


async def test_nothing_of_the_environment_is_trusted(
    allowing: Outgoing, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with allowing.client() as client:
        assert (await client.get(f"{url}/hello")).status_code == 200


def test_a_refusal_is_found_inside_of_what_a_library_raised() -> None:
    refused = AddressRefused("a", 1, "local")
    outer = RuntimeError("library")
    outer.__cause__ = ValueError("in between")
    outer.__cause__.__context__ = refused
    assert refusal_in(outer) is refused
    assert refusal_in(ValueError()) is None
