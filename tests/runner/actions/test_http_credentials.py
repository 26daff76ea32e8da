"""How requests show who they come from: each kind of credential, only where it may be shown, and its tokens fetched once."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from runner.actions.http import tokens
from runner.actions.http.failed import EffectUnknown
from tests.http_servers import read_head, serving, speaking
from tests.runner.actions.action_stage import failed, outputs
from tests.runner.actions.http_stage import Given, HttpStage
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

SECRET = "s3cr3t-value"


@dataclass
class Issuer:
    """Gives tokens, and a service that takes them."""

    tokens: list[str] = field(default_factory=list)
    asked: list[tuple[str | None, dict[str, list[str]]]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)  # instead of the next tokens
    seconds: Any = 3600
    revoked: set[str] = field(default_factory=set)
    refusals: asyncio.Barrier | None = (
        None  # so many are asked together; all but one are refused behind a token that is good
    )
    renewed: asyncio.Event = field(default_factory=asyncio.Event)

    async def token(self, request: Request) -> Response:
        self.asked.append((request.headers.get("authorization"), parse_qs((await request.body()).decode())))
        if self.answers:
            return self.answers.pop(0)
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return JSONResponse({"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": self.seconds})

    async def service(self, request: Request) -> Response:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        known = shown in self.tokens and shown not in self.revoked
        if not known and self.refusals is not None and await self.refusals.wait() > 0:
            await self.renewed.wait()
        if known:
            self.renewed.set()
        return JSONResponse({"shown": shown}, status_code=200 if known else 401)


async def echo(request: Request) -> Response:
    return JSONResponse({"headers": dict(request.headers), "query": dict(request.query_params)})


async def to(request: Request) -> Response:
    return RedirectResponse(request.query_params["url"])


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def url(issuer: Issuer) -> AsyncIterator[str]:
    routes = [
        Route("/echo", echo, methods=["GET", "POST"]),
        Route("/to", to),
        Route("/token", issuer.token, methods=["POST"]),
        Route("/service", issuer.service, methods=["GET", "POST"]),
    ]
    async with serving(routes) as found:
        yield found


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[HttpStage]:
    made = HttpStage(tmp_path)
    yield made
    await made.outgoing.aclose()


def give(stage: HttpStage, kind: str, **values: Any) -> None:
    stage.credentials.given["shop"] = Given(kind, values)


async def shown(stage: HttpStage, url: str, **config: Any) -> dict[str, Any]:
    body: dict[str, Any] = outputs(await stage.call(url, credential="shop", **config))["body"]
    return body


def client(stage: HttpStage, url: str, **values: Any) -> None:
    given = {"token_url": f"{url}/token", "client_id": "me:&", "client_secret": SECRET, **values}
    give(stage, "oauth2_client", **given)


async def test_without_a_credential_nothing_is_shown(stage: HttpStage, url: str) -> None:
    assert "authorization" not in outputs(await stage.call(url + "/echo"))["body"]["headers"]


async def test_a_bearer_token_is_shown_and_concealed(stage: HttpStage, url: str) -> None:
    give(stage, "bearer", token=SECRET)
    assert (await shown(stage, url + "/echo"))["headers"]["authorization"] == f"Bearer {SECRET}"
    assert stage.credentials.concealed == [SECRET]


@pytest.mark.parametrize(
    ("kind", "values"), [("bearer", {"token": f"{SECRET}é"}), ("api_key", {"key": SECRET, "name": "X-Clé"})]
)
async def test_what_no_header_can_carry_is_told_without_showing_it(
    stage: HttpStage, url: str, kind: str, values: dict[str, str]
) -> None:
    give(stage, kind, **values)
    outcome = failed(await stage.call(url + "/echo", credential="shop"))
    assert (outcome.code, outcome.retryable) == ("CREDENTIAL_MISFIT", False)
    assert SECRET not in repr(outcome)


async def test_a_key_is_shown_in_its_header_or_in_the_query(stage: HttpStage, url: str) -> None:
    give(stage, "api_key", key=SECRET, name="X-Key")
    assert (await shown(stage, url + "/echo"))["headers"]["x-key"] == SECRET
    give(stage, "api_key", key=SECRET, name="key", place="query")
    outcome = await stage.call(url + "/echo?a=1", credential="shop")
    assert outputs(outcome)["body"]["query"] == {"a": "1", "key": SECRET}
    assert SECRET not in repr(getattr(outcome, "evidence", None))


async def test_user_name_and_password_are_shown_as_basic(stage: HttpStage, url: str) -> None:
    give(stage, "basic", username="jürgen", password=SECRET)
    header = (await shown(stage, url + "/echo"))["headers"]["authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == f"jürgen:{SECRET}"
    assert stage.credentials.concealed == [header.removeprefix("Basic ")]


def pem(key: Any) -> str:
    private = serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()).decode())


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "EdDSA"])
async def test_a_token_is_signed_anew_for_each_request(stage: HttpStage, url: str, algorithm: str) -> None:
    keys: dict[str, Any] = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }
    key = keys[algorithm]() if algorithm in keys else None
    text = SECRET * 4 if key is None else pem(key)
    give(stage, "jwt", algorithm=algorithm, key=text, issuer="us", audience="them", key_id="k1", seconds=60)
    tokens = [(await shown(stage, url + "/echo"))["headers"]["authorization"].removeprefix("Bearer ") for _ in range(2)]
    assert tokens[0] != tokens[1]
    public = text if key is None else key.public_key()
    claims = jwt.decode(tokens[0], public, algorithms=[algorithm], audience="them", issuer="us")
    assert claims["exp"] - claims["iat"] == 60
    assert jwt.get_unverified_header(tokens[0])["kid"] == "k1"


async def test_a_key_that_cannot_sign_is_told_without_showing_it(stage: HttpStage, url: str) -> None:
    give(stage, "jwt", algorithm="RS256", key=SECRET)
    outcome = failed(await stage.call(url + "/echo", credential="shop", method="POST"))
    assert outcome.code == "CREDENTIAL_MISFIT"
    assert SECRET not in repr(outcome)
    assert stage.effects == 0


async def test_a_client_shows_itself_in_the_header_or_in_the_body(stage: HttpStage, url: str, issuer: Issuer) -> None:
    client(stage, url, scopes=["a", "b"], audience="api")
    assert (await shown(stage, url + "/service"))["shown"] == "token-1"
    header, form = issuer.asked[0]
    assert header is not None
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == f"me%3A%26:{SECRET}"
    assert form == {"grant_type": ["client_credentials"], "scope": ["a b"], "audience": ["api"]}
    client(stage, url, send_as="body")
    assert (await shown(stage, url + "/service"))["shown"] == "token-2"
    header, form = issuer.asked[1]
    assert header is None
    assert (form["client_id"], form["client_secret"]) == (["me:&"], [SECRET])
    assert stage.credentials.concealed[-1] == "token-2"


async def test_a_token_is_fetched_once_for_all(stage: HttpStage, url: str, issuer: Issuer) -> None:
    client(stage, url)
    await asyncio.gather(*(shown(stage, url + "/service") for _ in range(10)))
    assert len(issuer.asked) == 1


async def test_a_token_is_not_used_past_its_time(stage: HttpStage, url: str, issuer: Issuer) -> None:
    client(stage, url, audience="short")
    issuer.seconds = 0
    assert [(await shown(stage, url + "/service"))["shown"] for _ in range(2)] == ["token-1", "token-2"]


@pytest.mark.parametrize("seconds", ["nan", "inf", None, [1], "soon"])
async def test_a_token_whose_end_nobody_can_read_is_kept_for_a_while_only(
    stage: HttpStage, url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, seconds: Any
) -> None:
    monkeypatch.setattr(tokens, "TOKEN_SECONDS_USUAL", 0.0)
    client(stage, url, audience=f"end {seconds}")
    issuer.seconds = seconds
    assert [(await shown(stage, url + "/service"))["shown"] for _ in range(2)] == ["token-1", "token-2"]


async def test_a_token_refused_to_many_at_once_is_fetched_anew_once(stage: HttpStage, url: str, issuer: Issuer) -> None:
    client(stage, url)
    await shown(stage, url + "/service")
    issuer.revoked = {"token-1"}
    issuer.renewed.clear()
    issuer.refusals = asyncio.Barrier(10)
    found = await asyncio.gather(*(shown(stage, url + "/service") for _ in range(10)))
    assert {one["shown"] for one in found} == {"token-2"}
    assert len(issuer.asked) == 2


async def test_a_token_of_a_changed_secret_is_another(stage: HttpStage, url: str, issuer: Issuer) -> None:
    client(stage, url)
    await shown(stage, url + "/service")
    client(stage, url, client_secret="another")
    await shown(stage, url + "/service")
    assert len(issuer.asked) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_refused_before_its_time_is_fetched_anew_once(
    stage: HttpStage, url: str, issuer: Issuer, method: str
) -> None:
    client(stage, url)
    assert (await shown(stage, url + "/service"))["shown"] == "token-1"
    issuer.revoked = {"token-1"}
    assert (await shown(stage, url + "/service", method=method))["shown"] == "token-2"
    issuer.revoked = {"token-2", "token-3"}
    outcome = failed(await stage.call(url + "/service", credential="shop"))
    assert (outcome.code, len(issuer.asked)) == ("HTTP_DENIED", 3)


async def test_a_post_that_is_sent_anew_with_another_token_and_gets_no_answer_is_of_unknown_effect(
    stage: HttpStage, url: str
) -> None:
    client(stage, url, audience="broken")

    async def refuse_then_break(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"token-1" in await read_head(reader):
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    async with speaking(refuse_then_break) as there:
        with pytest.raises(EffectUnknown):
            await stage.call(there, method="POST", credential="shop")


@pytest.mark.parametrize(
    ("answer", "code", "retryable", "words"),
    [
        (
            JSONResponse({"error": "invalid_client"}, status_code=401),
            "CREDENTIAL_REJECTED",
            False,
            "401 (invalid_client)",
        ),
        (JSONResponse({"error": SECRET + " !"}, status_code=400), "CREDENTIAL_REJECTED", False, "answered 400."),
        (Response("", status_code=503, headers={"Retry-After": "9"}), "CREDENTIAL_REJECTED", True, "503"),
        (JSONResponse({"access_token": ""}), "CREDENTIAL_REJECTED", False, "its answer holds none"),
        (JSONResponse({"access_token": "a\nb"}), "CREDENTIAL_REJECTED", False, "its answer holds none"),
        (JSONResponse({"access_token": "clé"}), "CREDENTIAL_REJECTED", False, "its answer holds none"),
        (
            JSONResponse({"access_token": "x", "token_type": "mac"}),
            "CREDENTIAL_REJECTED",
            False,
            "its answer holds none",
        ),
        (JSONResponse([1]), "CREDENTIAL_REJECTED", False, "its answer holds none"),
        (Response("<html>"), "CREDENTIAL_REJECTED", False, "its answer holds none"),
    ],
)
@provokes("http")
async def test_a_client_that_gets_no_token_fails_before_its_effect(
    stage: HttpStage, url: str, issuer: Issuer, answer: Response, code: str, words: str, *, retryable: bool
) -> None:
    client(stage, url)
    issuer.answers.append(answer)
    outcome = failed(await stage.call(url + "/service", credential="shop", method="POST"))
    assert (outcome.code, outcome.retryable, stage.effects) == (code, retryable, 0)
    assert words in outcome.message
    assert SECRET not in repr(outcome)
    assert outcome.retry_after_seconds == (9.0 if retryable else None)


async def test_a_token_url_inside_is_refused(stage: HttpStage, url: str) -> None:
    client(stage, url, token_url="http://169.254.169.254/token")
    assert failed(await stage.call(url + "/service", credential="shop")).code == "ADDRESS_REFUSED"


async def test_a_dead_token_url_may_be_tried_again(stage: HttpStage, url: str) -> None:
    async with serving([]) as dead:
        pass
    client(stage, url, token_url=f"{dead}/token")
    outcome = failed(await stage.call(url + "/service", credential="shop"))
    assert (outcome.code, outcome.retryable) == ("HTTP_UNREACHABLE", True)


@provokes("http", "CREDENTIAL_MISFIT")
async def test_a_credential_is_shown_only_to_its_hosts(stage: HttpStage, url: str) -> None:
    give(stage, "bearer", token=SECRET, hosts=["api.example.com", "*.shop.example"])
    outcome = failed(await stage.call(url + "/echo", credential="shop"))
    assert (outcome.code, outcome.retryable) == ("CREDENTIAL_MISFIT", False)
    give(stage, "bearer", token=SECRET, hosts=["127.0.0.1"])
    assert "authorization" in (await shown(stage, url + "/echo"))["headers"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bearer", {"token": SECRET}),
        ("basic", {"username": "a", "password": SECRET}),
        ("api_key", {"key": SECRET, "name": "X-Key"}),
        ("api_key", {"key": SECRET, "name": "key", "place": "query"}),
    ],
)
async def test_a_redirect_carries_a_credential_no_further_than_its_origin(
    stage: HttpStage, url: str, kind: str, values: dict[str, Any]
) -> None:
    give(stage, kind, **values)
    at_home = await shown(stage, url + "/to", query={"url": "/echo"})
    assert any(name in {"authorization", "x-key"} for name in at_home["headers"]) or "key" in at_home["query"]
    async with serving([Route("/echo", echo), Route("/to", to)]) as other:
        elsewhere = await shown(stage, url + "/to", query={"url": f"{other}/echo"})
        back = await shown(stage, url + "/to", query={"url": f"{other}/to?url={url}/echo"})
    for seen in (elsewhere, back):
        assert not {"authorization", "x-key"} & seen["headers"].keys()
        assert "key" not in seen["query"]
        assert SECRET not in repr(seen)


async def test_a_credential_of_another_kind_is_refused(stage: HttpStage, url: str) -> None:
    give(stage, "smtp", host="mail.example.com")
    outcome = failed(await stage.call(url + "/echo", credential="shop"))
    assert outcome.code == "CREDENTIAL_MISFIT"
    assert "of kind smtp" in outcome.message


async def test_what_a_service_says_of_a_secret_is_not_repeated_in_words(stage: HttpStage, url: str) -> None:
    give(stage, "bearer", token=SECRET)
    outcome = failed(await stage.call(url + "/nowhere", credential="shop"))
    assert outcome.code == "HTTP_NOT_FOUND"
    assert SECRET not in repr(outcome)
