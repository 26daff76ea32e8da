"""Testers of what is shown over HTTP: a GET of the credential's `test_url`, or the fetching of a token."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from domain.credentials.kinds import may_be_sent
from runner.credential_tests.contract import TrialTools, Verdict

REFUSING = (401, 403)
ANSWER_BYTES_MAX = 1024 * 1024
OPENED_ONLY = "It can be opened; it has no test URL that would tell whether it is accepted."


async def try_bearer(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """As `Authorization: Bearer …`."""
    return await _get(values, tools, headers={"Authorization": f"Bearer {values['token']}"})


async def try_api_key(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """In its header or in the query."""
    if values.get("place") == "query":
        return await _get(values, tools, query={values["name"]: values["key"]})
    return await _get(values, tools, headers={values["name"]: values["key"]})


async def try_basic(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """As `Authorization: Basic …`."""
    return await _get(values, tools, headers={"Authorization": _basic(values["username"], values["password"], tools)})


async def try_oauth2_client(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """Fetches an access token."""
    form = {"grant_type": "client_credentials"}
    if values.get("scopes"):
        form["scope"] = " ".join(values["scopes"])
    if values.get("audience"):
        form["audience"] = values["audience"]
    headers = {"Accept": "application/json"}
    if values.get("send_as") == "body":
        form |= {"client_id": values["client_id"], "client_secret": values["client_secret"]}
    else:
        name, secret = quote(values["client_id"], safe=""), quote(values["client_secret"], safe="")
        headers["Authorization"] = _basic(name, secret, tools)
    async with (
        tools.outgoing.client() as client,
        client.stream("POST", values["token_url"], data=form, headers=headers) as answer,
    ):
        status, content = answer.status_code, b""
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > ANSWER_BYTES_MAX:
                return Verdict(succeeded=False, message="Expected a token, but the answer is far too long for one.")
    if status != 200:
        return Verdict(succeeded=False, message=f"Expected a token, but the server answered {status}.")
    if b'"access_token"' not in content:
        return Verdict(succeeded=False, message="Expected a token, but the answer has no access_token.")
    return Verdict(succeeded=True, message="The server gave a token.")


def _basic(name: str, password: str, tools: TrialTools) -> str:
    shown = base64.b64encode(f"{name}:{password}".encode()).decode()
    tools.conceal(shown)
    return f"Basic {shown}"


async def _get(
    values: Mapping[str, Any],
    tools: TrialTools,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> Verdict:
    url = values.get("test_url")
    if not url:
        return Verdict(succeeded=True, message=OPENED_ONLY)
    host = urlsplit(url).hostname or ""
    if not may_be_sent(values, host):
        return Verdict(succeeded=False, message=f"Expected a test URL at one of its hosts, but {host} is none of them.")
    async with (
        tools.outgoing.client(follow_redirects=False) as client,
        client.stream("GET", url, headers=headers, params=query) as answer,
    ):
        status = answer.status_code
    if status in REFUSING:
        return Verdict(succeeded=False, message=f"Expected it to be accepted, but the server answered {status}.")
    if status >= 300:
        return Verdict(
            succeeded=False, message=f"Expected a success of its test URL, but the server answered {status}."
        )
    return Verdict(succeeded=True, message=f"The server answered {status}.")
