"""Access tokens of OAuth 2 clients (RFC 6749, 4.4): fetched once for all who need them, and kept until they are about to end."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from domain.values import ValueRefused, decode, encode_canonical
from runner.actions.contract import Failed
from runner.actions.http.failed import CREDENTIAL_REJECTED, RequestFailed, misfit
from runner.outgoing import Outgoing, refusal_in
from runner.retry_after import retry_after

if TYPE_CHECKING:
    import httpx2

TOKENS_KEPT_MAX = 1_000
TOKEN_SECONDS_USUAL = 300.0
"""How long a token is kept whose server does not say how long it is good."""
TOKEN_SECONDS_KEPT_MAX = 24 * 3600.0
TOKEN_SECONDS_LEFT = 30.0
"""So long before its end a token is used no more; of one that is good for a short time, a tenth of that."""
TOKEN_ANSWER_BYTES_MAX = 256 * 1024
TOKEN_SECONDS_MAX = 30.0


@dataclass(slots=True)
class _Kept:
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str = ""
    until: float = 0.0  # in monotonic time


class TokenCache:
    """Tokens by a digest of all that they were asked with, so that a changed credential never meets an old one."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def place(self, key: bytes) -> _Kept:
        """Where the token for this key is kept; the one used longest ago makes room."""
        kept = self._kept.setdefault(key, _Kept())
        self._kept.move_to_end(key)
        if len(self._kept) > TOKENS_KEPT_MAX:
            self._kept.popitem(last=False)
        return kept


class Tokens:
    """The tokens of one client."""

    def __init__(self, cache: TokenCache, values: Mapping[str, Any], outgoing: Outgoing) -> None:
        self._values = values
        self._outgoing = outgoing
        # The loop is part of the key: a lock belongs to the one it was first waited for in.
        loop = id(asyncio.get_running_loop())
        self._kept = cache.place(sha256(encode_canonical([loop, dict(values)])).digest())
        self._forgot = False
        self._used = ""

    async def token(self, name: str) -> str:
        """A token that is good for a while yet; raises RequestFailed. Whoever asks at the same time waits for the same one."""
        async with self._kept.fetching:
            if self._kept.until < time.monotonic():
                self._kept.token, seconds = await self._fetch(name)
                self._kept.until = time.monotonic() + seconds - min(TOKEN_SECONDS_LEFT, seconds / 10)
            self._used = self._kept.token
            return self._used

    def forget(self) -> bool:
        """Has the token that was used fetched anew, once: a service may refuse it before its time. What others fetched since stays."""
        forgot, self._forgot = self._forgot, True
        if not forgot and self._kept.token == self._used:
            self._kept.until = 0.0
        return not forgot

    async def _fetch(self, name: str) -> tuple[str, float]:
        import httpx2  # noqa: PLC0415 - HTTP on first use

        values = self._values
        form = {"grant_type": "client_credentials"}
        if values.get("scopes"):
            form["scope"] = " ".join(values["scopes"])
        if values.get("audience"):
            form["audience"] = values["audience"]
        headers = {"Accept": "application/json"}
        if values.get("send_as") == "body":
            form |= {"client_id": values["client_id"], "client_secret": values["client_secret"]}
        else:
            pair = f"{quote_plus(values['client_id'])}:{quote_plus(values['client_secret'])}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        place = urlsplit(values["token_url"]).hostname or ""
        try:
            async with (
                asyncio.timeout(TOKEN_SECONDS_MAX),
                self._outgoing.client() as client,
                client.stream("POST", values["token_url"], data=form, headers=headers) as answer,
            ):
                content = await _content(answer)
                status, asks = answer.status_code, retry_after(answer.headers.get("retry-after"))
        except (httpx2.HTTPError, TimeoutError) as error:
            raise _unreachable(name, place, error) from None
        if status != 200:
            raise _rejected(name, place, status, content, asks)
        return _read(name, place, content)


async def _content(answer: httpx2.Response) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > TOKEN_ANSWER_BYTES_MAX:
            break
    return bytes(content[:TOKEN_ANSWER_BYTES_MAX])


def _unreachable(name: str, place: str, error: Exception) -> Exception:
    refused = refusal_in(error)
    if refused is not None:
        return refused
    message = (
        f"Expected a token for the credential {name} from {place}, but it gave no answer ({type(error).__name__})."
    )
    return RequestFailed(Failed("HTTP_UNREACHABLE", message, retryable=True))


def _rejected(name: str, place: str, status: int, content: bytes, asks: float | None) -> RequestFailed:
    try:
        said = decode(content)
    except ValueRefused:
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    words = (
        f"{status} ({error})" if isinstance(error, str) and error.isidentifier() and len(error) < 60 else f"{status}"
    )
    retryable = status == 429 or status >= 500
    message = f"Expected a token for the credential {name} from {place}, but it answered {words}."
    return RequestFailed(
        Failed(CREDENTIAL_REJECTED, message, retryable=retryable, retry_after_seconds=asks if retryable else None)
    )


def _read(name: str, place: str, content: bytes) -> tuple[str, float]:
    try:
        said = decode(content)
    except ValueRefused:
        said = None
    token = said.get("access_token") if isinstance(said, dict) else None
    kind = str(said.get("token_type", "bearer")) if isinstance(said, dict) else ""
    if (
        not isinstance(token, str)
        or not token.isprintable()
        or not token.isascii()
        or not token
        or kind.lower() != "bearer"
    ):
        expected = f"a bearer token for the credential {name} from {place}"
        raise misfit(CREDENTIAL_REJECTED, expected, "its answer holds none")
    return token, _seconds(said.get("expires_in"))


def _seconds(said: Any) -> float:
    """How long a token is good: as its server says, where that is a time."""
    try:
        seconds = float(said)
    except (TypeError, ValueError, OverflowError):
        return TOKEN_SECONDS_USUAL
    return min(max(seconds, 0.0), TOKEN_SECONDS_KEPT_MAX) if isfinite(seconds) else TOKEN_SECONDS_USUAL
