"""Sends a request and follows its redirects, each judged anew: nothing of the credential or the body goes to another origin."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from runner.actions.http.failed import CREDENTIAL_MISFIT, HTTP_REDIRECTED, REQUEST_MISFIT, misfit
from runner.actions.http.request import Content, Prepared
from runner.actions.http.signing_in import SignIn

_FOLLOWED = frozenset({301, 302, 303, 307, 308})
_KEPT_ELSEWHERE = frozenset({"accept", "accept-language", "user-agent", "range", "if-none-match", "if-modified-since"})
"""Of the headers of a configuration, only these go along to another origin."""
_OF_BODY = frozenset({"content-type", "content-encoding", "content-language"})


@dataclass(slots=True)
class Exchange:
    """What has been done so far of a request: whether anything of it was sent, where it was sent on to, what came of it."""

    sent: bool = False  # of the request that is under way, which may be one that a redirect led to
    answered: bool = False  # so that a connection that was dead already did no harm
    again: bool = False  # what is under way asks for the same as before, of which the answer before tells nothing
    redirects: int = 0
    status: int | None = None

    async def trace(self, event: str, _: Mapping[str, Any]) -> None:
        """Told by the library what it does."""
        if event.endswith("send_request_headers.started"):
            self.sent = True
        elif event.endswith("receive_response_headers.complete"):
            self.answered = True


@dataclass(frozen=True, slots=True)
class _Hop:
    """One request of a chain of redirects."""

    method: str
    url: httpx2.URL
    headers: Mapping[str, str]
    content: Content | None
    at_home: bool = True  # at the origin that the credential is meant for
    renewed: bool = field(default=False)


@asynccontextmanager
async def answered(
    client: httpx2.AsyncClient, prepared: Prepared, sign_in: SignIn, exchange: Exchange, *, redirects_max: int
) -> AsyncIterator[httpx2.Response]:
    """The answer, its body not read yet; raises RequestFailed, AddressRefused, or httpx2.HTTPError."""
    hop = _Hop(prepared.method, _read_url(prepared.url), prepared.headers, prepared.content)
    while True:
        _check_host(hop.url, prepared.hosts)
        exchange.sent = exchange.answered = False
        answer = await client.send(await _request(client, hop, sign_in, exchange), stream=True)
        try:
            exchange.status, exchange.again = answer.status_code, False
            if answer.status_code == httpx2.codes.UNAUTHORIZED and hop.at_home and not hop.renewed and sign_in.renew():
                hop, exchange.again = replace(hop, renewed=True), True
                continue
            following = _following(hop, answer, exchange, redirects_max)
            if following is None:
                yield answer
                return
            exchange.again = following.method == hop.method and answer.status_code != httpx2.codes.SEE_OTHER
            hop = following
        finally:
            await answer.aclose()


async def _request(client: httpx2.AsyncClient, hop: _Hop, sign_in: SignIn, exchange: Exchange) -> httpx2.Request:
    headers = httpx2.Headers(hop.headers)
    url = hop.url
    if hop.at_home:
        marks = await sign_in.marks(hop.url.host)
        try:
            headers.update(marks.headers)
        except UnicodeEncodeError:  # It would show the secret itself.
            expected = "a credential that a header can carry"
            raise misfit(CREDENTIAL_MISFIT, expected, "it has signs beyond ASCII") from None
        if marks.query:
            url = url.copy_merge_params(marks.query)
    if hop.content is not None:
        headers.setdefault("Content-Type", hop.content.media_type)
        headers["Content-Length"] = str(hop.content.size)
    content = None if hop.content is None else hop.content.pieces()
    return client.build_request(hop.method, url, headers=headers, content=content, extensions={"trace": exchange.trace})


def _following(hop: _Hop, answer: httpx2.Response, exchange: Exchange, redirects_max: int) -> _Hop | None:
    """The request that the answer sends on to; None when it is the answer itself."""
    where = answer.headers.get("location")
    if answer.status_code not in _FOLLOWED or where is None or redirects_max == 0:
        return None
    if exchange.redirects == redirects_max:
        raise misfit(HTTP_REDIRECTED, f"at most {redirects_max} redirects", "there are more")
    try:
        url = hop.url.join(where)
    except (httpx2.InvalidURL, ValueError):
        raise misfit(HTTP_REDIRECTED, "a redirect to a URL", "it leads to something else") from None
    exchange.redirects += 1
    if not url.host:
        raise misfit(HTTP_REDIRECTED, "a redirect to a URL", "it leads to something else")
    if url.userinfo:  # The library would sign in as this user, in place of the credential.
        raise misfit(HTTP_REDIRECTED, "a redirect to a URL without user and password", f"it leads to one at {url.host}")
    if url.scheme not in ("http", "https") or (hop.url.scheme == "https" and url.scheme != "https"):
        raise misfit(HTTP_REDIRECTED, "a redirect that stays encrypted", f"it leads to {url.scheme}://{url.host}")
    method = _method_after(hop.method, answer.status_code)
    content = hop.content if method == hop.method else None
    at_home = hop.at_home and _origin(url) == _origin(hop.url)
    if content is not None and not at_home:
        raise misfit(HTTP_REDIRECTED, "a redirect of a body within its origin", f"it leads to {url.host}")
    kept = {
        name: text
        for name, text in hop.headers.items()
        if (at_home or name.lower() in _KEPT_ELSEWHERE) and (content is not None or name.lower() not in _OF_BODY)
    }
    return _Hop(method, url.copy_with(fragment=None), kept, content, at_home, hop.renewed)


def _method_after(method: str, status: int) -> str:
    """As browsers do: 303 asks for the result, and so do 301 and 302 after a POST."""
    if status == httpx2.codes.SEE_OTHER and method != "HEAD":
        return "GET"
    return "GET" if method == "POST" and status in (301, 302) else method


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _read_url(url: str) -> httpx2.URL:
    try:
        return httpx2.URL(url).copy_with(fragment=None)
    except (httpx2.InvalidURL, ValueError):
        raise misfit(REQUEST_MISFIT, "a URL with http or https and a host", "the inputs make another") from None


def _check_host(url: httpx2.URL, hosts: tuple[str, ...]) -> None:
    if hosts and url.host.lower().rstrip(".") not in {host.lower().rstrip(".") for host in hosts}:
        raise misfit(REQUEST_MISFIT, f"one of the hosts {', '.join(hosts)}", f"the URL leads to {url.host}")
