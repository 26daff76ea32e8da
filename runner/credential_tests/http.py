"""Testers of what is shown over HTTP: a GET of the credential's `test_url`, signed in as a task is, or the fetching of a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from domain.credentials.kinds import may_be_sent
from runner.actions.contract import NoCredentials
from runner.credential_tests.contract import Tester, TrialTools, Verdict
from runner.credentials import Opened, SecretValues

REFUSING = (401, 403)
NAME = "under test"
OPENED_ONLY = "It can be opened; it has no test URL that would tell whether it is accepted."


def signed_in(kind: str) -> Tester:
    """A tester of a kind that a request carries."""

    async def try_it(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
        from runner.actions.http.failed import RequestFailed  # noqa: PLC0415 - HTTP on first use
        from runner.actions.http.signing_in import SignIn  # noqa: PLC0415

        url = values.get("test_url")
        host = urlsplit(url).hostname or "" if url else ""
        if url and not may_be_sent(values, host):
            return _no(f"Expected a test URL at one of its hosts, but {host} is none of them.")
        opened = Opened(NAME, kind, 0, SecretValues(values))
        try:
            # Without a URL it is only seen whether a request could be signed in at all, as where a key is none.
            marks = await SignIn(NAME, opened, _Concealing(tools), tools.outgoing).marks(host or _any_host(values))
        except RequestFailed as failed:
            return _no(failed.failed.message.replace(f"the credential {NAME}", "it"))
        if not url:
            return Verdict(succeeded=True, message=OPENED_ONLY)
        async with (
            tools.outgoing.client(follow_redirects=False) as client,
            client.stream("GET", url, headers=dict(marks.headers), params=dict(marks.query) or None) as answer,
        ):
            return _judged(answer.status_code)

    return try_it


async def try_oauth2_client(values: Mapping[str, Any], tools: TrialTools) -> Verdict:
    """Fetches an access token, anew."""
    from runner.actions.http.failed import RequestFailed  # noqa: PLC0415 - HTTP on first use
    from runner.actions.http.tokens import TokenCache, Tokens  # noqa: PLC0415

    try:
        tools.conceal(await Tokens(TokenCache(), values, tools.outgoing).token(NAME))
    except RequestFailed as failed:
        return _no(failed.failed.message.replace(f" for the credential {NAME}", ""))
    return Verdict(succeeded=True, message="The server gave a token.")


class _Concealing(NoCredentials):
    """Where signing in tells what it makes of secrets."""

    def __init__(self, tools: TrialTools) -> None:
        self._tools = tools

    def conceal(self, secret: str) -> None:
        """Keeps it out of the message and the logs."""
        self._tools.conceal(secret)


def _judged(status: int) -> Verdict:
    if status in REFUSING:
        return _no(f"Expected it to be accepted, but the server answered {status}.")
    if status >= 300:
        return _no(f"Expected a success of its test URL, but the server answered {status}.")
    return Verdict(succeeded=True, message=f"The server answered {status}.")


def _any_host(values: Mapping[str, Any]) -> str:
    return next(iter(values.get("hosts") or ("",))).replace("*.", "any.")


def _no(message: str) -> Verdict:
    return Verdict(succeeded=False, message=message)
