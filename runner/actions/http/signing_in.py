"""What a credential adds to a request: a header, or a parameter of the query. Only for hosts that the credential may be shown to."""

from __future__ import annotations

import asyncio
import base64
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from domain.credentials.kinds import may_be_sent
from runner.actions.contract import Credentials, Secrets
from runner.actions.http.failed import CREDENTIAL_MISFIT, misfit
from runner.actions.http.tokens import TokenCache, Tokens
from runner.outgoing import Outgoing

JWT_SECONDS_USUAL = 300
AUTHORIZATION = "Authorization"

_TOKENS = TokenCache()


@dataclass(frozen=True, slots=True)
class Marks:
    """What is added to a request."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


class SignIn:
    """How the requests of one run show who they come from."""

    def __init__(self, name: str, opened: Secrets | None, credentials: Credentials, outgoing: Outgoing) -> None:
        self._name = name
        self._opened = opened
        self._credentials = credentials
        self._tokens: Tokens | None = None
        if opened is not None and opened.kind == "oauth2_client":
            self._tokens = Tokens(_TOKENS, opened.values, outgoing)

    async def marks(self, host: str) -> Marks:
        """What a request to this host carries; raises RequestFailed where the credential may not be shown to it, or is of no use."""
        opened = self._opened
        if opened is None:
            return Marks()
        if not may_be_sent(opened.values, host):
            expected = f"a host that the credential {self._name} may be sent to"
            raise misfit(CREDENTIAL_MISFIT, expected, f"{host} is none of them")
        values = opened.values
        match opened.kind:
            case "bearer":
                return self._bearer(values["token"])
            case "api_key":
                name, key = values.get("name") or "X-API-Key", values["key"]
                return Marks(query={name: key}) if values.get("place") == "query" else Marks({name: key})
            case "basic":
                pair = f"{values['username']}:{values['password']}".encode()
                return self._authorization("Basic", base64.b64encode(pair).decode())
            case "jwt":
                return self._bearer(await asyncio.to_thread(signed, values, self._name))
            case "oauth2_client" if self._tokens is not None:
                return self._bearer(await self._tokens.token(self._name))
            case kind:
                raise misfit(CREDENTIAL_MISFIT, "a credential that an HTTP request can carry", f"it is of kind {kind}")

    def renew(self) -> bool:
        """Has the next request show itself anew, where that can help; tells whether it can."""
        return self._tokens is not None and self._tokens.forget()

    def _bearer(self, token: str) -> Marks:
        return self._authorization("Bearer", token)

    def _authorization(self, scheme: str, shown: str) -> Marks:
        self._credentials.conceal(shown)
        return Marks({AUTHORIZATION: f"{scheme} {shown}"})


def signed(values: Mapping[str, Any], name: str) -> str:
    """A token that says who we are, signed with the key of a credential of kind `jwt`; raises RequestFailed where the key is none."""
    import jwt  # noqa: PLC0415 - loads cryptography, on first use

    now = int(time.time())
    claims: dict[str, Any] = {
        "iat": now,
        "exp": now + int(values.get("seconds") or JWT_SECONDS_USUAL),
        "jti": str(uuid4()),
    }
    for claim, part in (("iss", "issuer"), ("sub", "subject"), ("aud", "audience")):
        if values.get(part):
            claims[claim] = values[part]
    headers = {"kid": values["key_id"]} if values.get("key_id") else None
    try:
        with warnings.catch_warnings():  # How long a shared secret is, the service decides.
            warnings.simplefilter("ignore")
            token: str = jwt.encode(claims, values["key"], algorithm=values["algorithm"], headers=headers)
            return token
    except (jwt.PyJWTError, ValueError, TypeError):
        expected = f"a key in the credential {name} that {values['algorithm']} can sign with"
        raise misfit(CREDENTIAL_MISFIT, expected, "it is another") from None
